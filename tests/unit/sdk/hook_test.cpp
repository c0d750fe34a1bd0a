#include <doctest/doctest.h>

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "recorded.h"

// Hooks of users' types that write to the span whose value they are asked for.

namespace honeyhive {
namespace {

using testing::capture;
using testing::find;
using testing::Hooked;

[[noreturn]] void fail() { throw std::runtime_error("no"); }

struct Partly {
  int before = 1;
  Hooked failing{fail};
  int after = 2;
};
HH_FIELDS(Partly, before, failing, after)

struct Whole {};
void to_attributes(AttributeWriter& writer, const Whole&) {
  writer.begin_object();
  writer.member("begun", 1);
  fail();
}

HoneyHiveTracer test_tracer() { return HoneyHiveTracer::init({.project = "p", .test_mode = true}); }

TEST_SUITE_BEGIN("sdk/hook");

TEST_CASE("a hook inside an event writes nothing to the span, and that is counted") {
  const auto tracer = test_tracer();
  const std::string huge(1'100'000, 'x');
  {
    auto span = tracer.trace("span");
    enrich_span({{"k", huge}});
    span.add_event("e", {{"a", Hooked{[&] {
                            CHECK_FALSE(enrich_span({{"k", "short"}}));
                            CHECK_FALSE(tracer.enrich_current_span({{"other", 1}}));
                            span.set_attribute("text", "v");
                            span.set_attribute("number", 1);
                            span.add_event("inner");
                          }}},
                         {"b", 2}});
    span.set_attribute("after", 1);
    span.set_attribute("text.after", "v");
  }
  const auto spans = capture(tracer);
  REQUIRE(spans.size() == 1);
  REQUIRE(spans[0].events.size() == 1);
  CHECK(spans[0].events[0].attributes == Object{{"a.v", 1}, {"b", 2}});
  CHECK(spans[0]["metadata.k"].as_string().size() == 1 << 20);
  CHECK(spans[0]["metadata.k.truncated_bytes"].as_int() == 1'100'000 - (1 << 20));
  CHECK(spans[0]["text"].is_null());
  CHECK(spans[0]["after"].as_int() == 1);
  CHECK(spans[0]["text.after"].as_string() == "v");
  CHECK(tracer.stats().late_set == 5);
}

TEST_CASE("a hook inside an event may record spans of its own") {
  const auto tracer = test_tracer();
  {
    auto span = tracer.trace("span");
    span.add_event("e", {{"a", Hooked{[&] {
                            const auto child = tracer.trace("child");
                            CHECK(enrich_span({{"k", 1}}));
                          }}}});
    CHECK(enrich_span({{"k", 2}}));
  }
  const auto spans = capture(tracer);
  CHECK(find(spans, "child")["metadata.k"].as_int() == 1);
  CHECK(find(spans, "span")["metadata.k"].as_int() == 2);
  CHECK(tracer.stats().late_set == 0);
}

TEST_CASE("a span that a hook inside an event ends is sent with that event") {
  const auto tracer = test_tracer();
  auto span = tracer.trace("span");
  span.add_event("e", {{"a", Hooked{[&] { span.end(); }}}, {"b", 2}});
  { const auto next = tracer.trace("next"); }
  const auto spans = capture(tracer);
  REQUIRE(spans.size() == 2);
  REQUIRE(find(spans, "span").events.size() == 1);
  CHECK(find(spans, "span").events[0].attributes == Object{{"a.v", 1}, {"b", 2}});
  CHECK(find(spans, "next").parent_id.empty());
}

TEST_CASE("what a hook ends is sent with the hook's value, and nothing of it is in another span") {
  const auto tracer = test_tracer();
  const auto other = HoneyHiveTracer::init({.project = "other", .test_mode = true});
  const auto ends = [&](auto write) {
    auto span = tracer.trace("first");
    Span next = other.trace("below");
    next.end();
    const Hooked hook{[&] {
      span.end();
      next = other.trace("second");
    }};
    write(span, hook);
    next.end();
    const auto spans = capture(tracer);
    REQUIRE(spans.size() == 1);
    const auto others = capture(other);
    CHECK(find(others, "second").attributes.json().find("\"v\"") == std::string::npos);
    return spans[0];
  };
  const auto set = ends([](Span& span, const Hooked& hook) { span.set_attribute("k", hook); });
  CHECK(set["k.v"].as_int() == 1);
  const auto many = ends([](Span& span, const Hooked& hook) {
    span.set_attributes({{"k", hook}, {"l", 2}});
  });
  CHECK(many["k.v"].as_int() == 1);
  CHECK(many["l"].as_int() == 2);
  const auto enriched = ends([](Span&, const Hooked& hook) { enrich_span({{"k", hook}}); });
  CHECK(enriched["metadata.k.v"].as_int() == 1);
  const auto own = ends([](Span& span, const Hooked& hook) { span.enrich({{"k", hook}}); });
  CHECK(own["metadata.k.v"].as_int() == 1);
  CHECK(tracer.stats().late_set == 0);
}

TEST_CASE("a failing hook that made the span be cut takes back nothing else") {
  const auto tracer =
      HoneyHiveTracer::init({.project = "small", .test_mode = true, .buffer_bytes = 256 << 10});
  {
    auto span = tracer.trace("span");
    span.set_attributes({{"a", std::string(100'000, 'a')},
                         {"failing", Hooked{[&] {
                            enrich_span({{"b", std::string(100'000, 'b')}});
                            enrich_span({{"c", 1}});
                            fail();
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

TEST_CASE("a failing hook inside a map, or among a type's fields, removes only its own entry") {
  const auto tracer = test_tracer();
  using Hooks = std::map<std::string, Hooked>;
  const Hooks hooks = {{"a", {[] {}}}, {"b", {fail}}, {"c", {[] {}}}};
  const auto recorded = testing::record(tracer, [&](Span& span) {
    span.set_attributes(hooks);
    span.set_attribute("nested", std::map<std::string, Hooks>{{"x", hooks}, {"y", hooks}});
    span.set_attribute("list", std::vector<Hooks>{hooks, hooks});
    span.enrich(Partly{});
    span.add_event("event", hooks);
  });
  const auto& attributes = recorded.attributes;
  for (const char* const at : {"", "nested.x.", "nested.y.", "list.0.", "list.1."}) {
    CAPTURE(at);
    CHECK(attributes.contains(std::string(at) + "a.v"));
    CHECK_FALSE(attributes.contains(std::string(at) + "b.v"));
    CHECK(attributes.contains(std::string(at) + "c.v"));
  }
  CHECK(attributes["honeyhive_metadata.before"].as_int() == 1);
  CHECK(attributes["honeyhive_metadata.after"].as_int() == 2);
  REQUIRE(recorded.events.size() == 1);
  CHECK(recorded.events[0].attributes == Object{{"a.v", 1}, {"c.v", 1}});
}

TEST_CASE("a hook that fails as a whole leaves nothing of what it began") {
  const auto span = testing::record(test_tracer(), [](Span& open) {
    open.set_attributes(Whole{});
    open.enrich(Whole{});
    open.set_attribute("after", 1);
  });
  CHECK_FALSE(span.attributes.contains("begun"));
  CHECK_FALSE(span.attributes.contains("honeyhive_metadata.begun"));
  CHECK(span["after"].as_int() == 1);
}

TEST_CASE("who builds a value of their own gets what a hook throws") {
  CHECK_THROWS_AS(Value(std::map<std::string, Hooked>{{"a", {fail}}}), std::runtime_error);
}

TEST_SUITE_END();

}  // namespace
}  // namespace honeyhive
