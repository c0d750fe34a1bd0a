#include "cli/readable.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "cli/json_depth.h"

namespace honeyhive::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::ptrdiff_t most_dots = 32;  // of a key that is taken apart

// One item of a list: a flat object by its keys, anything else as JSON.
std::string text_of_item(const Json& item) {
  const bool is_flat = item.is_object() && !item.empty() &&
                       std::none_of(item.begin(), item.end(),
                                    [](const Json& value) { return value.is_structured(); });
  if (!is_flat) return "- " + item.dump();
  std::string out;
  for (const auto& [key, value] : item.items()) {
    out += out.empty() ? "- " : ", ";
    out += key + ": " + (value.is_string() ? value.get<std::string>() : value.dump());
  }
  return out;
}

// A string as it is, a list of objects with one item per line, anything else as JSON.
std::string text_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  const bool is_list =
      value.is_array() && std::any_of(value.begin(), value.end(),
                                      [](const Json& item) { return item.is_structured(); });
  if (!is_list) return value.dump();
  std::string out;
  for (const Json& item : value) out += "\n" + text_of_item(item);
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

std::optional<std::size_t> index_of(std::string_view segment) {
  std::size_t index = 0;
  const char* const end = segment.data() + segment.size();
  const auto parsed = std::from_chars(segment.data(), end, index);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return index;
}

// The place of one more segment below `at`; null if something else is there. Lists grow by one.
Json* step(Json* at, std::string_view segment) {
  const auto index = index_of(segment);
  if (at->is_null()) *at = index == 0 ? Json::array() : Json::object();
  if (at->is_object()) return &(*at)[std::string(segment)];
  if (!at->is_array() || !index || *index > at->size()) return nullptr;
  if (*index == at->size()) at->push_back(nullptr);
  return &(*at)[*index];
}

// Where "messages.0.role" belongs in `root`: the part before the first number is a key of its own,
// unless `flat` has that key too.
Json* place_of(Json& root, const Json& flat, std::string_view key) {
  if (std::count(key.begin(), key.end(), '.') > most_dots) return nullptr;
  std::size_t end = key.find('.');
  while (end != key.npos && !index_of(key.substr(end + 1, key.find('.', end + 1) - end - 1))) {
    end = key.find('.', end + 1);
  }
  if (end == key.npos) return nullptr;
  const std::string name(key.substr(0, end));
  if (flat.contains(name)) return nullptr;
  Json* at = &root[name];
  while (at != nullptr && end != key.npos) {
    const std::size_t start = end + 1;
    end = key.find('.', start);
    at = step(at, key.substr(start, end - start));
  }
  return at != nullptr && at->is_null() ? at : nullptr;
}

// Lists arrive as one attribute per leaf ("messages.0.role"): here they are lists again. What does
// not fit keeps its long key.
Json with_lists(const Json& flat) {
  Json nested = Json::object();
  for (const auto& [key, value] : flat.items()) {
    Json* const place = place_of(nested, flat, key);
    (place != nullptr ? *place : nested[key]) = value;
  }
  return nested;
}

}  // namespace

void append_readable(std::string_view bucket_json, TextPart::Section section,
                     std::vector<TextPart>& parts) try {
  const Json flat = Json::parse(bucket_json, nullptr, false);
  if (!flat.is_object()) return;
  const Json bucket = with_lists(flat);
  const bool is_one_message = is_message(bucket);
  if (is_one_message) {
    parts.push_back({section, bucket["role"].get<std::string>(), text_of_message(bucket)});
  }
  for (const auto& [key, value] : bucket.items()) {
    if (is_one_message && (key == "role" || key == "content" || key == "tool_calls")) continue;
    // Recorders that know only strings send messages as JSON text.
    const bool is_list_text = value.is_string() && value.get_ref<const std::string&>()[0] == '[' &&
                              !is_too_deep(value.get_ref<const std::string&>());
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
