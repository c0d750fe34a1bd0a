#include "cli/readable.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace honeyhive::cli {
namespace {

using Json = nlohmann::ordered_json;

// A string as it is, a list with one item per line, anything else as JSON.
std::string text_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  const bool is_list =
      value.is_array() && std::any_of(value.begin(), value.end(),
                                      [](const Json& item) { return item.is_structured(); });
  if (!is_list) return value.dump();
  std::string out;
  for (const Json& item : value) out += (out.empty() ? "" : "\n") + item.dump();
  return out;
}

bool is_message(const Json& value) {
  return value.is_object() && value.contains("role") && value["role"].is_string() &&
         (value.contains("content") || value.contains("tool_calls"));
}

bool is_chat(const Json& value) {
  return value.is_array() && !value.empty() && std::all_of(value.begin(), value.end(), is_message);
}

void append_line(std::string& out, std::string_view line) {
  if (line.empty()) return;
  if (!out.empty()) out += '\n';
  out += line;
}

// The parts of a message's content: text, and the types of what is no text.
std::string text_of_content(const Json& content) {
  if (!content.is_array()) return content.is_null() ? std::string() : text_of(content);
  std::string out;
  for (const Json& part : content) {
    if (part.is_string()) {
      append_line(out, part.get_ref<const std::string&>());
    } else if (part.is_object() && part.contains("text") && part["text"].is_string()) {
      append_line(out, part["text"].get_ref<const std::string&>());
    } else if (part.is_object() && part.contains("type") && part["type"].is_string()) {
      append_line(out, "[" + part["type"].get<std::string>() + "]");
    } else {
      append_line(out, part.dump());
    }
  }
  return out;
}

// OpenAI's form: {"function": {"name", "arguments"}}; others as JSON.
std::string text_of_call(const Json& call) {
  const bool is_nested = call.is_object() && call.contains("function");
  const Json& function = is_nested ? call["function"] : call;
  if (!function.is_object() || !function.contains("name")) return call.dump();
  const std::string arguments =
      function.contains("arguments") ? text_of(function["arguments"]) : std::string();
  return "calls " + text_of(function["name"]) + "(" + arguments + ")";
}

std::string text_of_message(const Json& message) {
  std::string out;
  if (message.contains("content")) out = text_of_content(message["content"]);
  if (message.contains("tool_calls") && message["tool_calls"].is_array()) {
    for (const Json& call : message["tool_calls"]) append_line(out, text_of_call(call));
  }
  return out;
}

}  // namespace

void append_readable(std::string_view bucket_json, TextPart::Section section,
                     std::vector<TextPart>& parts) try {
  const Json bucket = Json::parse(bucket_json, nullptr, false);
  if (!bucket.is_object()) return;
  const bool is_one_message = is_message(bucket);
  if (is_one_message) {
    parts.push_back({section, bucket["role"].get<std::string>(), text_of_message(bucket)});
  }
  for (const auto& [key, value] : bucket.items()) {
    if (is_one_message && (key == "role" || key == "content" || key == "tool_calls")) continue;
    // Recorders that know only strings send messages as JSON text.
    const bool is_list_text = value.is_string() && value.get_ref<const std::string&>()[0] == '[';
    const Json inner =
        is_list_text ? Json::parse(value.get_ref<const std::string&>(), nullptr, false) : Json();
    const Json& chat = is_list_text ? inner : value;
    if (!is_chat(chat)) {
      parts.push_back({section, key, text_of(value)});
      continue;
    }
    for (const Json& message : chat) {
      parts.push_back({section, message["role"].get<std::string>(), text_of_message(message)});
    }
  }
} catch (const Json::exception&) {
  // What cannot be read is not shown; --json has it.
}

}  // namespace honeyhive::cli
