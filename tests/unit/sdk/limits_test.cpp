#include <doctest/doctest.h>

#include <cmath>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "recorded.h"

namespace honeyhive {
namespace {

using testing::capture;
using testing::record;
using testing::test_tracer;

TEST_SUITE_BEGIN("sdk/limits");

TEST_CASE("an empty key is ignored and counted") {
  const auto tracer = test_tracer();
  const auto span = record(tracer, [](Span& open) {
    open.set_attribute("", "x");
    open.set_attribute("", 1);
    open.set_attributes({{"", true}, {"k", 1}});
  });
  CHECK_FALSE(span.attributes.contains(""));
  CHECK(span["k"].as_int() == 1);
  CHECK(tracer.stats().keys_ignored == 3);
}

TEST_CASE("a long key is cut at a character and marked") {
  const auto tracer = test_tracer();
  std::string key(255, 'k');
  key += "\xc3\xa9";
  key.append(10'000, 'x');
  const auto span = record(tracer, [&](Span& open) { open.set_attribute(key, "v"); });
  CHECK(span[std::string(255, 'k')].as_string() == "v");
  CHECK(span[std::string(255, 'k') + ".truncated_key_bytes"].as_int() == 10'002);
  CHECK(tracer.stats().values_cut == 1);
  const auto whole =
      record(tracer, [&](Span& open) { open.set_attribute(std::string(256, 'k'), 1); });
  CHECK(whole[std::string(256, 'k')].as_int() == 1);
}

TEST_CASE("a long value is cut at 1 MiB, at a character, and marked") {
  const auto tracer = test_tracer();
  std::string text((1 << 20) - 1, 'a');
  text += "\xe2\x82\xac";
  const auto span = record(tracer, [&](Span& open) { open.set_attribute("k", text); });
  CHECK(span["k"].as_string().size() == (1 << 20) - 1);
  CHECK(span["k.truncated_bytes"].as_int() == 3);
  const std::string huge(100 << 20, 'h');
  const auto large = record(tracer, [&](Span& open) { open.set_attribute("k", huge); });
  CHECK(large["k"].as_string().size() == 1 << 20);
  CHECK(large["k.truncated_bytes"].as_int() == (99 << 20));
}

TEST_CASE("text that is not UTF-8 is repaired wherever it stands") {
  const auto tracer = test_tracer();
  const auto span = record(tracer, [](Span& open) {
    open.update_name("n\xff");
    open.set_attribute("k\xfe", "v\xc3");
    open.set_status(StatusCode::error, "s\x80");
    open.add_event("e\xed\xa0\x80", {{"x\xff", "y\xff"}});
  });
  const std::string bad = "\xef\xbf\xbd";
  CHECK(span.name == "n" + bad);
  CHECK(span["k" + bad].as_string() == "v" + bad);
  CHECK(span.status_description == "s" + bad);
  REQUIRE(span.events.size() == 1);
  CHECK(span.events[0].name.starts_with("e" + bad));
  CHECK(span.events[0].attributes["x" + bad].as_string() == "y" + bad);
}

TEST_CASE("not-a-number and infinity stay doubles") {
  const auto span = record(test_tracer(), [](Span& open) {
    open.set_attribute("nan", std::nan(""));
    open.set_attribute("inf", -std::numeric_limits<double>::infinity());
    open.set_attribute("max", std::numeric_limits<std::uint64_t>::max());
    open.set_attribute("nul", std::string_view("a\0b", 3));
  });
  CHECK(std::isnan(span["nan"].as_double()));
  CHECK(std::isinf(span["inf"].as_double()));
  CHECK(span["max"].as_string() == "18446744073709551615");
  CHECK(span["nul"].as_string() == std::string_view("a\0b", 3));
}

TEST_CASE("of 10,000 attributes the first 1,024 are kept, the others counted") {
  const auto tracer = test_tracer();
  const auto span = record(tracer, [](Span& open) {
    for (int i = 0; i < 10'000; ++i) open.set_attribute("k" + std::to_string(i), i);
  });
  CHECK(span["k1023"].as_int() == 1023);
  CHECK(span["k1024"].is_null());
  CHECK(tracer.stats().attributes_dropped == 10'000 - 1024);
}

TEST_CASE("of 3,000 texts the first 1,024 are kept, however short or long they are") {
  const auto tracer = test_tracer();
  for (const std::size_t bytes : {0u, 1u, 90u, 0u}) {
    CAPTURE(bytes);
    const auto dropped = tracer.stats().attributes_dropped;
    const auto span = record(tracer, [&](Span& open) {
      for (int i = 0; i < 3000; ++i) {
        open.set_attribute(std::to_string(i), std::string(bytes, 'x'));
      }
    });
    CHECK(span["1023"].as_string().size() == bytes);
    CHECK(span.attributes.contains("1023"));
    CHECK_FALSE(span.attributes.contains("1024"));
    CHECK(tracer.stats().attributes_dropped - dropped == 3000 - 1024);
  }
}

// Counts how far it was walked.
struct Endless {
  struct Iterator {
    using value_type = int;
    using difference_type = std::ptrdiff_t;
    int* steps;
    int operator*() const { return *steps; }
    Iterator& operator++() {
      ++*steps;
      return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const { return *steps >= most; }
  };
  static constexpr int most = 10'000'000;
  int* steps;
  Iterator begin() const { return {steps}; }
  std::default_sentinel_t end() const { return {}; }
};

TEST_CASE("what no longer fits is not visited: a range may be without end") {
  const auto tracer = test_tracer();
  int steps = 0;
  auto span = record(tracer, [&](Span& open) {
    open.set_attribute("first", true);
    open.set_attribute("k", Endless{&steps});
  });
  CHECK(steps < 2000);
  CHECK(span["k.1022"].as_int() == 1022);
  CHECK(span["k.1023"].is_null());
  CHECK(tracer.stats().attributes_dropped == 1);

  steps = 0;
  span = record(tracer, [&](Span& open) {
    open.add_event("e", {{"k", Endless{&steps}}});
    open.set_attribute("after", 1);
  });
  CHECK(steps < 2000);
  CHECK(span["after"].as_int() == 1);

  const nlohmann::json wide = std::vector<int>(100'000, 7);
  span = record(tracer, [&](Span& open) {
    enrich_span({{"k", wide}});
    open.set_attribute("nothing", std::vector<std::optional<int>>(3'000'000));
  });
  CHECK(span["metadata.k.1023"].as_int() == 7);
  CHECK(span["metadata.k.1024"].is_null());
}

TEST_CASE("names and what a status says are cut at 4,096 bytes, marked and counted") {
  const auto tracer = test_tracer();
  const std::string endless(5000, 'x');
  {
    auto span = tracer.trace(endless);
    span.set_status(StatusCode::error, endless);
    span.add_event(endless, {{"k", 1}});
    auto renamed = tracer.trace("short");
    renamed.update_name(endless);
  }
  const auto spans = capture(tracer);
  REQUIRE(spans.size() == 2);
  for (const auto& span : spans) {
    CHECK(span.name.size() == 4096);
    CHECK(span["honeyhive.span_name.truncated_bytes"].as_int() == 904);
  }
  CHECK(spans[0].status_description.size() == 4096);
  CHECK(spans[0]["honeyhive.status_message.truncated_bytes"].as_int() == 904);
  REQUIRE(spans[0].events.size() == 1);
  CHECK(spans[0].events[0].name.size() == 4096);
  CHECK(spans[0].events[0].attributes.json() ==
        R"({"honeyhive.event_name.truncated_bytes":904,"k":1})");
  CHECK(tracer.stats().values_cut == 4);
}

TEST_CASE("a short name takes the mark of a long one away") {
  const auto tracer = test_tracer();
  const std::string endless(5000, 'x');
  const auto span = record(tracer, [&](Span& open) {
    open.update_name(endless);
    open.update_name("short");
    open.set_status(StatusCode::error, endless);
    open.set_status(StatusCode::error, "short");
  });
  CHECK(span.name == "short");
  CHECK(span["honeyhive.span_name.truncated_bytes"].is_null());
  CHECK(span["honeyhive.status_message.truncated_bytes"].is_null());
  CHECK(tracer.stats().values_cut == 2);
}

TEST_CASE("of 10,000 events the first 1,024 are kept, the others counted") {
  const auto tracer = test_tracer();
  const auto span = record(tracer, [](Span& open) {
    for (int i = 0; i < 10'000; ++i) open.add_event("e" + std::to_string(i));
  });
  REQUIRE(span.events.size() == 1024);
  CHECK(span.events.back().name == "e1023");
  CHECK(tracer.stats().attributes_dropped == 10'000 - 1024);
}

TEST_CASE("of a span above 4 MB the longest values are cut, and marked") {
  const auto tracer = test_tracer();
  const auto span = record(tracer, [](Span& open) {
    open.set_attribute("short", "stays");
    for (int i = 0; i < 8; ++i) {
      open.set_attribute("long" + std::to_string(i), std::string(1 << 20, 'x'));
    }
    open.set_attribute("medium", std::string(300'000, 'm'));
  });
  CHECK(span["short"].as_string() == "stays");
  CHECK(span["medium"].as_string().size() == 300'000);
  std::size_t total = 0;
  for (int i = 0; i < 8; ++i) {
    const std::string key = "long" + std::to_string(i);
    const auto kept = span[key].as_string().size();
    total += kept;
    CHECK(kept > 100'000);
    CHECK(kept + static_cast<std::size_t>(span[key + ".truncated_bytes"].as_int()) == 1 << 20);
  }
  CHECK(total > 3'500'000);
  CHECK(total < (4 << 20));
}

TEST_CASE("with the smallest buffer a span is cut to a quarter of it") {
  const auto tracer =
      HoneyHiveTracer::init({.project = "small", .test_mode = true, .buffer_bytes = 256 << 10});
  const auto span = record(tracer, [](Span& open) {
    open.set_attribute("long", std::string(200'000, 'x'));
    open.set_attribute("after", 1);
  });
  CHECK(span["long"].as_string().size() > 60'000);
  CHECK(span["long"].as_string().size() < 65'536);
  CHECK(span["after"].as_int() == 1);
}

TEST_CASE("a span that cannot be cut to size is counted, not sent") {
  const auto tracer =
      HoneyHiveTracer::init({.project = "small", .test_mode = true, .buffer_bytes = 256 << 10});
  {
    auto span = tracer.trace("events");
    for (int i = 0; i < 1000; ++i) span.add_event(std::string(200, 'e'));
  }
  CHECK(capture(tracer).empty());
  CHECK(tracer.stats().dropped_too_large == 1);
}

TEST_CASE("values nest 16 deep, and what is deeper is left out and marked") {
  const auto tracer = test_tracer();
  nlohmann::json deep = "bottom";
  for (int i = 0; i < 30; ++i) deep = nlohmann::json::array({deep});
  const auto span = record(tracer, [&](Span& open) { open.set_attribute("k", deep); });
  bool marked = false;
  for (const auto& member : span.attributes) {
    CHECK(member.value.text() != "bottom");
    marked |= member.key.ends_with(".truncated_depth");
  }
  CHECK(marked);
  CHECK(tracer.stats().attributes_dropped == 1);
}

TEST_SUITE_END();

}  // namespace
}  // namespace honeyhive
