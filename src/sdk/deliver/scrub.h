#pragma once

// Makes a recorded span fit for the wire: text is UTF-8, and each key comes once, with its last
// value. Nearly every span is already; those are only looked at.

#include <string>
#include <string_view>

namespace honeyhive::sdk {

// Whether all text of the span (names, keys, values, events, status) is valid UTF-8.
bool is_clean(std::string_view span_message) noexcept;

// A framed record of the span and of `constants` (encoded attributes), repaired: ill-formed bytes
// become U+FFFD, the last attribute of a key stays, a constant gives way to an attribute of the
// same key. Malformed spans come out cut at the first malformed field. Throws std::bad_alloc.
std::string scrub(std::string_view span_message, std::string_view constants);

}  // namespace honeyhive::sdk
