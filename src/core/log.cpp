#include "core/log.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <climits>

#include "core/utf8.h"

namespace honeyhive::core {
namespace {

// Never waits: what nobody reads, as from a pipe that is full, is left out.
void to_stderr(LogLevel, std::string_view text) {
  constexpr std::string_view prefix = "honeyhive: ";
  char line[PIPE_BUF];  // so much is written to a pipe at once or not at all
  const std::size_t most = sizeof line - prefix.size() - 1;
  text = cut_at_character(text, most);
  char* out = std::copy(prefix.begin(), prefix.end(), line);
  out = std::copy(text.begin(), text.end(), out);
  *out++ = '\n';
  pollfd ready{STDERR_FILENO, POLLOUT, 0};
  if (::poll(&ready, 1, 0) != 1 || (ready.revents & POLLOUT) == 0) return;
  [[maybe_unused]] const auto written =
      ::write(STDERR_FILENO, line, static_cast<std::size_t>(out - line));
}

std::atomic<LogSink> current_sink{&to_stderr};

}  // namespace

LogSink set_log_sink(LogSink sink) noexcept {
  return current_sink.exchange(sink ? sink : &to_stderr);
}

void log_line(LogLevel level, std::string_view text) noexcept {
  current_sink.load(std::memory_order_acquire)(level, text);
}

void log_line(LogLevel level, std::initializer_list<std::string_view> pieces) noexcept {
  std::array<char, 500> line;
  std::size_t size = 0;
  for (const std::string_view piece : pieces) {
    const std::size_t part = std::min(piece.size(), line.size() - size);
    std::copy_n(piece.data(), part, line.data() + size);
    size += part;
  }
  log_line(level, std::string_view(line.data(), size));
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
