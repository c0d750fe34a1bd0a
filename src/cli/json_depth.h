#pragma once

// Writing and destroying JSON values is recursive: text that is nested too deeply must not become
// one.

#include <string_view>

namespace honeyhive::cli {

// Whether brackets outside of strings are open more than 256 deep. Any text.
bool is_too_deep(std::string_view json);

}  // namespace honeyhive::cli
