#pragma once

// Reads JSON into a Value: what a tracer in test mode would have sent. Thread-safe: a pure
// function.

#include <optional>
#include <string_view>

#include "honeyhive/value.h"

namespace honeyhive::sdk {

// nullopt if `text` is not one well-formed value, or is nested more than `limits::json_depth` deep.
// Of repeated keys the last value counts; integers beyond 64 bits are doubles.
std::optional<Value> read_json(std::string_view text);

}  // namespace honeyhive::sdk
