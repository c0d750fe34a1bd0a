#pragma once

// A model's words made fit for a terminal: nothing in them moves the cursor, changes colours or
// reorders what is read. `honeyhive show` escapes such characters; here a "?" is enough.
//
// Source: Unicode 15, UAX #9 (bidi controls); ECMA-48 (C0 and C1 controls).

#include <string>
#include <string_view>

namespace demo {

// Line breaks stay; each control, bidi control and byte that is no UTF-8 becomes "?".
std::string printable(std::string_view text);

}  // namespace demo
