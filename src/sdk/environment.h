#pragma once

// The environment variables that the SDK reads: the one place that calls getenv, and the table that
// docs/configuration.md is made from.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace honeyhive::sdk {

// The value of `name`; nullopt if it is unset, or if the program runs with more rights than its
// user.
std::optional<std::string> read_environment(const char* name);

// Names of HH_* variables that are set but that nothing here reads; sorted.
std::vector<std::string> unknown_environment();

// The program's file name, without its folder.
std::string program_name();

}  // namespace honeyhive::sdk
