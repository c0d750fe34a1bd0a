#pragma once

// Makes room in a span that has become too large: drops what was overwritten, cuts the longest
// texts.

#include <cstdint>
#include <optional>

#include "sdk/record/span_state.h"

namespace honeyhive::sdk {

// Shortens the longest attribute texts of the span until its record takes at most `target` bytes,
// each cut marked with `<key>.truncated_bytes`. False if that is not possible: too much of the span
// is something else, or memory ran out; the span is then as it was.
bool trim_longest_values(SpanState& span, std::uint32_t target) noexcept;

// Keeps the last value of each key. How many attributes are left, marks aside; nullopt, and the
// span as it was, if memory ran out.
std::optional<std::uint32_t> drop_repeated_keys(SpanState& span) noexcept;

}  // namespace honeyhive::sdk
