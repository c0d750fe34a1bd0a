#include <doctest/doctest.h>

#include <thread>

#include "fakes/process_memory.h"
#include "fakes/sanitizer.h"
#include "honeyhive/honeyhive.h"
#include "honeyhive/testing.h"

namespace honeyhive {
namespace {

using testing::capture;
using testing::find;
using testing::tree;

HoneyHiveTracer test_tracer(std::string project, double rate = 1) {
  return HoneyHiveTracer::init(
      {.project = std::move(project), .test_mode = true, .sample_rate = rate});
}

TEST_SUITE_BEGIN("sdk/tracers");

TEST_CASE("tracers of one destination share a trace and its tree") {
  const auto one = test_tracer("same");
  const auto two = test_tracer("same");
  {
    auto a = one.trace("a");
    auto b = two.trace("b");
    auto c = one.trace("c");
  }
  CHECK(tree(capture()) == "a\n  b\n    c\n");
}

TEST_CASE("across destinations the parent is the nearest of the same one, in one trace") {
  const auto one = test_tracer("one");
  const auto two = test_tracer("two");
  {
    auto a = one.trace("a");
    auto b = two.trace("b");
    auto c = one.trace("c");
    auto d = two.trace("d");
  }
  const auto spans = capture();
  CHECK(find(spans, "b").parent_id.empty());
  CHECK(find(spans, "c").parent_id == find(spans, "a").span_id);
  CHECK(find(spans, "d").parent_id == find(spans, "b").span_id);
  for (const auto& span : spans) CHECK(span.trace_id == find(spans, "a").trace_id);
  CHECK(find(spans, "b").project == "two");
}

TEST_CASE("a tracer enriches its own innermost span, also below another's") {
  const auto one = test_tracer("one");
  const auto two = test_tracer("two");
  {
    auto a = one.trace("a");
    auto b = two.trace("b");
    CHECK(one.enrich_span({{"of", "one"}}));
    CHECK(enrich_span({.metadata = {{"by", "option"}}, .tracer = &one}));
    CHECK(enrich_span({{"of", "current"}}));
    b.end();
    CHECK_FALSE(two.enrich_span({{"of", "two"}}));
  }
  const auto spans = capture();
  CHECK(find(spans, "a")["metadata.of"].as_string() == "one");
  CHECK(find(spans, "a")["metadata.by"].as_string() == "option");
  CHECK(find(spans, "b")["metadata.of"].as_string() == "current");
}

TEST_CASE("at rate 0 nothing is recorded, at rate 1 everything") {
  const auto none = test_tracer("none", 0);
  const auto all = test_tracer("all", 1);
  for (int i = 0; i < 100; ++i) {
    auto a = none.trace("a");
    CHECK_FALSE(a.is_recording());
    CHECK_FALSE(none.enrich_span({{"k", 1}}));
  }
  for (int i = 0; i < 100; ++i) auto b = all.trace("b");
  CHECK(capture(none).empty());
  CHECK(none.stats().spans_sampled_out == 100);
  CHECK(none.stats().spans_started == 0);
  CHECK(capture(all).size() == 100);
}

TEST_CASE("at rate one half whole traces are recorded, decided by the trace id") {
  const auto tracer = test_tracer("half", 0.5);
  constexpr int traces = 4000;
  for (int i = 0; i < traces; ++i) {
    auto root = tracer.trace("root");
    auto child = tracer.trace("child");
  }
  const auto spans = capture(tracer);
  std::size_t roots = 0;
  for (const auto& span : spans) {
    roots += span.name == "root";
    // The last 56 bits of the id: 2^55 and above are kept.
    CHECK(span.trace_id[18] >= '8');
  }
  CHECK(roots * 2 == spans.size());
  CHECK(tracer.stats().dropped() == 0);
  CHECK(tracer.stats().spans_sampled_out + tracer.stats().spans_started == traces * 2);
  CHECK(roots > traces / 2 - 250);  // more than 7 standard deviations
  CHECK(roots < traces / 2 + 250);
}

TEST_CASE("a closed tracer starts nothing, and counts that it was asked to") {
  const auto tracer = test_tracer("closed");
  tracer.close();
  auto span = tracer.trace("span");
  CHECK_FALSE(span.is_recording());
  CHECK(tracer.stats().spans_started == 0);
  CHECK(tracer.stats().late_set == 1);
  CHECK(capture(tracer).empty());
}

TEST_CASE("a new tracer inside an unsampled span of a closed one decides for itself") {
  auto old = test_tracer("old", 0);
  auto outer = old.trace("outer");
  old = nullptr;
  const auto tracer = test_tracer("new", 1);
  { auto inner = tracer.trace("inner"); }
  CHECK(capture(tracer).size() == 1);
  outer.end();
}

TEST_CASE("spans outlive every handle of their tracer") {
  auto tracer = test_tracer("short");
  auto span = tracer.trace("span");
  tracer = nullptr;
  for (int i = 0; i < 10; ++i) {
    const auto other = test_tracer("short");
    auto inner = other.trace("inner");
  }
  span.set_attribute("k", 1);
  span.end();
  const auto spans = capture();
  CHECK(find(spans, "span").name.empty());  // ended after its tracer had closed
  CHECK(spans.size() == 10);
}

TEST_CASE("memory stays bounded while tracers come and go" * doctest::skip(fakes::is_sanitized)) {
  const auto cycle = [](int count) {
    for (int i = 0; i < count; ++i) {
      const auto tracer = test_tracer("again", i % 2);
      { auto span = tracer.trace("span"); }
      CHECK(capture(tracer).size() == static_cast<std::size_t>(i % 2));
    }
  };
  cycle(1000);
  const std::size_t before = fakes::kilobytes_of("VmRSS:");
  cycle(99'000);
  CHECK(fakes::kilobytes_of("VmRSS:") < before + 4096);
}

TEST_SUITE_END();

}  // namespace
}  // namespace honeyhive
