#pragma once

// The body of the call that tells the server of a tracer's session.

#include <cstddef>
#include <string>

#include "sdk/config.h"

namespace honeyhive::sdk {

// Whether there is anything to tell: always of a new session, of a joined one only what is added to
// it.
bool has_session_start(const Settings& settings);

// Inputs with which it would be longer than `max_bytes` are left out, and the session's metadata
// say so.
std::string session_start_body(const Settings& settings, const std::string& session_id,
                               std::size_t max_bytes);

}  // namespace honeyhive::sdk
