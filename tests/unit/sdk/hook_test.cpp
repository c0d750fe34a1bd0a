#include <doctest/doctest.h>

#include <functional>
#include <stdexcept>
#include <string>

#include "honeyhive/honeyhive.h"
#include "honeyhive/testing.h"

// Hooks of users' types that write to the span whose value they are asked for.

namespace honeyhive {
namespace {

using testing::capture;

struct Hooked {
  std::function<void()> hook;
  friend Object honeyhive_value(const Hooked& value) {
    value.hook();
    return {{"v", 1}};
  }
};

TEST_SUITE_BEGIN("sdk/hook");

TEST_CASE("a failing hook that made the span be cut takes back nothing else") {
  const auto tracer =
      HoneyHiveTracer::init({.project = "small", .test_mode = true, .buffer_bytes = 256 << 10});
  {
    auto span = tracer.trace("span");
    span.set_attributes({{"a", std::string(100'000, 'a')},
                         {"failing", Hooked{[&] {
                            enrich_span({{"b", std::string(100'000, 'b')}});
                            enrich_span({{"c", 1}});
                            throw std::runtime_error("no");
                          }}},
                         {"d", 1}});
  }
  const auto spans = capture(tracer);
  REQUIRE(spans.size() == 1);
  for (const char* const key : {"a", "metadata.b", "metadata.c", "d"}) {
    CAPTURE(key);
    CHECK_FALSE(spans[0][key].is_null());
  }
}

TEST_SUITE_END();

}  // namespace
}  // namespace honeyhive
