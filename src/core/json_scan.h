#pragma once

// Takes a JSON object or array apart into what is at its top level, each value as the text it was
// written with. Makes no tree: what is merged or filtered by key needs no more.
//
// The whole text is checked: what is accepted is well-formed, nested at most `limits::json_depth`
// deep. Whether strings are UTF-8 is not checked.
//
// Source: RFC 8259.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/limits.h"
#include "core/result.h"

namespace honeyhive::core {

// `value` points into the scanned text.
struct JsonMember {
  std::string key;         // unescaped
  std::string_view value;  // any JSON value, without surrounding white space
};

// In the order of the text; a key that is there twice comes twice.
// Error: `malformed_data`, with the offset of the first byte that cannot be.
Result<std::vector<JsonMember>> scan_json_object(std::string_view text);

// What a string says, unescaped; nullopt if `value` is not one well-formed string.
std::optional<std::string> json_text(std::string_view value);

// The elements of an array, in order, without surrounding white space; views into `text`. Error as
// above.
Result<std::vector<std::string_view>> scan_json_array(std::string_view text);

// What the strings of an array say; other elements are left out. Of anything else nothing.
std::vector<std::string> json_strings(std::string_view text);

// Whether `text` is one well-formed value, nested at most `depth` deep.
bool is_json(std::string_view text, std::size_t depth = limits::json_depth);

}  // namespace honeyhive::core
