#include "cli/figures.h"

#include <doctest/doctest.h>

#include <limits>

#include "cli/safe_text.h"

namespace honeyhive::cli {
namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t now = 1'795'334'400 * second;

}  // namespace

TEST_SUITE("cli/figures") {
  TEST_CASE("large numbers are grouped by threes") {
    CHECK(grouped(0) == "0");
    CHECK(grouped(999) == "999");
    CHECK(grouped(1000) == "1,000");
    CHECK(grouped(123456) == "123,456");
    CHECK(grouped(std::numeric_limits<std::uint64_t>::max()) == "18,446,744,073,709,551,615");
    CHECK(counted(1, "span", "spans") == "1 span");
    CHECK(counted(1200, "span", "spans") == "1,200 spans");
  }

  TEST_CASE("ages name one unit") {
    CHECK(age(now, now) == "just now");
    CHECK(age(now - second, now) == "1 s ago");
    CHECK(age(now - 59 * second, now) == "59 s ago");
    CHECK(age(now - 60 * second, now) == "1 min ago");
    CHECK(age(now - 3600 * second, now) == "1 h ago");
    CHECK(age(now - 47 * (3600 * second), now) == "47 h ago");
    CHECK(age(now - 48 * (3600 * second), now) == "2 days ago");
    CHECK(age(now + 30 * second, now) == "just now");
    CHECK(age(now + 61 * second, now) == "in the future");
    CHECK(age(std::numeric_limits<std::int64_t>::min(), now) == "127531 days ago");
    CHECK(age(std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()) ==
          "in the future");
  }

  TEST_CASE("any two times have a difference") {
    constexpr auto least = std::numeric_limits<std::int64_t>::min();
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    CHECK(elapsed_ns(3, 5) == 2);
    CHECK(elapsed_ns(5, 3) == 0);
    CHECK(elapsed_ns(most, least) == 0);
    CHECK(elapsed_ns(least, most) == std::numeric_limits<std::uint64_t>::max());
    CHECK(took(1'240'000'000) == "1.24 s");
    CHECK(took(std::numeric_limits<std::uint64_t>::max()) == took(most));
  }

  TEST_CASE("tokens are shown if there were any") {
    const Look look;
    Look ascii;
    ascii.has_unicode = false;
    CHECK(tokens_text(look, 0, 0) == "");
    CHECK(tokens_text(look, 1812, 96) == "1,812→96");
    CHECK(tokens_text(ascii, 1812, 0) == "1,812>0");
    CHECK(tokens_text(look, -5, 7) == "0→7");
  }

  TEST_CASE("fitted text has exactly its columns") {
    const Look look;
    CHECK(fitted(look, "abc", 5) == "abc  ");
    CHECK(fitted(look, "abcdef", 5) == "abcd…");
    CHECK(fitted(look, "日本語", 4) == "日… ");
    CHECK(fitted(look, "abc", 0) == "");
    CHECK(right_aligned("日本", 6) == "  日本");
    CHECK(right_aligned("abcdef", 3) == "abcdef");
    for (std::size_t columns = 0; columns < 12; ++columns) {
      CHECK(display_width(fitted(look, "日本語 and more", columns)) == columns);
    }
  }

  TEST_CASE("lines are broken between words, and within those that are too long") {
    using Lines = std::vector<std::string>;
    CHECK((wrapped("", 10) == Lines{""}));
    CHECK((wrapped("one two three", 7) == Lines{"one two", "three"}));
    CHECK((wrapped("one two three", 8) == Lines{"one two", "three"}));
    CHECK((wrapped("abcdefghij", 4) == Lines{"abcd", "efgh", "ij"}));
    CHECK((wrapped("a bcdefghij", 6) == Lines{"a bcde", "fghij"}));  // a line of "a" is no line
    CHECK((wrapped("日本語日本語", 6) == Lines{"日本語", "日本語"}));
    CHECK((wrapped("日本", 0) == Lines{"日", "本"}));  // at least the widest character
    for (const std::string& line : wrapped(std::string(1 << 20, 'x') + " y", 80)) {
      if (display_width(line) > 80) FAIL_CHECK(line.size());
    }
  }
}

}  // namespace honeyhive::cli
