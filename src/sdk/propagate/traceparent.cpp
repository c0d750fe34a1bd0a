#include "sdk/propagate/traceparent.h"

#include <algorithm>

#include "core/hex.h"
#include "sdk/propagate/header_list.h"

namespace honeyhive::sdk {
namespace {

constexpr std::size_t trace_id_at = 3, span_id_at = 36, flags_at = 53;

// core's hexadecimal is either case; here a capital makes the header invalid.
bool is_capital(char c) noexcept { return c >= 'A' && c <= 'Z'; }

bool parse_byte(std::string_view digits, std::uint8_t& byte) noexcept {
  return core::parse_hex(digits, {&byte, 1});
}

char* put_hex(char* out, std::string_view bytes) noexcept {
  static constexpr char digits[] = "0123456789abcdef";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    *out++ = digits[byte >> 4];
    *out++ = digits[byte & 15];
  }
  return out;
}

}  // namespace

std::optional<TraceParent> parse_traceparent(std::string_view header) noexcept {
  header = trim_ows(header);
  if (header.size() < traceparent_bytes) return std::nullopt;
  const std::string_view known = header.substr(0, traceparent_bytes);
  if (std::any_of(known.begin(), known.end(), is_capital)) return std::nullopt;
  if (known[trace_id_at - 1] != '-' || known[span_id_at - 1] != '-' || known[flags_at - 1] != '-') {
    return std::nullopt;
  }

  std::uint8_t version = 0;
  if (!parse_byte(known.substr(0, 2), version) || version == 0xff) return std::nullopt;
  if (header.size() > traceparent_bytes && (version == 0 || header[traceparent_bytes] != '-')) {
    return std::nullopt;
  }

  TraceParent parent;
  const auto trace_id = core::TraceId::from_hex(known.substr(trace_id_at, 32));
  const auto span_id = core::SpanId::from_hex(known.substr(span_id_at, 16));
  if (!trace_id || !span_id || !parse_byte(known.substr(flags_at, 2), parent.flags)) {
    return std::nullopt;
  }
  if (trace_id->is_zero() || span_id->is_zero()) return std::nullopt;
  parent.trace_id = *trace_id;
  parent.span_id = *span_id;
  parent.flags &= TraceParent::known_flags;
  return parent;
}

std::array<char, traceparent_bytes> write_traceparent(const TraceParent& parent) noexcept {
  std::array<char, traceparent_bytes> header;
  const char flags = static_cast<char>(parent.flags & TraceParent::known_flags);
  char* out = put_hex(header.data(), std::string_view("\0", 1));
  for (const std::string_view field :
       {parent.trace_id.view(), parent.span_id.view(), std::string_view(&flags, 1)}) {
    *out++ = '-';
    out = put_hex(out, field);
  }
  return header;
}

}  // namespace honeyhive::sdk
