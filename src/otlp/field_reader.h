#pragma once

// Walks the fields of one protobuf message that may come from anywhere: bounded, no allocation.
// For the SDK, which has no protobuf library; the server decodes with otlp/decode.h.
//
// Source: Protocol Buffers encoding, "Message Structure".

#include <cstdint>
#include <cstring>
#include <string_view>

#include "core/inline.h"
#include "core/varint.h"
#include "otlp/encode_wire.h"
#include "otlp/fields.h"

namespace honeyhive::otlp {

struct Field {
  std::uint32_t number = 0;
  Wire wire = Wire::varint;
  std::uint64_t number_value = 0;  // of varint, fixed32 and fixed64
  std::string_view bytes;          // of length-delimited fields
  std::string_view whole;          // the field with its tag

  double as_double() const noexcept {
    double value = 0;
    std::memcpy(&value, &number_value, sizeof value);
    return value;
  }
};

class FieldReader {
 public:
  explicit FieldReader(std::string_view message) noexcept
      : at_(message.data()), end_(message.data() + message.size()) {}

  // False at the end, and at the first thing that is not a field: see `malformed`.
  HH_INLINE bool next(Field& field) noexcept {
    if (at_ == end_) return false;
    const char* const begin = at_;
    malformed_ = !read_short(field) && !read(field);
    field.whole = {begin, static_cast<std::size_t>(at_ - begin)};
    return !malformed_;
  }

  bool malformed() const noexcept { return malformed_; }

 private:
  // A tag of one byte and length-delimited bytes below 128: most fields. False: nothing was read.
  HH_INLINE bool read_short(Field& field) noexcept {
    if (end_ - at_ < 2) return false;
    const auto tag = static_cast<unsigned char>(at_[0]);
    const auto length = static_cast<unsigned char>(at_[1]);
    if ((tag & 0x87) != static_cast<unsigned>(Wire::bytes) || tag < 8 || length >= 0x80 ||
        length > end_ - at_ - 2) {
      return false;
    }
    field.number = tag >> 3;
    field.wire = Wire::bytes;
    field.bytes = {at_ + 2, length};
    at_ += 2 + length;
    return true;
  }

  HH_NOINLINE bool read(Field& field) noexcept {
    std::uint64_t tag_value = 0;
    if (!core::get_varint(at_, end_, tag_value)) return false;
    if (tag_value >> 3 == 0 || tag_value >> 3 > 0x1fffffff) return false;
    field.number = static_cast<std::uint32_t>(tag_value >> 3);
    field.wire = static_cast<Wire>(tag_value & 7);
    switch (field.wire) {
      case Wire::varint:
        return core::get_varint(at_, end_, field.number_value);
      case Wire::fixed64:
        return read_fixed(field, 8);
      case Wire::fixed32:
        return read_fixed(field, 4);
      case Wire::bytes: {
        std::uint64_t length = 0;
        if (!core::get_varint(at_, end_, length)) return false;
        if (length > static_cast<std::uint64_t>(end_ - at_)) return false;
        field.bytes = {at_, static_cast<std::size_t>(length)};
        at_ += length;
        return true;
      }
    }
    return false;
  }

  bool read_fixed(Field& field, std::size_t count) noexcept {
    if (static_cast<std::size_t>(end_ - at_) < count) return false;
    field.number_value = 0;
    std::memcpy(&field.number_value, at_, count);
    at_ += count;
    return true;
  }

  const char* at_;
  const char* end_;
  bool malformed_ = false;
};

// The key and the AnyValue of a KeyValue. False if it is malformed.
inline bool read_key_value(std::string_view message, std::string_view& key,
                           std::string_view& any_value) noexcept {
  FieldReader reader(message);
  Field field;
  key = any_value = {};
  while (reader.next(field)) {
    if (field.wire != Wire::bytes) continue;
    if (field.number == field::key_value::key) key = field.bytes;
    if (field.number == field::key_value::value) any_value = field.bytes;
  }
  return !reader.malformed();
}

}  // namespace honeyhive::otlp
