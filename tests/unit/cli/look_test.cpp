#include "cli/look.h"

#include <doctest/doctest.h>

namespace honeyhive::cli {
namespace {

Surroundings terminal() {
  Surroundings surroundings;
  surroundings.is_terminal = true;
  surroundings.term = "xterm-256color";
  surroundings.locale = "en_US.UTF-8";
  surroundings.columns = 120;
  return surroundings;
}

bool colors(const Surroundings& surroundings, ColorMode mode) {
  return look_for(surroundings, mode).has_color;
}

}  // namespace

TEST_SUITE("cli/look") {
  TEST_CASE("colours are for terminals that want them") {
    CHECK(colors(terminal(), ColorMode::automatic));
    Surroundings file = terminal();
    file.is_terminal = false;
    CHECK_FALSE(colors(file, ColorMode::automatic));
    Surroundings dumb = terminal();
    dumb.term = "dumb";
    CHECK_FALSE(colors(dumb, ColorMode::automatic));
    Surroundings no_color = terminal();
    no_color.has_no_color = true;
    CHECK_FALSE(colors(no_color, ColorMode::automatic));
  }

  TEST_CASE("always and never mean it") {
    Surroundings file;
    file.has_no_color = true;
    CHECK(colors(file, ColorMode::always));
    CHECK_FALSE(colors(terminal(), ColorMode::never));
  }

  TEST_CASE("lines and blocks are drawn only where the locale has them") {
    for (const char* locale : {"en_US.UTF-8", "C.UTF-8", "de_DE.utf8", "ja_JP.UTF8@x"}) {
      CAPTURE(locale);
      Surroundings surroundings = terminal();
      surroundings.locale = locale;
      CHECK(look_for(surroundings, ColorMode::automatic).has_unicode);
    }
    for (const char* locale : {"", "C", "POSIX", "de_DE.ISO-8859-1"}) {
      CAPTURE(locale);
      Surroundings surroundings = terminal();
      surroundings.locale = locale;
      CHECK_FALSE(look_for(surroundings, ColorMode::automatic).has_unicode);
    }
  }

  TEST_CASE("widths are those of the terminal, within reason, and 100 for files") {
    Surroundings surroundings = terminal();
    CHECK(look_for(surroundings, ColorMode::automatic).width == 120);
    surroundings.columns = 3;
    CHECK(look_for(surroundings, ColorMode::automatic).width == 40);
    surroundings.columns = 5000;
    CHECK(look_for(surroundings, ColorMode::automatic).width == 240);
    surroundings.columns = 0;
    CHECK(look_for(surroundings, ColorMode::automatic).width == 100);
  }

  TEST_CASE("paint adds nothing but colour, and nothing at all without it") {
    Look look;
    std::string out;
    paint(out, look, Ink::red, "x");
    CHECK(out == "x");
    look.has_color = true;
    paint(out, look, Ink::red, "y");
    paint(out, look, Ink::plain, "z");
    paint(out, look, Ink::red, "");
    CHECK(out == "x\x1b[31my\x1b[0mz");
  }
}

}  // namespace honeyhive::cli
