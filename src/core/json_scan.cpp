#include "core/json_scan.h"

#include <algorithm>

#include "core/json_cursor.h"

namespace honeyhive::core {
namespace {

static_assert(limits::json_depth <= JsonCursor::deepest);

bool scan_member(JsonCursor& cursor, std::vector<JsonMember>& members) {
  std::string_view key;
  bool has_escapes = false;
  cursor.skip_space();
  if (!cursor.string(key, has_escapes)) return false;
  cursor.skip_space();
  if (!cursor.take(':')) return false;
  cursor.skip_space();
  const std::size_t value_from = cursor.at();
  if (!cursor.skip_value(limits::json_depth - 1)) return false;
  JsonMember& member = members.emplace_back();
  append_unescaped(member.key, key);
  member.value = cursor.since(value_from);
  cursor.skip_space();
  return true;
}

bool scan_members(JsonCursor& cursor, std::vector<JsonMember>& members) {
  cursor.skip_space();
  if (!cursor.take('{')) return false;
  cursor.skip_space();
  if (!cursor.take('}')) {
    do {
      if (!scan_member(cursor, members)) return false;
    } while (cursor.take(','));
    if (!cursor.take('}')) return false;
  }
  cursor.skip_space();
  return cursor.at_end();
}

bool scan_elements(JsonCursor& cursor, std::vector<std::string_view>& elements) {
  cursor.skip_space();
  if (!cursor.take('[')) return false;
  cursor.skip_space();
  if (!cursor.take(']')) {
    do {
      cursor.skip_space();
      const std::size_t from = cursor.at();
      if (!cursor.skip_value(limits::json_depth - 1)) return false;
      elements.push_back(cursor.since(from));
      cursor.skip_space();
    } while (cursor.take(','));
    if (!cursor.take(']')) return false;
  }
  cursor.skip_space();
  return cursor.at_end();
}

Error unexpected(std::string_view expected, const JsonCursor& cursor) {
  return {Error::Code::malformed_data, "not a JSON " + std::string(expected) +
                                           ": unexpected byte at offset " +
                                           std::to_string(cursor.at())};
}

}  // namespace

Result<std::vector<JsonMember>> scan_json_object(std::string_view text) {
  JsonCursor cursor(text);
  std::vector<JsonMember> members;
  if (scan_members(cursor, members)) return members;
  return unexpected("object", cursor);
}

Result<std::vector<std::string_view>> scan_json_array(std::string_view text) {
  JsonCursor cursor(text);
  std::vector<std::string_view> elements;
  if (scan_elements(cursor, elements)) return elements;
  return unexpected("array", cursor);
}

std::optional<std::string> json_text(std::string_view value) {
  JsonCursor cursor(value);
  std::string_view content;
  bool has_escapes = false;
  if (!cursor.string(content, has_escapes) || !cursor.at_end()) return std::nullopt;
  std::string text;
  append_unescaped(text, content);
  return text;
}

std::vector<std::string> json_strings(std::string_view text) {
  std::vector<std::string> strings;
  const auto elements = scan_json_array(text);
  if (!elements) return strings;
  for (const std::string_view element : *elements) {
    if (auto string = json_text(element)) strings.push_back(*std::move(string));
  }
  return strings;
}

bool is_json(std::string_view text, std::size_t depth) {
  JsonCursor cursor(text);
  cursor.skip_space();
  if (!cursor.skip_value(std::min(depth, limits::json_depth))) return false;
  cursor.skip_space();
  return cursor.at_end();
}

}  // namespace honeyhive::core
