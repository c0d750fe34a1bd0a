#pragma once

// The configuration of a tracer: every field optional.
//
// Precedence: explicit field > environment variable > default. `HoneyHiveTracer::init` validates; a
// value that cannot work is refused with a `ConfigError` that names the field, the value and the
// fix. Fields are in the order of the documented Python signature (designated initialisers must
// follow it), then our own.
//
// Source: HoneyHiveTracer API reference, "init()".

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#pragma GCC visibility push(default)
namespace honeyhive {

// A text that may be unset. Also made from a null `const char*`, so that
// `.api_key = std::getenv("USER_SERVICE_API_KEY")` means unset when the variable is.
class OptionalText {
 public:
  OptionalText() = default;
  OptionalText(std::nullopt_t) {}
  OptionalText(const char* text) : text_(text ? std::optional<std::string>(text) : std::nullopt) {}
  OptionalText(std::string_view text) : text_(text) {}
  OptionalText(std::string text) : text_(std::move(text)) {}
  OptionalText(std::optional<std::string> text) : text_(std::move(text)) {}

  bool has_value() const noexcept { return text_.has_value(); }
  explicit operator bool() const noexcept { return has_value(); }
  const std::string& operator*() const noexcept { return *text_; }
  std::string value_or(std::string_view fallback) const {
    return text_ ? *text_ : std::string(fallback);
  }

 private:
  std::optional<std::string> text_;
};

struct TracerConfig {
  // HH_API_KEY; required, except in test mode and for a loopback server
  OptionalText api_key = {};
  // HH_PROJECT; default: the project of the key
  OptionalText project = {};
  // HH_SESSION_NAME; default: the program's file name
  OptionalText session_name = {};
  // HH_SOURCE; default "dev"
  OptionalText source = {};
  // HH_API_URL, then HH_SERVER_URL; default https://api.honeyhive.ai
  OptionalText server_url = {};
  // HH_DISABLE_BATCH; true: each span is sent when it ends, and its end waits for that, at most
  // `export_timeout`
  std::optional<bool> disable_batch = {};
  // HH_VERBOSE; prints the configuration and a line per batch
  std::optional<bool> verbose = {};
  // HH_TEST_MODE; nothing is sent; honeyhive/testing.h sees the spans
  std::optional<bool> test_mode = {};

  // HH_SAMPLE_RATE; 0 to 1, share of traces recorded, decided by trace id; default 1
  std::optional<double> sample_rate = {};
  // HH_BUFFER_BYTES; bound of unsent spans in memory, 256 KiB to 1 GiB; default 16 MiB. The tracers
  // of a process share one buffer, of the largest size asked for; of it each destination (server,
  // key, project) gets at most half while there are several.
  std::optional<std::size_t> buffer_bytes = {};
  // HH_EXPORT_TIMEOUT_MS; one request, 1 ms to 10 min; default 5 s
  std::optional<std::chrono::milliseconds> export_timeout = {};
  // HH_ON_FULL_WAIT_MS; what the end of a span does when the buffer is full: waits this long for
  // room, then drops the span (counted); 0 to 1 min; default: drops at once
  std::optional<std::chrono::milliseconds> on_full_wait = {};
};

}  // namespace honeyhive
#pragma GCC visibility pop
