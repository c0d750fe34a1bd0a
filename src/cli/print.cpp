#include "cli/print.h"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <string>
#include <system_error>

#include "cli/commands.h"

namespace honeyhive::cli {

bool print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) {
    return true;
  }
  // A pager that was left is no news.
  const int cause = errno;
  if (cause != EPIPE) {
    remark("cannot write to standard output: " + std::generic_category().message(cause));
  }
  return false;
}

int complain(const core::Error& error) {
  remark(error.message);
  return exit_failed;
}

void remark(std::string_view text) {
  std::fprintf(stderr, "honeyhive: %.*s\n", static_cast<int>(text.size()), text.data());
}

std::int64_t now_unix_ns() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(since_epoch).count();
}

}  // namespace honeyhive::cli
