#pragma once

// JSON from a stranger as it is kept: every reader takes it, and it is as short as it can be.

#include <string>
#include <string_view>

namespace honeyhive::core {

// Without white space, in UTF-8, without halves of surrogate pairs; numbers keep their digits, but
// one that no double holds becomes null. Precondition: `text` is well-formed apart from its UTF-8.
std::string canonical_json(std::string_view text);

}  // namespace honeyhive::core
