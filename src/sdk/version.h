#pragma once

namespace honeyhive::sdk {

// Set by the build from the project's version.
inline constexpr const char* version = HONEYHIVE_VERSION;

}  // namespace honeyhive::sdk
