#pragma once

// Messages of a chat in the shape that HoneyHive shows: objects with `role`, `content`,
// `tool_calls` [{id, type, function {name, arguments}}], `tool_call_id` and whatever else they had.
//
// Source: OpenTelemetry semantic conventions for GenAI 1.37 to 1.41 (messages have `parts`); the
// keys that HoneyHive's semantic conventions name in inputs and outputs.

#include <cstddef>
#include <string>
#include <string_view>

namespace honeyhive::server {

// A JSON array that grows.
class ChatList {
 public:
  // `message`: a whole value, an object by rights.
  void add(std::string_view message);
  void add(std::string_view role, std::string_view content_json);

  // Adds the messages of a JSON array, or the one that an object is; each in the shape above. False
  // if `json` is neither. Precondition: it is canonical.
  bool add_all(std::string_view json);

  std::size_t size() const noexcept { return size_; }
  std::string_view first() const noexcept {
    return std::string_view(text_).substr(size_ == 0 ? 0 : 1, first_bytes_);
  }
  std::string json() const { return size_ == 0 ? "[]" : text_ + ']'; }

 private:
  std::string text_;  // without the "]"
  std::size_t first_bytes_ = 0;
  std::size_t size_ = 0;
};

// The content of a message whose parts are `parts_json`, an array: the text if there is one part
// and it is text. "" if there is nothing but calls of tools.
std::string content_of_parts(std::string_view parts_json);

}  // namespace honeyhive::server
