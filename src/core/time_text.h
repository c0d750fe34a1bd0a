#pragma once

// Points in time as others write them: as text, ISO 8601 in UTC, and as milliseconds.
//
// Source: RFC 3339.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace honeyhive::core {

// "2026-11-20T08:03:51.123456Z"; years 0001 to 9999, clamped.
std::string iso_time(std::int64_t unix_ns);

// "2026-11-20".
std::string iso_day(std::int64_t unix_ns);

// RFC 3339 date-times, with "Z" or an offset, and plain dates (midnight UTC), as ns since 1970.
std::optional<std::int64_t> parse_iso_time(std::string_view text) noexcept;

// Milliseconds since 1970 as ns, rounded; unset for what is negative, no number or does not fit.
std::optional<std::int64_t> ns_of_milliseconds(double ms) noexcept;

// "1.24 s", "318 ms", "42 us": three significant digits, for people.
std::string duration_text(std::int64_t ns);

}  // namespace honeyhive::core
