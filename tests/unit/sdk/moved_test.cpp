#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

#include "recorded.h"

// Spans that two threads have to do with.

namespace honeyhive {
namespace {

using testing::capture;
using testing::find;
using testing::Hooked;

HoneyHiveTracer test_tracer() { return HoneyHiveTracer::init({.project = "p", .test_mode = true}); }

struct Enriching {
  friend Object honeyhive_value(const Enriching&) {
    enrich_span({{"inside", 1}});
    return {{"v", 1}};
  }
};

TEST_SUITE_BEGIN("sdk/moved");

TEST_CASE("a moved span may be enriched where it started while it is written elsewhere") {
  const auto tracer = test_tracer();
  const std::string text(3000, 'x');
  for (int round = 0; round < 20; ++round) {
    auto span = tracer.trace("moved");
    std::atomic<bool> is_over{false};
    std::thread worker([moved = std::move(span), &is_over, &text]() mutable {
      for (int i = 0; i < 200; ++i) moved.set_attribute("there" + std::to_string(i % 100), text);
      for (int i = 0; i < 200; ++i) moved.set_attribute("short" + std::to_string(i % 100), "v");
      moved.end();
      is_over = true;
    });
    for (int i = 0; !is_over; ++i) {
      enrich_span({{"here" + std::to_string(i % 100), text}});
      tracer.enrich_current_span({{"also", i}});
    }
    worker.join();
    const auto spans = capture(tracer);
    REQUIRE(spans.size() == 1);
    CHECK(spans[0]["there99"].as_string() == text);
    CHECK(spans[0]["short99"].as_string() == "v");
  }
}

TEST_CASE("a span that has ended on another thread is not enriched, the one around it is") {
  const auto tracer = test_tracer();
  const auto other = HoneyHiveTracer::init({.project = "other", .test_mode = true});
  {
    auto outer = tracer.trace("outer");
    auto inner = tracer.trace("inner");
    const auto top = other.trace("top");
    std::thread([moved = std::move(inner)]() mutable { moved.end(); }).join();
    CHECK(tracer.enrich_current_span({{"k", 1}}));
    CHECK(enrich_span({.metadata = {{"m", 1}}, .tracer = &tracer}));
    const auto child = tracer.trace("child");
  }
  const auto spans = capture(tracer);
  CHECK(find(spans, "outer")["k"].as_int() == 1);
  CHECK(find(spans, "outer")["metadata.m"].as_int() == 1);
  CHECK(find(spans, "inner")["k"].is_null());
  CHECK(find(spans, "child").parent_id == find(spans, "outer").span_id);
  CHECK(tracer.stats().late_set == 0);
  CHECK(tracer.stats().context_mismatch == 1);
  CHECK(capture(other).size() == 1);
}

TEST_CASE("a value's hook may enrich the span that it is being written to") {
  const auto tracer = test_tracer();
  {
    auto span = tracer.trace("span");
    enrich_span({{"hook", Enriching{}}});
    std::thread([moved = std::move(span)]() mutable {
      moved.set_attribute("own", Enriching{});
    }).join();
  }
  const auto spans = capture(tracer);
  REQUIRE(spans.size() == 1);
  CHECK(spans[0]["metadata.inside"].as_int() == 1);
  CHECK(spans[0]["metadata.hook.v"].as_int() == 1);
  CHECK(spans[0]["own.v"].as_int() == 1);
}

TEST_CASE("a hook may wait for a lock whose holder writes to the same span") {
  const auto tracer = test_tracer();
  auto span = tracer.trace("moved");
  std::mutex state;
  std::atomic<bool> in_hook{false}, is_locked{false};
  std::thread other([moved = std::move(span), &state, &in_hook, &is_locked]() mutable {
    in_hook.wait(false);
    const std::scoped_lock lock(state);
    is_locked = true;
    is_locked.notify_one();
    for (int i = 0; i < 100; ++i) moved.set_attribute("k", i);
    moved.end();
  });
  enrich_span({{"g", Hooked{[&] {
                  in_hook = true;
                  in_hook.notify_one();
                  is_locked.wait(false);
                  const std::scoped_lock lock(state);
                }}}});
  other.join();
  const auto spans = capture(tracer);
  REQUIRE(spans.size() == 1);
  CHECK(spans[0]["metadata.g.v"].as_int() == 1);
  CHECK(tracer.stats().late_set == 100);
  CHECK(tracer.stats().dropped() == 0);
}

TEST_CASE("an end that a hook elsewhere keeps waiting is made good when the hook returns") {
  const auto tracer = test_tracer();
  const auto begin = std::chrono::steady_clock::now();
  std::chrono::nanoseconds waited{};
  auto span = tracer.trace("moved");
  enrich_span({{"g", Hooked{[&] {
                  std::thread([moved = std::move(span)]() mutable { moved.end(); }).join();
                  waited = std::chrono::steady_clock::now() - begin;
                  CHECK(tracer.stats().spans_ended == 0);
                  const auto child = tracer.trace("child");
                }}}});
  CHECK(tracer.stats().spans_ended == 2);
  { const auto next = tracer.trace("next"); }
  const auto spans = capture(tracer);
  REQUIRE(spans.size() == 3);
  CHECK(find(spans, "moved")["metadata.g.v"].as_int() == 1);
  CHECK(find(spans, "child").parent_id == find(spans, "moved").span_id);
  CHECK(find(spans, "next").parent_id.empty());
  // It ended when that was said, not when the wait was over.
  CHECK(find(spans, "moved").duration + std::chrono::milliseconds(50) < waited);
  CHECK(tracer.stats().late_set == 0);
  CHECK(tracer.stats().dropped() == 0);
}

TEST_SUITE_END();

}  // namespace
}  // namespace honeyhive
