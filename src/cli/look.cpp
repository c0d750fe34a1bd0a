#include "cli/look.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "cli/environment.h"

namespace honeyhive::cli {
namespace {

constexpr std::size_t narrowest = 40;
constexpr std::size_t widest = 240;
constexpr std::size_t width_of_files = 100;

bool names_utf8(std::string_view locale) noexcept {
  for (const std::string_view name : {"UTF-8", "UTF8", "utf-8", "utf8"}) {
    if (locale.find(name) != locale.npos) return true;
  }
  return false;
}

std::string_view code(Ink ink) noexcept {
  switch (ink) {
    case Ink::strong:
      return "1";
    case Ink::faint:
      return "2";
    case Ink::red:
      return "31";
    case Ink::green:
      return "32";
    case Ink::yellow:
      return "33";
    case Ink::blue:
      return "34";
    case Ink::magenta:
      return "35";
    case Ink::cyan:
      return "36";
    case Ink::plain:
      break;
  }
  return "";
}

}  // namespace

Look look_for(const Surroundings& surroundings, ColorMode mode) noexcept {
  Look look;
  const bool can_color =
      surroundings.is_terminal && !surroundings.has_no_color && surroundings.term != "dumb";
  look.has_color = mode == ColorMode::always || (mode == ColorMode::automatic && can_color);
  look.has_unicode = names_utf8(surroundings.locale);
  look.width = surroundings.columns == 0 ? width_of_files
                                         : std::clamp(surroundings.columns, narrowest, widest);
  return look;
}

Look look_of_stdout(ColorMode mode) {
  const std::string term = environment_variable("TERM");
  std::string locale;
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    if (locale.empty()) locale = environment_variable(name);
  }
  Surroundings surroundings;
  surroundings.is_terminal = ::isatty(STDOUT_FILENO) == 1;
  surroundings.has_no_color = !environment_variable("NO_COLOR").empty();
  surroundings.term = term;
  surroundings.locale = locale;
  winsize size{};
  if (surroundings.is_terminal && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) {
    surroundings.columns = size.ws_col;
  }
  return look_for(surroundings, mode);
}

void paint(std::string& out, const Look& look, Ink ink, std::string_view text) {
  if (!look.has_color || ink == Ink::plain || text.empty()) {
    out += text;
    return;
  }
  out += "\x1b[";
  out += code(ink);
  out += 'm';
  out += text;
  out += "\x1b[0m";
}

void pad(std::string& out, std::size_t count) { out.append(count, ' '); }

}  // namespace honeyhive::cli
