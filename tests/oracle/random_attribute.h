#pragma once

// Random attributes set through the public API, and what must be on the wire for them.

#include <map>
#include <string>
#include <string_view>

#include "honeyhive/span.h"
#include "oracle/random_text.h"

namespace honeyhive::oracle {

// A value as test_encoder.py reads it: one of s, i, d, b, and its text.
struct Expected {
  char kind = 's';
  std::string text;
};
using ExpectedAttributes = std::map<std::string, Expected>;  // by key; the last value wins

// Sets one attribute, or several by a nested value, and says what is expected of it.
void set_random_attribute(Span& span, Random& random, ExpectedAttributes& expected);

// Adds an event with up to three attributes; `expected` gets those.
void add_random_event(Span& span, std::string_view name, Random& random,
                      ExpectedAttributes& expected);

}  // namespace honeyhive::oracle
