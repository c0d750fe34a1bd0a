#pragma once

// UTF-8: checked, repaired and cut.
//
// Source: Unicode 15, section 3.9, table 3-7 (well-formed byte sequences; overlong forms,
// surrogates and values above U+10FFFF are ill-formed).

#include <cstddef>
#include <string>
#include <string_view>

namespace honeyhive::core {

bool is_ascii(std::string_view text) noexcept;
bool is_utf8(std::string_view text) noexcept;

inline constexpr std::string_view replacement_character = "\xef\xbf\xbd";  // U+FFFD

// Appends `text`, each ill-formed byte replaced; `out` is well-formed if it was before.
void append_repaired(std::string& out, std::string_view text,
                     std::string_view replacement = replacement_character);

// The longest prefix of at most `max_bytes` that does not end inside a character. Ill-formed text
// is cut within 3 bytes of `max_bytes`.
std::string_view cut_at_character(std::string_view text, std::size_t max_bytes) noexcept;

// The length of the well-formed character that `text` starts with; 0 if there is none.
std::size_t character_length(std::string_view text) noexcept;

}  // namespace honeyhive::core
