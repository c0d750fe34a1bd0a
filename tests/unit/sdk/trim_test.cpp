#include <doctest/doctest.h>

#include <string>

#include "fakes/process_memory.h"
#include "fakes/sanitizer.h"
#include "recorded.h"

// What becomes of a span that has grown too large.

namespace honeyhive {
namespace {

using testing::record;
using testing::test_tracer;

TEST_SUITE_BEGIN("sdk/record/trim");

TEST_CASE("the texts of events are cut, marked and counted as those of the span are") {
  const auto tracer = test_tracer();
  const auto span = record(tracer, [](Span& open) {
    open.set_attribute("own", std::string(1 << 20, 'o'));
    for (int i = 0; i < 5; ++i) {
      open.add_event("message", {{"content", std::string(1 << 20, 'x')}, {"role", "user"}});
    }
  });
  REQUIRE(span.events.size() == 5);
  std::size_t total = span["own"].as_string().size();
  for (const auto& event : span.events) {
    CHECK(event.name == "message");
    CHECK(event.attributes["role"].as_string() == "user");
    const auto kept = event.attributes["content"].as_string().size();
    CHECK(kept + static_cast<std::size_t>(event.attributes["content.truncated_bytes"].as_int()) ==
          1 << 20);
    total += kept;
  }
  CHECK(total > 4'000'000);
  CHECK(total < (4 << 20));
  CHECK(tracer.stats().values_cut == 6);
  CHECK(tracer.stats().dropped() == 0);
}

TEST_CASE("with the smallest buffer one large event is cut, not lost") {
  const auto tracer =
      HoneyHiveTracer::init({.project = "small", .test_mode = true, .buffer_bytes = 256 << 10});
  const auto span = record(tracer, [](Span& open) {
    open.add_event("message", {{"content", std::string(70'000, 'y')}});
  });
  REQUIRE(span.events.size() == 1);
  CHECK(span.events[0].attributes["content"].as_string().size() > 60'000);
  CHECK(tracer.stats().values_cut == 1);
}

TEST_CASE("a value that is cut again and again is counted once") {
  const auto tracer = test_tracer();
  const auto span = record(tracer, [](Span& open) {
    for (int i = 0; i < 20; ++i) {
      open.set_attribute("k" + std::to_string(i), std::string(2 << 20, 'x'));
    }
  });
  CHECK(tracer.stats().values_cut == 20);
  for (int i = 0; i < 20; ++i) {
    const std::string key = "k" + std::to_string(i);
    CHECK(span[key].as_string().size() +
              static_cast<std::size_t>(span[key + ".truncated_bytes"].as_int()) ==
          2 << 20);
  }
}

TEST_CASE("the last of a million statuses and of many names is what is sent") {
  const auto tracer = test_tracer();
  const std::size_t before = fakes::kilobytes_of("VmRSS:");
  const auto span = record(tracer, [&](Span& open) {
    for (int i = 0; i < 1'000'000; ++i) open.set_status(StatusCode::ok);
    for (int i = 0; i < 200'000; ++i) open.update_name("step " + std::to_string(i));
    open.set_status(StatusCode::error, "the one that matters");
    open.set_attribute("k", 1);
    if (!fakes::is_sanitized) CHECK(fakes::kilobytes_of("VmRSS:") < before + (32 << 10));
  });
  CHECK(span.name == "step 199999");
  CHECK(span.status == StatusCode::error);
  CHECK(span.status_description == "the one that matters");
  CHECK(span["k"].as_int() == 1);
}

TEST_CASE("endless renaming and marking of one span stays within bounds") {
  const auto tracer = test_tracer();
  const std::string key(10'000, 'k');
  const std::size_t before = fakes::kilobytes_of("VmRSS:");
  const auto span = record(tracer, [&](Span& open) {
    for (int i = 0; i < 20'000; ++i) {
      open.set_attribute(key, i);
      open.update_name(key);
    }
    if (!fakes::is_sanitized) CHECK(fakes::kilobytes_of("VmRSS:") < before + (32 << 10));
  });
  CHECK(span.name.size() == 4096);
  CHECK(span[std::string(256, 'k')].as_int() == 19'999);
}

TEST_CASE("a long value's mark goes when a short one takes its place") {
  const auto tracer = test_tracer();
  const std::string huge(2 << 20, 'x');
  const auto span = record(tracer, [&](Span& open) {
    open.set_attribute("k", huge);
    open.set_attribute("other", huge);
    open.set_attribute("k", "short");
    open.set_attribute("again", huge);
    open.set_attribute("again", 1);
    open.set_attribute("again", huge);
  });
  CHECK(span["k"].as_string() == "short");
  CHECK_FALSE(span.attributes.contains("k.truncated_bytes"));
  CHECK(span["other.truncated_bytes"].as_int() == 1 << 20);
  CHECK(span["again.truncated_bytes"].as_int() == 1 << 20);
  CHECK(span["again"].as_string().size() == 1 << 20);
}

TEST_CASE("a mark that trimming made goes too") {
  const auto tracer =
      HoneyHiveTracer::init({.project = "small", .test_mode = true, .buffer_bytes = 256 << 10});
  const auto span = record(tracer, [](Span& open) {
    open.set_attribute("long", std::string(100'000, 'x'));
    open.set_attribute("more", std::string(100'000, 'x'));
    open.set_attribute("long", "short");
  });
  CHECK(span["long"].as_string() == "short");
  CHECK_FALSE(span.attributes.contains("long.truncated_bytes"));
  CHECK(span.attributes.contains("more.truncated_bytes"));
}

TEST_CASE("the marks of many keys that were cut together go one by one") {
  const auto tracer =
      HoneyHiveTracer::init({.project = "small", .test_mode = true, .buffer_bytes = 256 << 10});
  const auto key = [](int i) { return std::string(1, static_cast<char>('a' + i)) + ".text"; };
  const auto span = record(tracer, [&](Span& open) {
    for (int i = 0; i < 20; ++i) open.set_attribute(key(i), std::string(10'000, 'x'));
    for (int i = 1; i < 20; ++i) open.set_attribute(key(i), "short");
  });
  CHECK(span["a.text.truncated_bytes"].as_int() > 0);
  for (int i = 1; i < 20; ++i) {
    CHECK(span[key(i)].as_string() == "short");
    CHECK_FALSE(span.attributes.contains(key(i) + ".truncated_bytes"));
  }
}

TEST_CASE("a value that is longer than the buffer has one mark, which says how much is gone") {
  for (const std::size_t buffer_bytes : {256u << 10, 1u << 20, 2u << 20, 4u << 20}) {
    CAPTURE(buffer_bytes);
    const auto tracer = HoneyHiveTracer::init(
        {.project = "small", .test_mode = true, .buffer_bytes = buffer_bytes});
    const std::string text(1'100'000, 'x');
    const auto span = record(tracer, [&](Span& open) {
      open.set_attribute("k", text);
      open.set_attribute(std::string(300, 'k'), text);
    });
    for (const auto& key : {std::string("k"), std::string(256, 'k')}) {
      CHECK(span[key].as_string().size() +
                static_cast<std::size_t>(span[key + ".truncated_bytes"].as_int()) ==
            text.size());
    }
    CHECK(tracer.stats().values_cut == 3);
    const auto again = record(tracer, [&](Span& open) {
      open.set_attribute("k", text);
      open.set_attribute("k", "short");
    });
    CHECK(again["k"].as_string() == "short");
    CHECK_FALSE(again.attributes.contains("k.truncated_bytes"));
  }
}

TEST_CASE("a value that is dropped is not marked as cut") {
  const auto tracer = test_tracer();
  const auto span = record(tracer, [](Span& open) {
    for (int i = 0; i < 1024; ++i) open.set_attribute("k" + std::to_string(i), i);
    open.set_attribute("late", std::string(2 << 20, 'x'));
  });
  CHECK(span["late"].is_null());
  CHECK_FALSE(span.attributes.contains("late.truncated_bytes"));
  CHECK(tracer.stats().values_cut == 0);
  CHECK(tracer.stats().attributes_dropped == 1);
}

TEST_CASE("a key that was cut two thousand times is still marked") {
  const auto tracer =
      HoneyHiveTracer::init({.project = "small", .test_mode = true, .buffer_bytes = 256 << 10});
  const std::string text((1 << 20) + 1, 'x');
  const auto span = record(tracer, [&](Span& open) {
    for (int i = 0; i < 2000; ++i) {
      open.set_attribute("k", text);
      open.set_attribute("k", "short");
    }
    open.set_attribute("k", text);
  });
  CHECK(span["k"].as_string().size() +
            static_cast<std::size_t>(span["k.truncated_bytes"].as_int()) ==
        text.size());
}

TEST_SUITE_END();

}  // namespace
}  // namespace honeyhive
