#pragma once

#include <string>
#include <string_view>

namespace honeyhive::core {

// `text` as one word of a POSIX shell, quoted where it has to be: for commands that are printed to
// be copied.
std::string shell_word(std::string_view text);

}  // namespace honeyhive::core
