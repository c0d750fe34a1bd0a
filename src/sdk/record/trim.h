#pragma once

// Cuts the longest texts of a span that has become too large to send.

#include <cstdint>

#include "sdk/record/span_state.h"

namespace honeyhive::sdk {

// Shortens the longest attribute texts of the span until its record takes at most `target` bytes,
// each cut marked with `<key>.truncated_bytes`. False if that is not possible: too much of the span
// is something else, or memory ran out; the span is then as it was.
bool trim_longest_values(SpanState& span, std::uint32_t target) noexcept;

}  // namespace honeyhive::sdk
