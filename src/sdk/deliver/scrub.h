#pragma once

// Makes a recorded span fit for the wire: text is UTF-8, and each key comes once, with its last
// value. Nearly every span is already; those are only looked at, once.

#include <string>
#include <string_view>

namespace honeyhive::sdk {

// Whether all text of the span (names, keys, values, events, status) is valid UTF-8 and, if
// `check_keys`, no key comes twice among its attributes and `constants`. May say no to a span that
// is fit, for more than a hundred keys or with a probability below 1 in 10^15; never yes to one
// that is not.
bool is_fit(std::string_view span_message, std::string_view constants, bool check_keys) noexcept;

// A framed record of the span and of `constants` (encoded attributes), repaired: ill-formed bytes
// become U+FFFD ("?" where the span would take more than 4 MiB), the last attribute of a key
// stays, a constant gives way to an attribute of the same key. Malformed spans come out cut at the
// first malformed field. Throws std::bad_alloc.
std::string scrub(std::string_view span_message, std::string_view constants);

}  // namespace honeyhive::sdk
