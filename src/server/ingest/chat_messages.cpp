#include "server/ingest/chat_messages.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "core/json_scan.h"
#include "core/json_writer.h"

namespace honeyhive::server {
namespace {

using Members = std::vector<core::JsonMember>;

// "" if there is none.
std::string_view find(const Members& members, std::string_view key) {
  const auto found =
      std::find_if(members.begin(), members.end(),
                   [&](const core::JsonMember& member) { return member.key == key; });
  return found == members.end() ? std::string_view() : found->value;
}

void append_others(core::JsonWriter& json, const Members& members,
                   std::initializer_list<std::string_view> but) {
  for (const core::JsonMember& member : members) {
    if (std::find(but.begin(), but.end(), member.key) == but.end()) {
      json.key(member.key).raw(member.value);
    }
  }
}

bool is_string(std::string_view json) { return json.starts_with('"'); }

// What a message consists of besides its calls of tools.
struct Parts {
  std::vector<std::string_view> contents;
  std::vector<std::string> tool_calls;
  std::string_view only_content;      // if there is one part, and it has nothing but its content
  std::string_view response_id = {};  // of a tool's answer, if that is the one part
};

// Function calls have their arguments as text, as models write them.
std::string tool_call(const Members& part) {
  std::string out;
  core::JsonWriter json(out);
  json.begin_object();
  if (const auto id = find(part, "id"); !id.empty()) json.key("id").raw(id);
  json.member("type", "function").key("function").begin_object();
  if (const auto name = find(part, "name"); !name.empty()) json.key("name").raw(name);
  if (const auto arguments = find(part, "arguments"); !arguments.empty()) {
    json.key("arguments");
    if (is_string(arguments) || arguments == "null") {
      json.raw(arguments);
    } else {
      json.string(arguments);
    }
  }
  json.end_object();
  append_others(json, part, {"id", "type", "name", "arguments", "function"});
  json.end_object();
  return out;
}

void take_part(std::string_view part, Parts& parts) {
  const auto members = core::scan_json_object(part);
  const std::string_view type = members ? find(*members, "type") : "";
  if (type == R"("tool_call")" && find(*members, "function").empty()) {
    parts.tool_calls.push_back(tool_call(*members));
    return;
  }
  parts.contents.push_back(part);
  parts.only_content = parts.response_id = {};
  if (parts.contents.size() > 1 || !members) return;
  if (type == R"("text")" && members->size() == 2) {
    parts.only_content = find(*members, "content");
  } else if (type == R"("tool_call_response")" && members->size() == 3) {
    // `result` until 1.37, `response` since
    const std::string_view response = find(*members, "response");
    parts.only_content = response.empty() ? find(*members, "result") : response;
    parts.response_id = find(*members, "id");
    if (parts.response_id.empty()) parts.only_content = {};
  }
}

std::optional<Parts> parts_of(std::string_view json) {
  const auto elements = core::scan_json_array(json);
  if (!elements) return std::nullopt;
  Parts parts;
  for (const std::string_view part : *elements) take_part(part, parts);
  return parts;
}

void append_array(core::JsonWriter& json, const auto& elements) {
  json.begin_array();
  for (const auto& element : elements) json.raw(element);
  json.end_array();
}

void append_content(core::JsonWriter& json, const Parts& parts) {
  if (!parts.only_content.empty()) {
    json.raw(parts.only_content);
  } else {
    append_array(json, parts.contents);
  }
}

// nullopt: it is in the shape already, or in one that nobody knows.
std::optional<std::string> reshaped(std::string_view message) {
  if (message.find("\"parts\"") == message.npos) return std::nullopt;
  const auto members = core::scan_json_object(message);
  if (!members) return std::nullopt;
  for (const char* made : {"content", "tool_calls", "tool_call_id"}) {
    if (!find(*members, made).empty()) return std::nullopt;
  }
  const auto parts = parts_of(find(*members, "parts"));
  if (!parts) return std::nullopt;
  std::string out;
  core::JsonWriter json(out);
  json.begin_object();
  if (const auto role = find(*members, "role"); !role.empty()) json.key("role").raw(role);
  if (!parts->response_id.empty()) json.key("tool_call_id").raw(parts->response_id);
  if (!parts->contents.empty() || parts->tool_calls.empty()) {
    append_content(json.key("content"), *parts);
  }
  if (!parts->tool_calls.empty()) append_array(json.key("tool_calls"), parts->tool_calls);
  append_others(json, *members, {"role", "parts"});
  json.end_object();
  return out;
}

}  // namespace

void ChatList::add(std::string_view message) {
  if (size_ == 0) {
    first_bytes_ = message.size();
    text_.reserve(message.size() + 2);
  }
  text_ += size_ == 0 ? '[' : ',';
  text_ += message;
  ++size_;
}

void ChatList::add(std::string_view role, std::string_view content_json) {
  std::string message;
  core::JsonWriter json(message);
  json.begin_object().member("role", role).key("content").raw(content_json).end_object();
  add(message);
}

bool ChatList::add_all(std::string_view json) {
  if (json.starts_with('{')) {
    add(reshaped(json).value_or(std::string(json)));
    return true;
  }
  const auto elements = core::scan_json_array(json);
  if (!elements) return false;
  for (const std::string_view message : *elements) {
    const auto made = reshaped(message);
    add(made ? *made : message);
  }
  return true;
}

std::string content_of_parts(std::string_view parts_json) {
  const auto parts = parts_of(parts_json);
  if (!parts || parts->contents.empty()) return {};
  std::string out;
  core::JsonWriter json(out);
  append_content(json, *parts);
  return out;
}

}  // namespace honeyhive::server
