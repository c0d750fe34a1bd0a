#include "sdk/value/json_value.h"

#include <charconv>
#include <cstdint>
#include <string>
#include <system_error>
#include <utility>

#include "core/json_cursor.h"
#include "core/limits.h"

namespace honeyhive::sdk {
namespace {

std::optional<Value> read_value(core::JsonCursor& at, std::size_t depth);

std::optional<std::string> read_string(core::JsonCursor& at) {
  std::string_view raw;
  bool has_escapes = false;
  if (!at.string(raw, has_escapes)) return std::nullopt;
  if (!has_escapes) return std::string(raw);
  std::string text;
  core::append_unescaped(text, raw);
  return text;
}

std::optional<Value> read_number(core::JsonCursor& at) {
  const std::size_t from = at.at();
  if (!at.number()) return std::nullopt;
  const std::string_view text = at.since(from);
  const char* const end = text.data() + text.size();
  std::int64_t integer = 0;
  const auto whole = std::from_chars(text.data(), end, integer);
  if (whole.ptr == end && whole.ec == std::errc()) return Value(integer);
  double number = 0;
  std::from_chars(text.data(), end, number);
  return Value(number);
}

// The members between brackets; `read` reads one.
template <typename Read>
bool read_list(core::JsonCursor& at, char open, char close, const Read& read) {
  at.take(open);
  at.skip_space();
  if (at.take(close)) return true;
  do {
    at.skip_space();
    if (!read()) return false;
    at.skip_space();
  } while (at.take(','));
  return at.take(close);
}

std::optional<Value> read_object(core::JsonCursor& at, std::size_t depth) {
  Object object;
  const bool is_whole = read_list(at, '{', '}', [&] {
    const auto key = read_string(at);
    at.skip_space();
    if (!key || !at.take(':')) return false;
    at.skip_space();
    auto value = read_value(at, depth);
    if (value) object[*key] = std::move(*value);
    return value.has_value();
  });
  if (!is_whole) return std::nullopt;
  return Value(object);
}

std::optional<Value> read_array(core::JsonCursor& at, std::size_t depth) {
  Array array;
  const bool is_whole = read_list(at, '[', ']', [&] {
    auto value = read_value(at, depth);
    if (value) array.push_back(std::move(*value));
    return value.has_value();
  });
  if (!is_whole) return std::nullopt;
  return Value(array);
}

std::optional<Value> read_value(core::JsonCursor& at, std::size_t depth) {
  switch (at.peek()) {
    case '{':
      return depth < core::limits::json_depth ? read_object(at, depth + 1) : std::nullopt;
    case '[':
      return depth < core::limits::json_depth ? read_array(at, depth + 1) : std::nullopt;
    case '"': {
      auto text = read_string(at);
      if (!text) return std::nullopt;
      return Value(*text);
    }
    case 't':
      return at.word("true") ? std::optional<Value>(true) : std::nullopt;
    case 'f':
      return at.word("false") ? std::optional<Value>(false) : std::nullopt;
    case 'n':
      return at.word("null") ? std::optional<Value>(Value()) : std::nullopt;
    default:
      return read_number(at);
  }
}

}  // namespace

std::optional<Value> read_json(std::string_view text) {
  core::JsonCursor at(text);
  at.skip_space();
  auto value = read_value(at, 0);
  at.skip_space();
  return at.at_end() ? value : std::nullopt;
}

}  // namespace honeyhive::sdk
