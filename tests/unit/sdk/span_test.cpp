#include <doctest/doctest.h>

#include <cmath>
#include <future>
#include <limits>
#include <thread>

#include "honeyhive/honeyhive.h"
#include "honeyhive/testing.h"

namespace honeyhive {
namespace {

using testing::capture;
using testing::find;
using testing::SpanData;
using testing::tree;

HoneyHiveTracer test_tracer() { return HoneyHiveTracer::init({.project = "p", .test_mode = true}); }

void step_below(const HoneyHiveTracer& tracer) {
  auto span = tracer.trace("below", {.event_type = EventType::tool});
  enrich_span({{"where", "below"}});
}

TEST_SUITE_BEGIN("sdk/span");

TEST_CASE("spans nest across functions, and siblings follow in the order they started") {
  const auto tracer = test_tracer();
  {
    auto parent = tracer.trace("parent", {.event_type = EventType::chain});
    step_below(tracer);
    {
      auto second = tracer.trace("second");
      auto third = tracer.trace("third", {.event_type = "free text"});
    }
  }
  auto root = tracer.trace("root");
  root.end();
  const auto spans = capture(tracer);
  CHECK(tree(spans) == "parent (chain)\n  below (tool)\n  second\n    third (free text)\nroot\n");
  CHECK(find(spans, "below").trace_id == find(spans, "parent").trace_id);
  CHECK(find(spans, "root").trace_id != find(spans, "parent").trace_id);
  CHECK(find(spans, "below")["metadata.where"].as_string() == "below");
  CHECK(find(spans, "parent").project == "p");
  CHECK(find(spans, "parent").session_id == tracer.session_id());
  CHECK(capture(tracer).empty());
}

TEST_CASE("another thread starts a trace of its own") {
  const auto tracer = test_tracer();
  {
    auto here = tracer.trace("here");
    std::thread([&] { auto there = tracer.trace("there"); }).join();
  }
  const auto spans = capture(tracer);
  CHECK(find(spans, "there").parent_id.empty());
  CHECK(find(spans, "there").trace_id != find(spans, "here").trace_id);
}

TEST_CASE("a span may be moved to another thread and end there") {
  const auto tracer = test_tracer();
  for (int i = 0; i < 100; ++i) {
    auto span = tracer.trace("moved");
    std::thread([moved = std::move(span)]() mutable {
      moved.set_attribute("there", true);
      moved.end();
    }).join();
    // It has ended: what starts here now is no child of it.
    auto next = tracer.trace("next");
  }
  const auto spans = capture(tracer);
  REQUIRE(spans.size() == 200);
  for (const SpanData& span : spans) {
    CHECK(span.parent_id.empty());
    if (span.name == "moved") CHECK(span["there"].as_bool());
  }
  CHECK(tracer.stats().context_mismatch == 100);
}

TEST_CASE("spans of a thread that is gone can still end elsewhere") {
  const auto tracer = test_tracer();
  Span kept;
  std::thread([&] {
    kept = tracer.trace("outer");
    auto inner = tracer.trace("inner");
  }).join();
  std::thread([&] {
    auto other = tracer.trace("other");
    kept.set_attribute("k", 1);
    kept.end();
    auto child = tracer.trace("child");
  }).join();
  CHECK(tree(capture(tracer)) == "outer\n  inner\nother\n  child\n");
}

TEST_CASE("ending out of order keeps the others in place, and is counted") {
  const auto tracer = test_tracer();
  auto a = tracer.trace("a");
  auto b = tracer.trace("b");
  a.end();
  auto c = tracer.trace("c");
  b.end();
  auto d = tracer.trace("d");
  d.end();
  c.end();
  CHECK(tree(capture(tracer)) == "a\n  b\n    c\n      d\n");
  CHECK(tracer.stats().context_mismatch == 2);
  auto root = tracer.trace("root");
  root.end();
  CHECK(capture(tracer).at(0).parent_id.empty());
}

TEST_CASE("a scope left by an exception says so, and one inside a handler does not") {
  const auto tracer = test_tracer();
  try {
    auto span = tracer.trace("left");
    throw std::runtime_error("gone");
  } catch (const std::exception&) {
    auto handler = tracer.trace("handler");
  }
  try {
    auto span = tracer.trace("marked");
    span.set_status(StatusCode::ok);
    throw 1;
  } catch (int) {
  }
  CHECK(tree(capture(tracer)) == "left ERROR: left by an exception\nhandler\nmarked\n");
}

struct AtUnwinding {
  const HoneyHiveTracer& tracer;
  ~AtUnwinding() { auto span = tracer.trace("cleanup"); }
};

TEST_CASE("a span that lives within a destructor during unwinding is no error") {
  const auto tracer = test_tracer();
  try {
    const AtUnwinding cleanup{tracer};
    throw std::runtime_error("x");
  } catch (...) {
  }
  CHECK(find(capture(tracer), "cleanup").status == StatusCode::unset);
}

TEST_CASE("the callable form returns the result and records what was thrown") {
  const auto tracer = test_tracer();
  CHECK(tracer.trace("sum", [](Span& span) {
    span.set_attribute("k", 1);
    return 3;
  }) == 3);
  CHECK(tracer.trace("plain", {.event_type = EventType::tool}, [] { return std::string("r"); }) ==
        "r");
  CHECK_THROWS_AS(tracer.trace("fails", [] { throw std::invalid_argument("bad input"); }),
                  std::invalid_argument);
  const auto spans = capture(tracer);
  CHECK(tree(spans) == "sum\nplain (tool)\nfails ERROR: std::invalid_argument: bad input\n");
  const SpanData& failed = find(spans, "fails");
  CHECK(failed["error"].as_string() == "bad input");
  CHECK(failed["error_type"].as_string() == "std::invalid_argument");
  REQUIRE(failed.events.size() == 1);
  CHECK(failed.events[0].name == "exception");
  CHECK(failed.events[0].attributes["exception.type"].as_string() == "std::invalid_argument");
  CHECK(failed.events[0].attributes["exception.message"].as_string() == "bad input");
}

TEST_CASE("exceptions of any type can be recorded, and the status stays") {
  const auto tracer = test_tracer();
  {
    auto span = tracer.trace("span");
    span.record_exception(std::out_of_range("here"));
    try {
      throw 42;
    } catch (...) {
      span.record_exception();
    }
    span.record_exception(std::make_exception_ptr("text"));
    span.record_exception(std::exception_ptr());
    span.record_exception();  // there is none
  }
  const auto spans = capture(tracer);
  REQUIRE(spans.at(0).events.size() == 3);
  CHECK(spans[0].status == StatusCode::unset);
  CHECK(spans[0].events[0].attributes["exception.type"].as_string() == "std::out_of_range");
  CHECK(spans[0].events[1].attributes["exception.type"].as_string() == "int");
  CHECK(spans[0].events[2].attributes["exception.message"].as_string() == "text");
}

TEST_CASE("the last status, name and value of a key win") {
  const auto tracer = test_tracer();
  {
    auto span = tracer.trace("first");
    span.set_status(StatusCode::error, "bad");
    span.set_status(StatusCode::ok);
    span.update_name("second");
    span.update_name("third");
    span.set_attribute("k", "text");
    span.set_attribute("k", 2);
    span.set_attribute("honeyhive.project", "mine");
    span.set_attribute("honeyhive_event_type", "own");
  }
  const auto spans = capture(tracer);
  CHECK(spans.at(0).name == "third");
  CHECK(spans[0].status == StatusCode::ok);
  CHECK(spans[0].status_description.empty());
  CHECK(spans[0]["k"].as_int() == 2);
  CHECK(spans[0].project == "mine");
  CHECK(spans[0].event_type() == "own");
}

TEST_CASE("the last value of a key wins, however often it was set") {
  const auto tracer = test_tracer();
  {
    auto span = tracer.trace("progress");
    for (int i = 1; i <= 5000; ++i) span.set_attribute("tokens", i);
    span.set_attribute("outputs", "answer");
  }
  const auto spans = capture(tracer);
  CHECK(spans.at(0)["tokens"].as_int() == 5000);
  CHECK(spans[0]["outputs"].as_string() == "answer");
}

TEST_CASE("attributes of events do not use up those of the span") {
  const auto tracer = test_tracer();
  {
    auto span = tracer.trace("span");
    for (int i = 0; i < 600; ++i) span.add_event("tick", {{"a", i}, {"b", i}});
    span.set_attribute("outputs", "answer");
  }
  const auto spans = capture(tracer);
  CHECK(spans.at(0).events.size() == 600);
  CHECK(spans[0].events.back().attributes.json() == R"({"a":599,"b":599})");
  CHECK(spans[0]["outputs"].as_string() == "answer");
}

TEST_CASE("a call on an ended span is counted also on a thread that has recorded nothing") {
  const auto tracer = test_tracer();
  auto span = tracer.trace("span");
  span.end();
  std::thread([&] { span.set_attribute("late", 1); }).join();
  CHECK(tracer.stats().late_set == 1);
  CHECK(capture(tracer).size() == 1);
}

TEST_CASE("calls on a span that has ended do nothing and are counted") {
  const auto tracer = test_tracer();
  auto span = tracer.trace("span");
  CHECK(span.is_recording());
  CHECK(span.context().trace_id.size() == 32);
  span.end();
  span.end();
  span.set_attribute("late", 1);
  span.set_attributes({{"late", 1}});
  span.set_status(StatusCode::error);
  span.update_name("late");
  span.add_event("late");
  span.record_exception(std::runtime_error("late"));
  span.enrich({{"late", 1}});
  CHECK_FALSE(span.is_recording());
  CHECK(span.context().trace_id.empty());
  CHECK(tracer.stats().late_set == 7);
  const auto spans = capture(tracer);
  REQUIRE(spans.size() == 1);
  CHECK(spans[0].name == "span");
  CHECK_FALSE(spans[0].attributes.contains("late"));
}

TEST_CASE("a moved-from, empty or null span ignores everything") {
  const auto tracer = test_tracer();
  auto span = tracer.trace("span");
  Span moved = std::move(span);
  // NOLINTNEXTLINE(bugprone-use-after-move): what it does then is the question
  span.set_attribute("k", 1);
  span.end();
  Span empty;
  empty.set_attribute("k", 1);
  empty.end();
  const HoneyHiveTracer none = nullptr;
  auto nothing = none.trace("nothing", {{"k", 1}});
  nothing.set_attribute("k", 1);
  CHECK_FALSE(nothing.is_recording());
  CHECK_FALSE(none.enrich_span({{"k", 1}}));
  CHECK(none.flush());
  CHECK(none.trace("body", [] { return 5; }) == 5);
  none.close();
  moved.end();
  CHECK(capture(tracer).size() == 1);
}

TEST_CASE("enrichment writes the namespaces, and trailing pairs win over metadata") {
  const auto tracer = test_tracer();
  CHECK_FALSE(enrich_span({{"nobody", 1}}));
  {
    auto span = tracer.trace("span");
    CHECK(enrich_span({.metadata = {{"m", 1}, {"both", "options"}},
                       .metrics = {{"s", 0.5}},
                       .feedback = {{"rating", 5}},
                       .inputs = {{"q", "why"}},
                       .outputs = {{"a", Array{"x", Object{{"y", 1}}}}},
                       .config = {{"model", "m1"}},
                       .error = "failed",
                       .event_id = "id-1"},
                      {{"both", "pairs"}}));
    CHECK(tracer.enrich_current_span({{"plain", true}}));
    CHECK(enrich_span(Object{{"from", "object"}}));
  }
  const auto spans = capture(tracer);
  const SpanData& span = spans.at(0);
  CHECK(span["honeyhive_metadata.m"].as_int() == 1);
  CHECK(span["honeyhive_metadata.both"].as_string() == "pairs");
  CHECK(span["honeyhive_metrics.s"].as_double() == 0.5);
  CHECK(span["honeyhive_feedback.rating"].as_int() == 5);
  CHECK(span["honeyhive_inputs.q"].as_string() == "why");
  CHECK(span["honeyhive_outputs.a.0"].as_string() == "x");
  CHECK(span["honeyhive_outputs.a.1.y"].as_int() == 1);
  CHECK(span["honeyhive_config.model"].as_string() == "m1");
  CHECK(span["honeyhive_error"].as_string() == "failed");
  CHECK(span["honeyhive_event_id"].as_string() == "id-1");
  CHECK(span["plain"].as_bool());
  CHECK(span["honeyhive_metadata.from"].as_string() == "object");
}

TEST_CASE("a kind and a status that OTLP does not know become internal and unset") {
  const auto tracer = test_tracer();
  for (const int unknown : {0, 3, 6, 127, 128, 200, 255}) {
    CAPTURE(unknown);
    {
      auto span = tracer.trace("span", {.kind = static_cast<SpanKind>(unknown)}, {{"k", "v"}});
      span.set_status(static_cast<StatusCode>(unknown), "why");
      span.set_attribute("after", 1);
    }
    const auto spans = capture(tracer);
    REQUIRE(spans.size() == 1);
    CHECK(spans[0].name == "span");
    CHECK(spans[0].status == StatusCode::unset);
    CHECK(spans[0].duration >= std::chrono::seconds(0));
    CHECK(spans[0].duration < std::chrono::hours(1));
    CHECK(spans[0]["k"].as_string() == "v");
    CHECK(spans[0]["after"].as_int() == 1);
  }
}

TEST_CASE("null values are left out, in arrays with their place kept") {
  const auto tracer = test_tracer();
  {
    auto span = tracer.trace("span");
    const char* none = nullptr;
    span.set_attribute("a", none);
    span.set_attribute("b", std::optional<int>());
    span.set_attribute("c", Array{1, nullptr, 3});
    span.set_attribute("d", {{"x", nullptr}, {"y", 2}});
  }
  const auto spans = capture(tracer);
  const auto& attributes = spans.at(0).attributes;
  CHECK_FALSE(attributes.contains("a"));
  CHECK_FALSE(attributes.contains("b"));
  CHECK(attributes["c.0"].as_int() == 1);
  CHECK_FALSE(attributes.contains("c.1"));
  CHECK(attributes["c.2"].as_int() == 3);
  CHECK_FALSE(attributes.contains("d.x"));
  CHECK(attributes["d.y"].as_int() == 2);
}

TEST_SUITE_END();

}  // namespace
}  // namespace honeyhive
