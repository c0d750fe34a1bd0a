// Any bytes as OTLP in JSON: what is accepted, the protobuf decoder reads without an error. Written
// as JSON again and transcoded, it says the same: at once if its text is UTF-8, else from the
// second time on, once that is repaired. The first byte chooses traces or logs.

#include "fakes/otlp_json.h"

#include <string>

#include "core/limits.h"
#include "core/utf8.h"
#include "otlp/transcode_json.h"
#include "require.h"

namespace honeyhive::fuzz {
namespace {

using Text = core::Result<std::string>;

struct Signal {
  Text (*transcode)(std::string_view json);
  Text (*written)(std::string_view protobuf);
};

constexpr Signal signals[] = {{&otlp::trace_request_from_json, &testing::OtlpJson::of_traces},
                              {&otlp::logs_request_from_json, &testing::OtlpJson::of_logs}};

std::string read(const Signal& signal, std::string_view json) {
  const Text protobuf = signal.transcode(json);
  require(protobuf.has_value(), "what was written is accepted");
  const Text written = signal.written(*protobuf);
  require(written.has_value(), "what was written is decoded");
  return *written;
}

}  // namespace
}  // namespace honeyhive::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace honeyhive;
  std::string_view json = fuzz::text_of(data, size);
  const fuzz::Signal& signal = fuzz::signals[fuzz::take_byte(json) % 2];
  const auto protobuf = signal.transcode(json);
  if (!protobuf) {
    fuzz::require(!protobuf.error().message.empty(), "an error says what is wrong");
    return 0;
  }
  fuzz::require(protobuf->size() <= 2 * json.size(), "memory is in proportion to the request");
  const auto first = signal.written(*protobuf);
  fuzz::require(first.has_value(), "the decoder reads what is accepted");
  const std::string second = fuzz::read(signal, *first);
  if (core::is_utf8(json)) fuzz::require(second == *first, "it says the same when it comes back");
  fuzz::require(fuzz::read(signal, second) == second, "nothing changes any more");
  return 0;
}
