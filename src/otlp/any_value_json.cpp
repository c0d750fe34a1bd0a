#include "otlp/any_value_json.h"

#include <cstdint>

#include "core/json_writer.h"
#include "core/limits.h"
#include "otlp/decode.h"

namespace honeyhive::otlp {
namespace {

using core::JsonWriter;

std::string base64(std::string_view bytes) {
  static constexpr char digits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto byte = [&](std::size_t at) {
      return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0u;
    };
    const std::uint32_t group = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    out += digits[group >> 18];
    out += digits[group >> 12 & 63];
    out += i + 1 < bytes.size() ? digits[group >> 6 & 63] : '=';
    out += i + 2 < bytes.size() ? digits[group & 63] : '=';
  }
  return out;
}

void write(JsonWriter& json, const AnyValue& value, std::size_t depth);

void write_array(JsonWriter& json, const AnyValue& value, std::size_t depth) {
  json.begin_array();
  for_each_item(value, [&](const AnyValue& item) { write(json, item, depth + 1); });
  json.end_array();
}

void write_entries(JsonWriter& json, const Attributes& entries, std::size_t depth) {
  json.begin_object();
  for (const KeyValue& entry : entries.items) {
    json.key(entry.key);
    write(json, entry.value, depth);
  }
  json.end_object();
}

// `depth`: how many values `value` lies in, itself included.
void write(JsonWriter& json, const AnyValue& value, std::size_t depth) {
  if (depth > core::limits::any_value_depth) {
    json.string(too_deep_mark);
    return;
  }
  switch (value.kind) {
    case AnyValue::Kind::none:
      json.null();
      return;
    case AnyValue::Kind::string:
      json.string(value.text);
      return;
    case AnyValue::Kind::boolean:
      json.boolean(value.boolean);
      return;
    case AnyValue::Kind::integer:
      json.integer(value.integer);
      return;
    case AnyValue::Kind::number:
      json.number(value.number);
      return;
    case AnyValue::Kind::array:
      write_array(json, value, depth);
      return;
    case AnyValue::Kind::kvlist:
      write_entries(json, entries_of(value), depth + 1);
      return;
    case AnyValue::Kind::bytes:
      json.string(base64(value.text));
      return;
  }
}

}  // namespace

void append_json(std::string& out, const AnyValue& value) {
  JsonWriter json(out);
  write(json, value, 1);
}

void append_json(std::string& out, const Attributes& attributes) {
  JsonWriter json(out);
  write_entries(json, attributes, 1);
}

}  // namespace honeyhive::otlp
