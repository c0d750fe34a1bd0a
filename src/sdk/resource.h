#pragma once

// What a process says about itself with every request, and how OpenTelemetry's variables add to it.
//
// Source: OpenTelemetry specification, "Resource SDK" and "Resource semantic conventions".

#include <string>
#include <string_view>

#include "core/result.h"
#include "sdk/config.h"

namespace honeyhive::sdk {

// OTEL_RESOURCE_ATTRIBUTES: "key=value,key=value", percent-encoded; the last value of a key wins.
// Error: `invalid_argument`: as the specification wants it, one bad pair makes all of it unusable.
core::Result<TextPairs> parse_resource_attributes(std::string_view text);

// The encoded Resource message. What names this library and the process is not for others to set.
std::string make_resource(const Settings& settings);

}  // namespace honeyhive::sdk
