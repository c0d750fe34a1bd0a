#pragma once

// Spans of a tracer that sends nothing, as they were recorded.

#include <doctest/doctest.h>

#include <functional>
#include <utility>

#include "honeyhive/honeyhive.h"
#include "honeyhive/testing.h"

namespace honeyhive::testing {

inline HoneyHiveTracer test_tracer() { return HoneyHiveTracer::init({.test_mode = true}); }

template <typename Write>
SpanData record(const HoneyHiveTracer& tracer, Write write) {
  {
    auto span = tracer.trace("span");
    write(span);
  }
  auto spans = capture(tracer);
  REQUIRE(spans.size() == 1);
  return std::move(spans[0]);
}

// A value whose hook does what it is told.
struct Hooked {
  std::function<void()> hook;
  friend Object honeyhive_value(const Hooked& value) {
    value.hook();
    return {{"v", 1}};
  }
};

}  // namespace honeyhive::testing
