#pragma once

// Whether a server is there: for `require_connection`.

#include <optional>
#include <string>

#include "sdk/config.h"

namespace honeyhive::sdk {

// Asks once, without the key, and waits for at most `export_timeout`. Nothing if anything answers
// in HTTP, whatever it says; else what failed, where, and what to do.
std::optional<std::string> unreachable(const Settings& settings);

}  // namespace honeyhive::sdk
