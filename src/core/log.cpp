#include "core/log.h"

#include <atomic>
#include <cstdio>

namespace honeyhive::core {
namespace {

void to_stderr(LogLevel, std::string_view text) {
  std::fprintf(stderr, "honeyhive: %.*s\n", static_cast<int>(text.size()), text.data());
}

std::atomic<LogSink> current_sink{&to_stderr};

}  // namespace

LogSink set_log_sink(LogSink sink) noexcept {
  return current_sink.exchange(sink ? sink : &to_stderr);
}

void log_line(LogLevel level, std::string_view text) noexcept {
  current_sink.load(std::memory_order_acquire)(level, text);
}

bool LogLimiter::allow(std::string_view cause, Clock::time_point now, std::uint64_t& suppressed) {
  const std::scoped_lock lock(mutex_);
  const auto [entry, is_new] = causes_.try_emplace(std::string(cause));
  if (!is_new && now - entry->second.last < std::chrono::minutes(1)) {
    ++entry->second.suppressed;
    return false;
  }
  suppressed = std::exchange(entry->second.suppressed, 0);
  entry->second.last = now;
  return true;
}

}  // namespace honeyhive::core
