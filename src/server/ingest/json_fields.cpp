#include "server/ingest/json_fields.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "core/json_canonical.h"
#include "core/json_writer.h"
#include "core/time_text.h"
#include "core/utf8.h"
#include "server/store/merge.h"

namespace honeyhive::server {
namespace {

constexpr std::int64_t ns_per_ms = 1'000'000;
constexpr std::int64_t most_ms = 9'223'372'036'854;  // what fits into ns

std::string written(std::vector<core::JsonMember> members) {
  keep_last_of_each_key(members);
  if (members.empty()) return {};
  std::string out;
  core::JsonWriter json(out);
  json.begin_object();
  for (const core::JsonMember& member : members) json.key(member.key).raw(member.value);
  json.end_object();
  return out;
}

// For messages: enough of a value to recognise it.
std::string shown(std::string_view value) {
  constexpr std::size_t enough = 60;
  if (value.size() <= enough) return std::string(value);
  return std::string(core::cut_at_character(value, enough)) + "...";
}

}  // namespace

core::Result<JsonFields> JsonFields::parse(std::string_view text, std::string place) {
  auto members = core::scan_json_object(text);
  if (!members) {
    return core::Error{members.error().code, place + ": " + members.error().message};
  }
  JsonFields fields;
  fields.place_ = std::move(place);
  keep_last_of_each_key(*members);
  for (core::JsonMember& member : *members) {
    if (member.value == "null") continue;
    fields.fields_.push_back({std::move(member.key), core::canonical_json(member.value)});
  }
  return fields;
}

const std::string* JsonFields::find(std::string_view name) const {
  const auto found = std::find_if(fields_.begin(), fields_.end(),
                                  [&](const Field& field) { return field.name == name; });
  return found == fields_.end() ? nullptr : &found->value;
}

bool JsonFields::has(std::string_view name) const { return find(name) != nullptr; }

std::string JsonFields::raw(std::string_view name) const {
  const std::string* const value = find(name);
  return value == nullptr ? std::string() : *value;
}

void JsonFields::refuse(std::string_view name, std::string_view expected) {
  const std::string* const value = find(name);
  std::string message = place_;
  message.append(".").append(name).append(": expected ").append(expected).append(", got ");
  message += value == nullptr ? "nothing" : shown(*value);
  refuse_with(std::move(message));
}

void JsonFields::refuse_with(std::string message) {
  if (!error_) error_ = core::Error{core::Error::Code::invalid_argument, std::move(message)};
}

void JsonFields::allow_only(std::span<const std::string_view> names) {
  const auto unknown = std::find_if(fields_.begin(), fields_.end(), [&](const Field& field) {
    return std::find(names.begin(), names.end(), field.name) == names.end();
  });
  if (unknown == fields_.end()) return;
  std::string message = place_ + "." + shown(unknown->name) +
                        ": there is no such field here, got " + shown(unknown->value) +
                        "; leave it out. The fields are ";
  for (const std::string_view name : names) {
    message.append(name).append(name == names.back() ? "" : ", ");
  }
  refuse_with(std::move(message));
}

std::string JsonFields::text(std::string_view name, std::size_t max_bytes) {
  const std::string* const value = find(name);
  if (value == nullptr) return {};
  const auto parsed = nlohmann::json::parse(*value, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_string()) {
    refuse(name, "a string");
    return {};
  }
  auto text = parsed.get<std::string>();
  if (text.size() <= max_bytes) return text;
  refuse(name, "at most " + std::to_string(max_bytes) + " bytes");
  return {};
}

std::string JsonFields::object(std::string_view name) {
  const std::string* const value = find(name);
  if (value == nullptr) return {};
  auto members = core::scan_json_object(*value);
  if (!members) {
    refuse(name, "an object");
    return {};
  }
  return written(*std::move(members));
}

bool JsonFields::boolean(std::string_view name) {
  const std::string* const value = find(name);
  if (value != nullptr && *value != "true" && *value != "false") refuse(name, "true or false");
  return value != nullptr && *value == "true";
}

std::vector<std::string> JsonFields::items(std::string_view name) {
  const std::string* const value = find(name);
  if (value == nullptr) return {};
  const auto scanned = core::scan_json_array(*value);
  if (!scanned) {
    refuse(name, "an array");
    return {};
  }
  return {scanned->begin(), scanned->end()};
}

std::string JsonFields::texts(std::string_view name, std::size_t max_bytes) {
  const std::vector<std::string> values = items(name);
  if (values.empty()) return {};
  const std::vector<std::string> strings = core::json_strings(*find(name));
  const bool fits = std::all_of(strings.begin(), strings.end(),
                                [&](const std::string& text) { return text.size() <= max_bytes; });
  if (fits && strings.size() == values.size()) return *find(name);
  refuse(name, "an array of strings of at most " + std::to_string(max_bytes) + " bytes");
  return {};
}

std::optional<std::int64_t> JsonFields::milliseconds_as_ns(std::string_view name) const {
  const std::string* const value = find(name);
  if (value == nullptr) return std::nullopt;
  const char* const begin = value->data();
  const char* const end = begin + value->size();
  std::int64_t whole = 0;
  if (const auto parsed = std::from_chars(begin, end, whole);
      parsed.ec == std::errc() && parsed.ptr == end) {
    if (whole < 0 || whole > most_ms) return std::nullopt;
    return whole * ns_per_ms;
  }
  double number = 0;
  const auto parsed = std::from_chars(begin, end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return core::ns_of_milliseconds(number);
}

}  // namespace honeyhive::server
