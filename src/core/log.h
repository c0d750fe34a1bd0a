#pragma once

// One line for a person, through a sink that can be replaced: the server and the SDK's worker say
// what they cannot return to anybody. Never called on the recording path.
//
// Thread-safe. Callers keep keys, tokens and payloads out of `text`.

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace honeyhive::core {

enum class LogLevel : std::uint8_t { info, warning, error };

using LogSink = void (*)(LogLevel level, std::string_view text);

// Default: "honeyhive: <text>" on stderr. Null restores the default. Returns the sink so far.
LogSink set_log_sink(LogSink sink) noexcept;

void log_line(LogLevel level, std::string_view text) noexcept;

// The pieces in a row, cut at 500 bytes. Takes no memory: for those who may have none left.
void log_line(LogLevel level, std::initializer_list<std::string_view> pieces) noexcept;

// At most one line per cause and minute. Thread-safe.
class LogLimiter {
 public:
  using Clock = std::chrono::steady_clock;

  // Whether `cause` may say something at `now`; if so, `suppressed` is how many lines it was denied
  // since the last.
  bool allow(std::string_view cause, Clock::time_point now, std::uint64_t& suppressed);

 private:
  struct Cause {
    Clock::time_point last{};
    std::uint64_t suppressed = 0;
  };
  std::mutex mutex_;
  std::unordered_map<std::string, Cause> causes_;  // causes are ours: one per place and tracer
};

}  // namespace honeyhive::core
