#pragma once

// A JSON object from a stranger, read field by field. The first field that is not what it should
// be is remembered; the reader goes on with defaults and asks for the error once, at the end.
//
// Values that are kept as JSON come out canonical: UTF-8, no white space, no half of a surrogate
// pair, each top-level key once (the last wins). null is the same as absent. Not thread-safe.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/json_scan.h"
#include "core/result.h"

namespace honeyhive::server {

class JsonFields {
 public:
  // `place` names the object in errors: "session". Keeps its own copy of what it needs.
  // Error: `malformed_data`, with the offset.
  static core::Result<JsonFields> parse(std::string_view text, std::string place);

  bool has(std::string_view name) const;
  std::string raw(std::string_view name) const;  // canonical JSON; "" if absent

  std::string text(std::string_view name, std::size_t max_bytes);  // "" if absent
  std::string object(std::string_view name);                       // canonical JSON; "" if absent
  std::optional<std::int64_t> milliseconds_as_ns(std::string_view name) const;  // of numbers only
  bool boolean(std::string_view name);                                          // false if absent

  // The items of an array, as they were sent; empty if absent.
  std::vector<std::string> items(std::string_view name);
  // An array of strings of at most `max_bytes` each, as JSON; "" if absent or empty.
  std::string texts(std::string_view name, std::size_t max_bytes);

  // Refuses the first field that is none of `names`.
  void allow_only(std::span<const std::string_view> names);

  // Remembers that field `name` is not `expected`, unless there was an error before.
  void refuse(std::string_view name, std::string_view expected);

  const std::optional<core::Error>& error() const noexcept { return error_; }

 private:
  struct Field {
    std::string name;
    std::string value;
  };
  const std::string* find(std::string_view name) const;
  void refuse_with(std::string message);

  std::string place_;
  std::vector<Field> fields_;
  std::optional<core::Error> error_;
};

}  // namespace honeyhive::server
