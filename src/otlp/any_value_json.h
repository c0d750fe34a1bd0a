#pragma once

// OTLP values as JSON text.
//
// Integers keep all digits, integral doubles keep ".0", NaN and infinities become null, bytes are
// base64, text is repaired to UTF-8. Nothing is nested deeper than `any_value_depth`: what is below
// is replaced by a string that says so.
//
// Source: opentelemetry-proto 1.10, AnyValue; RFC 4648, section 4.

#include <string>
#include <string_view>

#include "otlp/attributes.h"

namespace honeyhive::otlp {

inline constexpr std::string_view too_deep_mark = "[cut: nested too deep]";

// Appends one whole JSON value. Precondition: `value` is part of a decoded span.
void append_json(std::string& out, const AnyValue& value);

// Appends one JSON object.
void append_json(std::string& out, const Attributes& attributes);

}  // namespace honeyhive::otlp
