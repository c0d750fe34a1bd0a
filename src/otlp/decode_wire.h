#pragma once

// The walk over protobuf fields that the decoder is made of. Private to src/otlp/decode*.cpp, the
// only files of this layer that see protozero.
//
// protozero asserts that a field is read as the wire type it has: every reader switches over
// `tag_and_type`, never over the number alone.

#include <cstddef>
#include <cstdint>
#include <protozero/pbf_reader.hpp>
#include <string_view>

#include "otlp/decode.h"

namespace honeyhive::otlp::wire {

using protozero::pbf_reader;
using protozero::pbf_wire_type;

// Thrown below `decode_trace_request` and caught there.
struct Malformed {
  const char* at;
  const char* message;  // the type of the protobuf message
  const char* reason;
};

inline const char* reason_of(const protozero::exception& error) {
  if (dynamic_cast<const protozero::end_of_buffer_exception*>(&error)) {
    return "a field runs past the end of its message";
  }
  if (dynamic_cast<const protozero::varint_too_long_exception*>(&error)) {
    return "a varint is longer than 10 bytes";
  }
  if (dynamic_cast<const protozero::unknown_pbf_wire_type_exception*>(&error)) {
    return "unknown wire type";
  }
  if (dynamic_cast<const protozero::invalid_tag_exception*>(&error)) {
    return "invalid field number";
  }
  return "not protobuf";
}

// One case label per known field; a known number with another wire type is an unknown field.
constexpr std::uint32_t varint(std::uint32_t field) {
  return protozero::tag_and_type(field, pbf_wire_type::varint);
}
constexpr std::uint32_t fixed64(std::uint32_t field) {
  return protozero::tag_and_type(field, pbf_wire_type::fixed64);
}
constexpr std::uint32_t delimited(std::uint32_t field) {
  return protozero::tag_and_type(field, pbf_wire_type::length_delimited);
}

inline std::string_view view(pbf_reader& reader) {
  const auto bytes = reader.get_view();
  return {bytes.data(), bytes.size()};
}

// Calls `on_field(reader, start)` for each field; it consumes the field and returns true, or
// returns false to have it skipped. `start` is where the field's tag begins.
template <typename OnField>
void for_each_field(std::string_view message, const char* type, OnField on_field) {
  pbf_reader reader(message.data(), message.size());
  const char* start = message.data();
  try {
    while (reader.next()) {
      if (!on_field(reader, start)) reader.skip();
      start = reader.data().data();
    }
  } catch (const protozero::exception& error) {
    throw Malformed{start, type, reason_of(error)};
  }
}

// Whether nested values are walked too, so that a later walk meets no bad framing.
enum class Check : bool { no, yes };

// `depth`: of the value, 1 for an attribute's own.
AnyValue read_any_value(std::string_view encoded, Check check, std::size_t depth);
KeyValue read_key_value(std::string_view encoded, Check check, std::size_t depth);
void read_event_fields(std::string_view encoded, EventView& out, Check check);
void read_link_fields(std::string_view encoded, LinkView& out, Check check);

}  // namespace honeyhive::otlp::wire
