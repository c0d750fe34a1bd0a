#pragma once

// Strangers' text made fit for a terminal: what could move the cursor, change colours, reorder or
// hide text is printed as a visible escape instead.
//
//   C0, DEL, invalid UTF-8        \x1b \xff; \n \r \t in the usual way
//   C1, bidi controls, invisible  \u202e \U000e0041
//
// The joiners U+200C and U+200D and the variation selectors of emoji stay: scripts need them.
//
// Source: Unicode 15, UAX #9 (bidi controls), UAX #11 (width), UTS #55 (what hides source text).

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace honeyhive::cli {

// On one line: line breaks and tabs become escapes too.
void append_safe(std::string& out, std::string_view text);
std::string safe(std::string_view text);

// The lines of `text`, each safe; tabs become spaces. "\r\n" ends a line as "\n" does.
std::vector<std::string> safe_lines(std::string_view text);

// JSON text whose strings hold nothing that a terminal would obey: the same characters as JSON's
// own escapes. `json` is valid JSON.
std::string safe_json(std::string_view json);

// Columns that safe text takes on a terminal.
std::size_t display_width(std::string_view safe_text);

// The longest prefix of at most `columns`, not ending inside a character.
std::string_view cut_to_width(std::string_view safe_text, std::size_t columns);

// The number of characters (code points; a broken byte counts as one).
std::size_t character_count(std::string_view text);

}  // namespace honeyhive::cli
