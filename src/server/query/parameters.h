#pragma once

// Query parameters of the API, checked. Every refusal names the field, the value and what would do.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/ids.h"
#include "core/result.h"
#include "server/store/store.h"

namespace honeyhive::server {

// A whole number from 1 to `most`.
core::Result<std::size_t> parse_limit(std::string_view text, std::size_t most);

// A point in time: RFC 3339, or how long ago: "90s", "15m", "2h", "1d".
core::Result<std::int64_t> parse_since(std::string_view text, std::int64_t now_ns);

core::Result<core::TraceId> parse_trace_id(std::string_view text);

// The place behind a row, as opaque text.
std::string cursor_text(const Cursor& cursor);
core::Result<Cursor> parse_cursor(std::string_view text);

}  // namespace honeyhive::server
