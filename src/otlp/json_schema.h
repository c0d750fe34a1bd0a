#pragma once

// How OTLP's messages are written in JSON: names, numbers and types of their fields.
//
// Source: opentelemetry-proto 1.10; Protocol Buffers, "ProtoJSON Format"; OTLP specification,
// "JSON Protobuf Encoding": ids are hexadecimal, enums numbers. HoneyHive's SDKs send the names of
// enums.

#include <cstdint>
#include <span>
#include <string_view>

namespace honeyhive::otlp {

struct JsonMessage;

struct JsonField {
  enum class Type : std::uint8_t {
    text,
    id,         // bytes, hexadecimal
    reference,  // the same, of something that need not be here
    bytes,      // base64
    fixed64,    // unsigned
    fixed32,
    uint32,
    int64,
    number,
    boolean,
    enumeration,
    message,
    messages,  // repeated
  };

  std::string_view name;        // lowerCamelCase
  std::string_view proto_name;  // as in the .proto file
  std::uint32_t number = 0;
  Type type = Type::text;
  const JsonMessage* message = nullptr;          // of a message
  std::span<const std::string_view> enums = {};  // names, from 0 on; an empty one is not used
};

struct JsonMessage {
  const char* name;
  std::span<const JsonField> fields;  // at most `most_json_fields`
};

inline constexpr std::size_t most_json_fields = 16;

extern const JsonMessage trace_request_json;
extern const JsonMessage logs_request_json;
extern const JsonMessage any_value_json;

}  // namespace honeyhive::otlp
