#pragma once

// Text from a stranger as it is kept where it is bounded: well-formed, and marked where it was cut.

#include <cstddef>
#include <string>
#include <string_view>

namespace honeyhive::server {

// At most `most` bytes, which are more than the mark has.
std::string cut_text(std::string_view text, std::size_t most);

}  // namespace honeyhive::server
