#pragma once

// How a tracer's requests travel: certificates, proxies, compression. Thread-safe: functions of
// their arguments, and of the files that these name.

#include <string>

#include "core/result.h"
#include "net/http_client.h"
#include "sdk/config.h"

namespace honeyhive::sdk {

// The rest of `settings`, whose `server_url` is known. Files are looked into here, so that what
// cannot work is said to whoever set it. Error: `invalid_argument`, with name, value and fix.
core::Result<void> resolve_network(const TracerConfig& config, const Environment& environment,
                                   Settings& settings);

net::Transport transport_of(const Settings& settings);

// A line per setting; of a proxy's user and password only that they are there.
std::string describe_network(const Settings& settings);

}  // namespace honeyhive::sdk
