#pragma once

// What this process takes of memory, as the system counts it.

#include <cstddef>
#include <fstream>
#include <string>
#include <string_view>

namespace honeyhive::fakes {

// A line of /proc/self/status: "VmRSS:" what is in memory, "VmData:" what it may write to and
// shares with nobody.
inline std::size_t kilobytes_of(std::string_view field) {
  std::ifstream status("/proc/self/status");
  std::string word;
  std::size_t kilobytes = 0;
  while (status >> word && word != field) {
  }
  status >> kilobytes;
  return kilobytes;
}

}  // namespace honeyhive::fakes
