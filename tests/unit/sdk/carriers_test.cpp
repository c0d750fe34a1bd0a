#include <doctest/doctest.h>

#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>

#include "recorded.h"
#include "sdk/value/json_value.h"

// Links and headers where something is not as usual.
namespace honeyhive::testing {
namespace {

TEST_SUITE_BEGIN("sdk/carriers");

using Headers = std::map<std::string, std::string>;

const std::string trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
const std::string sampled_parent = "00-" + trace_id + "-00f067aa0ba902b7-01";

HoneyHiveTracer disabled_tracer(const TracerConfig& config) {
  ::setenv("HH_DISABLE_TRACING", "true", 1);
  HoneyHiveTracer made(config);
  ::unsetenv("HH_DISABLE_TRACING");
  return made;
}

TEST_CASE("what is written into a carrier is of when it was asked for, whatever its setter does") {
  const auto tracer = test_tracer();
  const auto outer = tracer.linked(Headers{{"traceparent", sampled_parent}, {"tracestate", "a=1"}});
  Headers written;
  std::unique_ptr<SessionScope> block(
      new SessionScope(tracer.with_session({.session_id = "block"})));
  const auto setter = [&](Headers& to, std::string_view name, std::string_view value) {
    block.reset();
    (void)tracer.create_session({.session_id = "of the setter"});
    const auto span = tracer.trace("of the setter");
    to.emplace(name, value);
  };
  tracer.inject(written, setter);
  CHECK(written.at("traceparent") == sampled_parent);
  CHECK(written.at("tracestate") == "a=1");
  CHECK(written.at("baggage") == "session_id=block,source=dev");
}

TEST_CASE("a getter may trace, link and create sessions itself") {
  const auto tracer = test_tracer();
  const auto getter = [&](std::string_view name) -> std::optional<std::string> {
    const auto span = tracer.trace("of the getter");
    const auto inner = tracer.linked(Headers{{"traceparent", sampled_parent}});
    (void)tracer.create_session({.session_id = "of the getter"});
    return name == "traceparent" ? std::optional(sampled_parent) : std::nullopt;
  };
  {
    const auto scope = tracer.linked(getter);
    const auto span = tracer.trace("linked");
  }
  { const auto span = tracer.trace("root"); }
  const auto spans = capture(tracer);
  CHECK(find(spans, "linked").trace_id == trace_id);
  CHECK(find(spans, "linked").session_id == tracer.session_id());
  CHECK(find(spans, "root").parent_id.empty());
  CHECK(find(spans, "root").session_id == tracer.session_id());
}

TEST_CASE("below a span that records nothing, headers name a span of their own on any thread") {
  const auto tracer = HoneyHiveTracer::init({.test_mode = true, .sample_rate = 0});
  const auto span = tracer.trace("not recorded");
  const auto scope = Context::current().attach();
  const std::string header = tracer.inject().at("traceparent");
  CHECK(header.substr(36, 16) != std::string(16, '0'));
  CHECK(header.substr(52) == "-00");
}

TEST_CASE("run ids of a tracer's link carrier stay in the baggage when a session is created") {
  const auto tracer = HoneyHiveTracer::init(
      {.link_carrier = {{"traceparent", sampled_parent}, {"baggage", "run_id=r"}},
       .test_mode = true});
  CHECK(tracer.inject().at("baggage").ends_with("run_id=r"));
  const auto block = tracer.with_session({.session_id = "block"});
  CHECK(tracer.inject().at("baggage").ends_with("run_id=r"));
}

TEST_CASE("a tracer that is disabled records nothing, whatever its spans are children of") {
  const TracerConfig config{.project = "p", .test_mode = true};
  const HoneyHiveTracer tracer(config);
  const auto disabled = disabled_tracer(config);
  {
    const auto parent = tracer.trace("parent");
    CHECK(!disabled.trace("below a recorded span").is_recording());
  }
  {
    const auto scope = disabled.linked(Headers{{"traceparent", sampled_parent}});
    CHECK(!disabled.trace("linked").is_recording());
    CHECK(!disabled.trace("linked again").is_recording());
    CHECK(disabled.inject().at("traceparent") == sampled_parent);
  }
  TracerConfig linked = config;
  linked.link_carrier = {{"traceparent", sampled_parent}};
  CHECK(!disabled_tracer(linked).trace("root").is_recording());
  {
    const auto span = disabled.trace("around a recorded span");
    CHECK(tracer.trace("recorded").is_recording());
  }
  CHECK(tree(capture(tracer)) == "parent\nrecorded\n");
  CHECK(capture(disabled).empty());
}

TEST_CASE("a token that was moved from undoes nothing") {
  const auto tracer = test_tracer();
  const auto outer = tracer.trace("outer");
  auto token = tracer.link(Headers{{"traceparent", sampled_parent}});
  LinkToken kept = std::move(token);
  tracer.unlink(std::move(token));  // NOLINT(bugprone-use-after-move): that is what is tested
  CHECK(tracer.trace("linked").context().trace_id == trace_id);
  tracer.unlink(std::move(kept));
  CHECK(tracer.trace("child").context().trace_id == outer.context().trace_id);
  CHECK(tracer.stats().context_mismatch == 0);
}

TEST_CASE("a map of pointers is read, and null is no header") {
  const auto tracer = test_tracer();
  std::map<std::string, const char*> headers{{"traceparent", nullptr}};
  const auto trace_below = [&] {
    const auto scope = tracer.linked(headers);
    return tracer.trace("span").context().trace_id;
  };
  CHECK(trace_below() != trace_id);
  headers["traceparent"] = sampled_parent.c_str();
  CHECK(trace_below() == trace_id);
}

TEST_CASE("integers beyond 64 bits are read as doubles") {
  CHECK(sdk::read_json("-9223372036854775808")->as_int() == INT64_MIN);
  CHECK(sdk::read_json("9223372036854775808")->as_double() == 9223372036854775808.0);
  CHECK(sdk::read_json("-99999999999999999999")->as_double() == -1e20);
}

TEST_SUITE_END();

}  // namespace
}  // namespace honeyhive::testing
