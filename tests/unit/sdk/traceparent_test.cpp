#include "sdk/propagate/traceparent.h"

#include <doctest/doctest.h>

#include <string>

namespace honeyhive::sdk {
namespace {

TEST_SUITE_BEGIN("sdk/propagate/traceparent");

const std::string trace_id = "0af7651916cd43dd8448eb211c80319c", span_id = "b7ad6b7169203331";

std::string header(std::string_view version = "00", std::string_view flags = "01") {
  return std::string(version) + "-" + trace_id + "-" + span_id + "-" + std::string(flags);
}

std::string written(const TraceParent& parent) {
  const auto bytes = write_traceparent(parent);
  return {bytes.data(), bytes.size()};
}

TEST_CASE("a header of version 00 is its ids and flags, and is written as it came") {
  for (const char* const flags : {"00", "01", "02", "03"}) {
    CAPTURE(flags);
    const auto parent = parse_traceparent(header("00", flags));
    REQUIRE(parent);
    CHECK(parent->trace_id.hex() == trace_id);
    CHECK(parent->span_id.hex() == span_id);
    CHECK(parent->flags == flags[1] - '0');
    CHECK(parent->is_sampled() == (flags[1] == '1' || flags[1] == '3'));
    CHECK(written(*parent) == header("00", flags));
  }
}

TEST_CASE("flags without a meaning yet are neither kept nor written") {
  for (const char* const flags : {"ff", "fd", "05", "80"}) {
    CAPTURE(flags);
    const auto parent = parse_traceparent(header("00", flags));
    REQUIRE(parent);
    CHECK((parent->flags & ~TraceParent::known_flags) == 0);
  }
  CHECK(parse_traceparent(header("00", "fd"))->is_sampled());
  CHECK_FALSE(parse_traceparent(header("00", "80"))->is_sampled());
  TraceParent parent = *parse_traceparent(header());
  parent.flags = 0xff;
  CHECK(written(parent) == header("00", "03"));
}

TEST_CASE("of a later version the fields of version 00 are taken, and sent on as version 00") {
  for (const std::string& later : {header("01"), header("cc"), header("fe"), header("cc") + "-",
                                   header("cc") + "-what-the-future-will-be-like",
                                   header("01") + "-" + std::string(100, 'A')}) {
    CAPTURE(later);
    const auto parent = parse_traceparent(later);
    REQUIRE(parent);
    CHECK(written(*parent) == header());
  }
}

TEST_CASE("white space around the header is no part of it") {
  for (const std::string& spaced : {" " + header(), "\t" + header(), header() + " \t",
                                    "\t " + header() + "\t ", " " + header("cc") + "-x "}) {
    CAPTURE(spaced);
    CHECK(parse_traceparent(spaced));
  }
}

TEST_CASE("a header that does not keep to the format is ignored") {
  const std::string zero_trace(32, '0'), zero_span(16, '0');
  const std::string refused[] = {
      "",
      " ",
      "00",
      "00-trace-id-span-id-01",
      header("ff"),
      header("ff") + "-later",
      header("0"),
      header("000"),
      header("0."),
      header(".0"),
      header("0A"),
      header("+1"),
      header("00", "0"),
      header("00", "001"),
      header("00", "0."),
      header("00", "0F"),
      header("00", ""),
      header() + "-",
      header() + "-what-the-future-will-be-like",
      header() + "0",
      header() + "," + header(),  // two lines of one name, joined
      header("cc") + ".what-the-future-will-be-like",
      header("cc") + "0",
      header("cc", "0"),
      header("cc").substr(0, 54),
      "00-" + zero_trace + "-" + span_id + "-01",
      "00-" + trace_id + "-" + zero_span + "-01",
      "cc-" + zero_trace + "-" + span_id + "-01",
      "00-0AF7651916CD43DD8448EB211C80319C-" + span_id + "-01",
      "00-" + trace_id + "-B7AD6B7169203331-01",
      "00-" + trace_id.substr(1) + "-" + span_id + "-01",
      "00-" + trace_id + "0-" + span_id + "-01",
      "00-" + trace_id.substr(1) + ".-" + span_id + "-01",
      "00-" + trace_id + "-" + span_id.substr(1) + ".-01",
      "00-" + trace_id + "-" + span_id + "0-01",
      "00-" + trace_id + "-" + span_id.substr(1) + "-01",
      "00_" + trace_id + "-" + span_id + "-01",
      "00-" + trace_id + "_" + span_id + "-01",
      "00-" + trace_id + "-" + span_id + "_01",
      "00 - " + trace_id + "-" + span_id + "-01",
      header() + std::string(1, '\0'),
      std::string(1 << 20, '0'),
  };
  for (const std::string& text : refused) {
    CAPTURE(text.substr(0, 200));
    CHECK_FALSE(parse_traceparent(text));
  }
}

TEST_CASE("of every header, one character of another kind is enough to refuse it") {
  for (std::size_t at = 0; at < header().size(); ++at) {
    for (const char c : {'g', 'A', ' ', '-', '\0', '\xff'}) {
      std::string text = header();
      if (text[at] == c) continue;
      text[at] = c;
      CAPTURE(text);
      CHECK_FALSE(parse_traceparent(text));
    }
  }
}

TEST_SUITE_END();

}  // namespace
}  // namespace honeyhive::sdk
