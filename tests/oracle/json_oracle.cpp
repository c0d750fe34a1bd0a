// Compares requests in JSON with the same in protobuf, as our decoder understands them. Reads
// records from a file: a byte (0 traces, 1 logs), then twice a length (4 bytes, little-endian) and
// so many bytes: protobuf, JSON. Prints how many were the same; ends with 1 at the first other one.

#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

#include "fakes/otlp_json.h"
#include "otlp/transcode_json.h"

namespace {

using honeyhive::core::Result;
using honeyhive::testing::OtlpJson;
namespace otlp = honeyhive::otlp;

std::string_view take(std::string_view& from) {
  std::uint32_t size = 0;
  if (from.size() < sizeof size) return {};
  std::memcpy(&size, from.data(), sizeof size);
  const std::string_view taken = from.substr(sizeof size, size);
  from.remove_prefix(sizeof size + taken.size());
  return taken;
}

std::string text_of(const Result<std::string>& text) {
  return text ? *text : "error: " + text.error().message;
}

std::string decoded(bool is_logs, const Result<std::string>& protobuf) {
  if (!protobuf) return text_of(protobuf);
  return text_of(is_logs ? OtlpJson::of_logs(*protobuf) : OtlpJson::of_traces(*protobuf));
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return 2;
  std::ifstream file(arguments[1], std::ios::binary);
  const std::string all{std::istreambuf_iterator<char>(file), {}};
  std::string_view left = all;
  std::size_t same = 0;
  while (!left.empty()) {
    const bool is_logs = left.front() == 1;
    left.remove_prefix(1);
    const std::string protobuf(take(left));
    const std::string_view json = take(left);
    const std::string wanted = decoded(is_logs, protobuf);
    const std::string found = decoded(is_logs, is_logs ? otlp::logs_request_from_json(json)
                                                       : otlp::trace_request_from_json(json));
    if (found != wanted || wanted.starts_with("error")) {
      std::printf("sent %.*s\nread %s\nnot  %s\n", static_cast<int>(json.size()), json.data(),
                  found.c_str(), wanted.c_str());
      return 1;
    }
    ++same;
  }
  std::printf("%zu\n", same);
  return 0;
}
