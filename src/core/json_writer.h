#pragma once

// Writes JSON text, one token at a time, into a string. There is no reader here.
//
// Always well-formed if the calls nest: text is repaired to UTF-8, NaN and infinities become null
// (JSON has neither), and integers keep all their digits.
//
// Source: RFC 8259.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace honeyhive::core {

class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();

  // Inside an object, before each value.
  JsonWriter& key(std::string_view name);

  JsonWriter& null();
  JsonWriter& boolean(bool value);
  JsonWriter& integer(std::int64_t value);
  JsonWriter& unsigned_integer(std::uint64_t value);
  JsonWriter& number(double value);  // shortest text that reads back as the same double
  JsonWriter& string(std::string_view text);
  JsonWriter& raw(std::string_view json);  // a whole value that is JSON already

  // `key(name)` and the value.
  JsonWriter& member(std::string_view name, std::string_view text) {
    return key(name).string(text);
  }

 private:
  void separate();

  std::string& out_;
  std::vector<bool> has_items_;  // per open object or array
  bool after_key_ = false;
};

// `text` as a JSON string with its quotes, appended to `out`.
void append_json_string(std::string& out, std::string_view text);

// `value` as JSON, appended to `out`: integral values get ".0", so that they stay doubles.
void append_json_number(std::string& out, double value);

}  // namespace honeyhive::core
