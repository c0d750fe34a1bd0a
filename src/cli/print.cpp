#include "cli/print.h"

#include <chrono>
#include <cstdio>

#include "cli/commands.h"

namespace honeyhive::cli {

bool print(std::string_view text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() &&
         std::fflush(stdout) == 0;
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
