// Limits below the usual ones, as the environment sets them.
#include <doctest/doctest.h>

#include "fakes/environment.h"
#include "recorded.h"
#include "sdk/record/recorder.h"

namespace honeyhive {
namespace {

using fakes::WithEnvironment;
using testing::capture;
using testing::record;
using testing::test_tracer;

// Spans start and end in the short way only where time comes from ticks, which the worker starts.
// Here there is none: what the clock measured when the tracer was made begins again.
void start_ticks() {
  constexpr std::uint64_t second = 1'000'000'000;
  sdk::Clock& clock = sdk::Recorder::clock;
  for (std::uint64_t i = 1; !clock.uses_ticks(); ++i) {
    clock.rebase({i * second, i * second, 1'700'000'000 * second + i * second});
  }
}

TEST_SUITE_BEGIN("sdk/own_limits");

TEST_CASE("a span has as many attributes as HH_MAX_ATTRIBUTES says, the first ones") {
  const WithEnvironment environment{{"HH_MAX_ATTRIBUTES", "3"}};
  const auto tracer = test_tracer();
  start_ticks();
  for (int round = 0; round < 3; ++round) {  // with a new span, and with used ones
    const auto span = record(tracer, [](Span& open) {
      for (const char* const key : {"a", "b", "c", "d"}) open.set_attribute(key, "short");
      open.set_attributes({{"e", true}});
    });
    for (const char* const key : {"a", "b", "c"}) CHECK(span[key].as_string() == "short");
    CHECK_FALSE(span.attributes.contains("d"));
    CHECK_FALSE(span.attributes.contains("e"));
  }
  CHECK(tracer.stats().attributes_dropped == 6);
}

TEST_CASE("a key that is set again takes no place of another, whatever the limit") {
  const WithEnvironment environment{{"HH_MAX_ATTRIBUTES", "2"}};
  const auto tracer = test_tracer();
  const auto span = record(tracer, [](Span& open) {
    for (int i = 0; i < 100; ++i) open.set_attribute("counter", i);
    open.set_attribute("last", 1);
  });
  CHECK(span["counter"].as_int() == 99);
  CHECK(span["last"].as_int() == 1);
}

TEST_CASE("a span has as many events as HH_MAX_EVENTS says") {
  const WithEnvironment environment{{"HH_MAX_EVENTS", "2"}, {"HH_MAX_ATTRIBUTES", "1"}};
  const auto tracer = test_tracer();
  const auto span = record(tracer, [](Span& open) {
    for (int i = 0; i < 4; ++i) open.add_event("event", {{"i", i}, {"more", true}});
  });
  REQUIRE(span.events.size() == 2);
  CHECK(span.events[1].attributes["i"].as_int() == 1);
  CHECK(span.events[1].attributes["more"].as_bool());  // its attributes are not the span's
}

TEST_CASE("a text has as many bytes as HH_MAX_VALUE_BYTES says, cut at a character and marked") {
  const WithEnvironment environment{{"OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "100"},
                                    {"HH_MAX_VALUE_BYTES", "5"}};
  const auto tracer = test_tracer();
  const auto span = record(tracer, [](Span& open) {
    open.set_attribute("k", "abcd\xc3\xa9");
    open.set_attribute("whole", "abcde");
    open.add_event("event", {{"k", "abcdefgh"}});
  });
  CHECK(span["k"].as_string() == "abcd");
  CHECK(span["k.truncated_bytes"].as_int() == 2);
  CHECK(span["whole"].as_string() == "abcde");
  CHECK(span.events.at(0).attributes["k"].as_string() == "abcde");
  CHECK(tracer.stats().values_cut == 2);
}

TEST_CASE("a tracer's limits are not another's on the same thread") {
  auto limited = test_tracer();
  {
    const WithEnvironment environment{{"HH_MAX_ATTRIBUTES", "1"}};
    limited = test_tracer();
  }
  const auto usual = test_tracer();
  {
    auto outer = limited.trace("outer");
    auto inner = usual.trace("inner");
    for (int i = 0; i < 50; ++i) {
      outer.set_attribute("k" + std::to_string(i), "v");
      inner.set_attribute("k" + std::to_string(i), "v");
    }
  }
  CHECK_FALSE(capture(limited).at(0).attributes.contains("k1"));
  CHECK(capture(usual).at(0).attributes.contains("k49"));
  CHECK(record(usual, [](Span& open) {
          open.set_attributes({{"a", 1}, {"b", 2}});
        }).attributes.contains("b"));
}

TEST_SUITE_END();

}  // namespace
}  // namespace honeyhive
