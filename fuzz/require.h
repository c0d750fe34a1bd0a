#pragma once

// What a fuzz target claims. A claim that fails ends the program, so that libFuzzer keeps the
// input.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace honeyhive::fuzz {

inline void require(bool holds, std::string_view claim) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %.*s\n", static_cast<int>(claim.size()), claim.data());
  std::abort();
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// The first byte of an input chooses; the rest is the input.
inline std::uint8_t take_byte(std::string_view& input) {
  if (input.empty()) return 0;
  const auto byte = static_cast<std::uint8_t>(input.front());
  input.remove_prefix(1);
  return byte;
}

}  // namespace honeyhive::fuzz
