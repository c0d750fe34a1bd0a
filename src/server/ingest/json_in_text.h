#pragma once

// JSON that arrives as the text of an attribute, because attributes were flat when its convention
// was made.

#include <optional>
#include <string>
#include <string_view>

#include "otlp/attributes.h"

namespace honeyhive::server {

// The object or array that `text` is, canonical. nullopt for everything else: other values are as
// good as text, and what is malformed, too deep or longer than `json_in_text_bytes` stays text.
std::optional<std::string> structure_in(std::string_view text);

// The same of any value: what is an array or a list of pairs already is written as JSON.
std::optional<std::string> structure_in(const otlp::AnyValue& value);

// Any value as JSON, structure in text as structure.
std::string structured_json(const otlp::AnyValue& value);

// Members of one object, each key once: the first one wins.
class JsonObject {
 public:
  // False: there is one of this name, nothing was added. `json` is a whole value.
  bool add(std::string_view key, std::string json);
  bool add_text(std::string_view key, std::string_view text);
  bool add_text_first(std::string_view key, std::string_view text);  // before all others
  bool has(std::string_view key) const;
  bool empty() const noexcept { return members_.empty(); }
  std::string json() const;

 private:
  struct Member {
    std::string key, json;
  };
  std::vector<Member> members_;  // few
};

}  // namespace honeyhive::server
