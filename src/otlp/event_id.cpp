#include "otlp/event_id.h"

#include <algorithm>

namespace honeyhive::otlp {

core::Uuid event_id(const core::TraceId& trace, const core::SpanId& span) noexcept {
  std::array<std::uint8_t, 16> bits{};
  std::copy_n(trace.bytes.begin(), 8, bits.begin());
  std::copy_n(span.bytes.begin(), 8, bits.begin() + 8);
  return core::Uuid::with_version(bits, 8);
}

}  // namespace honeyhive::otlp
