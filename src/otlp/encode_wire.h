#pragma once

// Protobuf's wire format, written: tags, lengths, raw bytes, into memory the caller has reserved.
// Inline because a span is encoded while it is recorded.
//
// Source: Protocol Buffers encoding.

#include <cstdint>
#include <cstring>
#include <string_view>

#include "core/inline.h"
#include "core/varint.h"

namespace honeyhive::otlp {

enum class Wire : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

constexpr std::uint32_t tag(std::uint32_t number, Wire wire) noexcept {
  return number << 3 | static_cast<std::uint32_t>(wire);
}

// Fields below 16 have a tag of one byte.
constexpr char tag_byte(std::uint32_t number, Wire wire) noexcept {
  return static_cast<char>(tag(number, wire));
}

template <typename T>
char* put_raw(char* out, T value) noexcept {
  std::memcpy(out, &value, sizeof value);
  return out + sizeof value;
}

// As memcpy, without the call for the short texts that attributes are made of.
HH_INLINE char* put_bytes(char* out, const char* from, std::size_t count) noexcept {
  struct Block16 {
    std::uint64_t words[2];
  };
  const auto move_ends = [&]<typename T>(T head) {
    T tail;
    std::memcpy(&head, from, sizeof(T));
    std::memcpy(&tail, from + count - sizeof(T), sizeof(T));
    std::memcpy(out, &head, sizeof(T));
    std::memcpy(out + count - sizeof(T), &tail, sizeof(T));
  };
  if (count > 32) {
    std::memcpy(out, from, count);
  } else if (count >= 16) {
    move_ends(Block16{});
  } else if (count >= 8) {
    move_ends(std::uint64_t{});
  } else if (count >= 4) {
    move_ends(std::uint32_t{});
  } else if (count > 0) {
    out[0] = from[0];
    out[count / 2] = from[count / 2];
    out[count - 1] = from[count - 1];
  }
  return out + count;
}

// Lengths are mostly below 128: one byte, one test.
HH_INLINE char* put_length(char* out, std::size_t value) noexcept {
  if (HH_LIKELY(value < 0x80)) {
    *out = static_cast<char>(value);
    return out + 1;
  }
  return core::put_varint(out, value);
}

HH_INLINE std::size_t length_size(std::size_t value) noexcept {
  return value < 0x80 ? 1 : core::varint_size(value);
}

HH_INLINE char* put_text_field(char* out, char field_tag, std::string_view text) noexcept {
  *out++ = field_tag;
  out = put_length(out, text.size());
  return put_bytes(out, text.data(), text.size());
}

}  // namespace honeyhive::otlp
