#pragma once

// Makes room in a span that has become too large: drops what was overwritten, cuts the longest
// texts.

#include <cstdint>
#include <optional>
#include <string_view>

#include "sdk/record/span_state.h"

namespace honeyhive::sdk {

// Shortens the longest attribute texts of the span and its events until its record takes at most
// `target` bytes, each cut marked with `<key>.truncated_bytes`. How many texts were cut for the
// first time; nullopt if that is not possible: too much of the span is something else, or memory
// ran out; the span is then as it was.
std::optional<std::uint32_t> trim_longest_values(SpanState& span, std::uint32_t target) noexcept;

// The mark of a value that was cut is an attribute, its key with this behind it.
inline constexpr std::string_view mark_suffix = ".truncated_bytes";

// The key's value was cut: it has a mark, or is about to.
void note_cut_key(SpanState& span, std::string_view key) noexcept;

// Removes what marks say of this key. Not while an event is open.
void drop_marks(SpanState& span, std::string_view key) noexcept;

// Removes this key, and marks of it, from the open event whose fields begin at `event`. How many
// attributes are gone, marks aside.
std::uint32_t drop_key(SpanState& span, std::uint32_t event, std::string_view key) noexcept;

// Keeps the last value of each key, the last name and the last status. How many attributes are
// left, marks aside; nullopt, and the span as it was, if memory ran out.
std::optional<std::uint32_t> drop_repeated_keys(SpanState& span) noexcept;

}  // namespace honeyhive::sdk
