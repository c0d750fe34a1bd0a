#pragma once

// Numbers and texts as the views print them.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/look.h"

namespace honeyhive::cli {

// "1,234,567".
std::string grouped(std::uint64_t number);

// "just now", "42 s ago", "3 min ago", "5 h ago", "2 days ago"; a time to come is "in the future".
std::string age(std::int64_t then_ns, std::int64_t now_ns);

// "2026-11-20 08:13:01 UTC".
std::string time_for_people(std::int64_t unix_ns);

// From start to end; 0 if the end is before. The difference of any two times fits.
std::uint64_t elapsed_ns(std::int64_t start_ns, std::int64_t end_ns) noexcept;

// "1.24 s".
std::string took(std::uint64_t ns);

// "1 span", "3 spans".
std::string counted(std::uint64_t number, std::string_view one, std::string_view many);

// "812→96" (in, out); "" if both are 0.
std::string tokens_text(const Look& look, std::int64_t in, std::int64_t out);

// `safe_text` in exactly `columns`: padded, or cut with an ellipsis.
std::string fitted(const Look& look, std::string_view safe_text, std::size_t columns);
std::string right_aligned(std::string_view safe_text, std::size_t columns);

// `safe_line` broken between words into lines of at most `columns`; longer words are broken too.
std::vector<std::string> wrapped(std::string_view safe_line, std::size_t columns);

Ink ink_of_type(std::string_view event_type) noexcept;

}  // namespace honeyhive::cli
