#include "server/ingest/json_in_text.h"

#include <algorithm>

#include "core/json_canonical.h"
#include "core/json_scan.h"
#include "core/json_writer.h"
#include "core/limits.h"
#include "otlp/any_value_json.h"

namespace honeyhive::server {

std::optional<std::string> structure_in(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t\n\r");
  if (start == text.npos || (text[start] != '{' && text[start] != '[')) return std::nullopt;
  // As deep as values may be that came as structure: buckets can still be taken apart.
  if (text.size() > core::limits::json_in_text_bytes ||
      !core::is_json(text, core::limits::any_value_depth)) {
    return std::nullopt;
  }
  return core::canonical_json(text);
}

std::optional<std::string> structure_in(const otlp::AnyValue& value) {
  using Kind = otlp::AnyValue::Kind;
  if (value.kind == Kind::string) return structure_in(value.text);
  if (value.kind != Kind::array && value.kind != Kind::kvlist) return std::nullopt;
  std::string json;
  otlp::append_json(json, value);
  return json;
}

std::string structured_json(const otlp::AnyValue& value) {
  if (auto structure = structure_in(value)) return *std::move(structure);
  std::string json;
  otlp::append_json(json, value);
  return json;
}

bool JsonObject::has(std::string_view key) const {
  return std::any_of(members_.begin(), members_.end(),
                     [&](const Member& member) { return member.key == key; });
}

bool JsonObject::add(std::string_view key, std::string json) {
  if (has(key)) return false;
  members_.push_back({std::string(key), std::move(json)});
  return true;
}

bool JsonObject::add_text(std::string_view key, std::string_view text) {
  std::string json;
  core::append_json_string(json, text);
  return add(key, std::move(json));
}

bool JsonObject::add_text_first(std::string_view key, std::string_view text) {
  if (!add_text(key, text)) return false;
  std::rotate(members_.begin(), members_.end() - 1, members_.end());
  return true;
}

std::string JsonObject::json() const {
  std::size_t bytes = 2;
  for (const Member& member : members_) bytes += member.key.size() + member.json.size() + 4;
  std::string out;
  out.reserve(bytes);
  core::JsonWriter writer(out);
  writer.begin_object();
  for (const Member& member : members_) writer.key(member.key).raw(member.json);
  writer.end_object();
  return out;
}

}  // namespace honeyhive::server
