#include "server/query/parameters.h"

#include <doctest/doctest.h>

using namespace honeyhive;
using namespace honeyhive::server;

TEST_SUITE("server/query/parameters") {
  constexpr std::int64_t second = 1'000'000'000;
  constexpr std::int64_t now = 1'795'176'000 * second;  // 2026-11-20T12:00:00Z

  TEST_CASE("since is a time or how long ago") {
    CHECK(*parse_since("90s", now) == now - 90 * second);
    CHECK(*parse_since("15m", now) == now - 900 * second);
    CHECK(*parse_since("2h", now) == now - 7200 * second);
    CHECK(*parse_since("1d", now) == now - 86'400 * second);
    CHECK(*parse_since("0s", now) == now);
    CHECK(*parse_since("2026-11-20T13:00:00+01:00", 0) == now);
    for (const char* text :
         {"", "m", "5", "-5m", "1.5h", "5w", "5 m", "4294967295d", "yesterday"}) {
      CAPTURE(text);
      CHECK_FALSE(parse_since(text, now));
    }
    CHECK(parse_since("5w", now).error().message ==
          "since: '5w' is neither a time (2026-11-20T08:00:00Z) nor how long ago (90s, 15m, 2h, "
          "1d)");
  }

  TEST_CASE("a limit is a number within its bounds") {
    CHECK(*parse_limit("1", 1000) == 1);
    CHECK(*parse_limit("1000", 1000) == 1000);
    for (const char* text : {"", "0", "1001", "-1", "ten", "5x", "99999999999999999999999"}) {
      CAPTURE(text);
      CHECK_FALSE(parse_limit(text, 1000));
    }
    CHECK(parse_limit("0", 1000).error().message == "limit: '0' is not a number from 1 to 1000");
  }

  TEST_CASE("a cursor reads back as it was, anything else is refused") {
    for (const Cursor cursor : {Cursor{0, 0}, Cursor{now, 17}, Cursor{INT64_MIN, INT64_MAX}}) {
      const auto read = parse_cursor(cursor_text(cursor));
      REQUIRE(read);
      CHECK(read->start_ns == cursor.start_ns);
      CHECK(read->row == cursor.row);
    }
    for (const char* text : {"", "_", "1_", "_1", "1", "1_2_3", "a_b", "99999999999999999999_1"}) {
      CAPTURE(text);
      CHECK_FALSE(parse_cursor(text));
    }
  }

  TEST_CASE("a trace id is 32 hex digits, not all zero, and long values are shown shortened") {
    CHECK(parse_trace_id("0A0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a"));
    CHECK_FALSE(parse_trace_id("00000000000000000000000000000000"));
    CHECK(parse_trace_id(std::string(100, 'z')).error().message ==
          "trace_id: '" + std::string(60, 'z') + "...' is not 32 hex digits, not all of them 0");
  }
}
