#pragma once

// Writes OTLP attributes and records into memory the caller has reserved: the encoding half of the
// wire format, inline because a span is encoded while it is recorded.
//
// A repeated record is framed as `tag, 4-byte padded length`, so that a run of records is itself
// valid protobuf and a record may grow after it was written.
//
// Source: Protocol Buffers encoding; field numbers in otlp/fields.h.

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "core/inline.h"
#include "core/varint.h"
#include "otlp/encode_wire.h"
#include "otlp/fields.h"

namespace honeyhive::otlp {

// -- attributes: KeyValue{key, value: AnyValue{one of}} under `field_tag`

// What an attribute takes at most, besides key and text.
inline constexpr std::size_t attribute_overhead = 40;

namespace detail {

// Everything of a KeyValue up to the AnyValue's content, which takes `value_bytes`.
HH_INLINE char* put_key(char* out, char field_tag, std::string_view key,
                        std::size_t value_bytes) noexcept {
  const std::size_t pair_bytes =
      1 + length_size(key.size()) + key.size() + 1 + length_size(value_bytes) + value_bytes;
  *out++ = field_tag;
  out = put_length(out, pair_bytes);
  out = put_text_field(out, tag_byte(field::key_value::key, Wire::bytes), key);
  *out++ = tag_byte(field::key_value::value, Wire::bytes);
  return put_length(out, value_bytes);
}

}  // namespace detail

HH_INLINE char* put_attribute(char* out, char field_tag, std::string_view key,
                              std::string_view text) noexcept {
  out = detail::put_key(out, field_tag, key, 1 + length_size(text.size()) + text.size());
  return put_text_field(out, tag_byte(field::any_value::string, Wire::bytes), text);
}

// As put_bytes, without any call: for texts of at most a few hundred bytes.
HH_INLINE char* put_short_bytes(char* out, const char* from, std::size_t count) noexcept {
  if (count <= 32) return put_bytes(out, from, count);
  struct Block16 {
    std::uint64_t words[2];
  };
  Block16 block;
  for (std::size_t at = 0; at + sizeof block < count; at += sizeof block) {
    std::memcpy(&block, from + at, sizeof block);
    std::memcpy(out + at, &block, sizeof block);
  }
  std::memcpy(&block, from + count - sizeof block, sizeof block);
  std::memcpy(out + count - sizeof block, &block, sizeof block);
  return out + count;
}

// The same, for key and text of at most 110 bytes together: each of the four lengths takes one
// byte.
HH_INLINE char* put_short_attribute(char* out, char field_tag, std::string_view key,
                                    std::string_view text) noexcept {
  const auto head = [](char first, std::size_t first_length, char second,
                       std::size_t second_length) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(first)) |
           static_cast<std::uint32_t>(first_length) << 8 |
           static_cast<std::uint32_t>(static_cast<unsigned char>(second)) << 16 |
           static_cast<std::uint32_t>(second_length) << 24;
  };
  static_assert(std::endian::native == std::endian::little);
  out = put_raw(out, head(field_tag, key.size() + text.size() + 6,
                          tag_byte(field::key_value::key, Wire::bytes), key.size()));
  out = put_short_bytes(out, key.data(), key.size());
  out = put_raw(out, head(tag_byte(field::key_value::value, Wire::bytes), text.size() + 2,
                          tag_byte(field::any_value::string, Wire::bytes), text.size()));
  return put_short_bytes(out, text.data(), text.size());
}

inline char* put_attribute(char* out, char field_tag, std::string_view key,
                           std::int64_t value) noexcept {
  const auto bits = static_cast<std::uint64_t>(value);
  out = detail::put_key(out, field_tag, key, 1 + core::varint_size(bits));
  *out++ = tag_byte(field::any_value::integer, Wire::varint);
  return core::put_varint(out, bits);
}

inline char* put_attribute(char* out, char field_tag, std::string_view key, double value) noexcept {
  out = detail::put_key(out, field_tag, key, 1 + sizeof value);
  *out++ = tag_byte(field::any_value::number, Wire::fixed64);
  return put_raw(out, value);
}

inline char* put_attribute(char* out, char field_tag, std::string_view key, bool value) noexcept {
  out = detail::put_key(out, field_tag, key, 2);
  *out++ = tag_byte(field::any_value::boolean, Wire::varint);
  *out++ = value ? 1 : 0;
  return out;
}

inline constexpr char span_attribute_tag = tag_byte(field::span::attributes, Wire::bytes);
inline constexpr char event_attribute_tag = tag_byte(field::event::attributes, Wire::bytes);
inline constexpr char resource_attribute_tag = tag_byte(field::resource::attributes, Wire::bytes);

// -- records: ScopeSpans.spans, framed with a padded length

inline constexpr std::size_t record_frame_bytes = 1 + core::padded_varint_bytes;

inline void put_record_frame(char* out, std::uint32_t span_bytes) noexcept {
  out[0] = tag_byte(field::scope_spans::spans, Wire::bytes);
  core::put_padded_varint(out + 1, span_bytes);
}

inline std::uint32_t record_span_bytes(const char* record) noexcept {
  return core::get_padded_varint(record + 1);
}

}  // namespace honeyhive::otlp
