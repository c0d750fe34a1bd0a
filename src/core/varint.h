#pragma once

// Base-128 varints.
//
// Source: Protocol Buffers encoding, "Base 128 Varints". The padded form carries superfluous
// continuation bits, which every parser must accept; its width does not depend on the value, so it
// can be written before the value is known.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace honeyhive::core {

inline constexpr std::size_t max_varint_bytes = 10;

inline std::size_t varint_size(std::uint64_t value) noexcept {
  return (static_cast<std::size_t>(63 - __builtin_clzll(value | 1)) * 9 + 73) / 64;
}

// Writes at most `max_varint_bytes`; returns the end.
inline char* put_varint(char* out, std::uint64_t value) noexcept {
  while (value >= 0x80) {
    *out++ = static_cast<char>(value | 0x80);
    value >>= 7;
  }
  *out++ = static_cast<char>(value);
  return out;
}

inline constexpr std::size_t padded_varint_bytes = 4;
inline constexpr std::uint32_t max_padded_varint = (1u << 28) - 1;

inline void put_padded_varint(char* out, std::uint32_t value) noexcept {
  // Seven bits to a byte, all but the last with the continuation bit.
  const std::uint32_t spread = (value & 0x7f) | (value & 0x3f80) << 1 | (value & 0x1fc000) << 2 |
                               (value & 0xfe00000) << 3 | 0x00808080;
  static_assert(std::endian::native == std::endian::little);
  std::memcpy(out, &spread, sizeof spread);
}

inline std::uint32_t get_padded_varint(const char* in) noexcept {
  const auto bits = [in](int i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(in[i]) & 0x7f) << 7 * i;
  };
  return bits(0) | bits(1) | bits(2) | bits(3);
}

// Reads one varint and moves `at` behind it. False if it does not end before `end` or is too long;
// `at` is then unspecified.
inline bool get_varint(const char*& at, const char* end, std::uint64_t& value) noexcept {
  value = 0;
  for (unsigned shift = 0; shift < 64 && at != end; shift += 7) {
    const auto byte = static_cast<unsigned char>(*at++);
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

}  // namespace honeyhive::core
