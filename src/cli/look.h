#pragma once

// What the place that output goes to can show: colours, characters, columns.
//
// Source: https://no-color.org; locale variables of POSIX, section 8.2.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace honeyhive::cli {

enum class ColorMode : std::uint8_t { automatic, always, never };

struct Look {
  bool has_color = false;
  bool has_unicode = true;
  std::size_t width = 100;  // columns
};

enum class Ink : std::uint8_t { plain, strong, faint, red, green, yellow, blue, magenta, cyan };

// What the environment and the terminal say; pure, for tests.
struct Surroundings {
  bool is_terminal = false;
  bool has_no_color = false;     // NO_COLOR is set and not empty
  std::string_view term = {};    // TERM
  std::string_view locale = {};  // LC_ALL, LC_CTYPE or LANG: the first that is not empty
  std::size_t columns = 0;       // 0: unknown
};
Look look_for(const Surroundings& surroundings, ColorMode mode) noexcept;

// For standard output.
Look look_of_stdout(ColorMode mode);

// Appends `text`, which is safe already, in `ink`.
void paint(std::string& out, const Look& look, Ink ink, std::string_view text);

// Appends `count` spaces.
void pad(std::string& out, std::size_t count);

}  // namespace honeyhive::cli
