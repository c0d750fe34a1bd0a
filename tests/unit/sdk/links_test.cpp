#include <doctest/doctest.h>

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "recorded.h"

namespace honeyhive::testing {

// Headers that are no map.
struct HeaderList {
  std::vector<std::pair<std::string, std::string>> lines;
};

}  // namespace honeyhive::testing

namespace honeyhive {
template <>
struct CarrierTraits<testing::HeaderList> {
  static std::optional<std::string> get(const testing::HeaderList& from, std::string_view name) {
    for (const auto& [key, value] : from.lines) {
      if (detail::same_header(key, name)) return value;
    }
    return std::nullopt;
  }
  static void set(testing::HeaderList& to, std::string_view name, std::string_view value) {
    to.lines.emplace_back(name, value);
  }
};
}  // namespace honeyhive

namespace honeyhive::testing {
namespace {

TEST_SUITE_BEGIN("sdk/links");

using Headers = std::map<std::string, std::string>;

constexpr const char* trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
constexpr const char* parent_id = "00f067aa0ba902b7";
const std::string sampled_parent = std::string("00-") + trace_id + "-" + parent_id + "-01";

HoneyHiveTracer project_tracer(const char* project) {
  return HoneyHiveTracer::init({.project = project, .test_mode = true});
}

TEST_CASE("linked spans continue the trace of the headers, until unlinked") {
  const auto tracer = test_tracer();
  auto token = tracer.link(Headers{{"Traceparent", sampled_parent}});
  { const auto span = tracer.trace("linked"); }
  tracer.unlink(std::move(token));
  { const auto span = tracer.trace("not linked"); }
  const auto spans = capture(tracer);
  CHECK(find(spans, "linked").trace_id == trace_id);
  CHECK(find(spans, "linked").parent_id == parent_id);
  CHECK(find(spans, "not linked").trace_id != trace_id);
  CHECK(find(spans, "not linked").parent_id.empty());
}

TEST_CASE("a block is linked until its end, and what was current comes back") {
  const auto tracer = test_tracer();
  const auto outer = tracer.trace("outer");
  {
    const auto scope = tracer.linked(Headers{{"traceparent", sampled_parent}});
    const auto span = tracer.trace("linked");
    const auto child = tracer.trace("child");
  }
  { const auto span = tracer.trace("child of outer"); }
  const auto spans = capture(tracer);
  CHECK(find(spans, "linked").parent_id == parent_id);
  CHECK(find(spans, "child").parent_id == find(spans, "linked").span_id);
  CHECK(find(spans, "child of outer").parent_id == outer.context().span_id);
}

TEST_CASE("malformed headers change nothing and are counted, missing ones only change nothing") {
  const auto tracer = test_tracer();
  const auto outer = tracer.trace("outer");
  const std::string bad[] = {"00-trace-id-span-id-01", "", sampled_parent + "-extra",
                             "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                             std::string(100'000, '0')};
  for (const auto& text : bad) {
    auto token = tracer.link(Headers{{"traceparent", text}});
    { const auto span = tracer.trace("child"); }
    tracer.unlink(std::move(token));
  }
  auto token = tracer.link(Headers{});
  { const auto span = tracer.trace("child"); }
  tracer.unlink(std::move(token));
  for (const auto& span : capture(tracer)) CHECK(span.parent_id == outer.context().span_id);
  CHECK(tracer.stats().bad_context == std::size(bad));
}

TEST_CASE("a parent that is not sampled is followed, as by OpenTelemetry's default") {
  const auto tracer = test_tracer();
  const auto scope = tracer.linked(
      Headers{{"traceparent", std::string("00-") + trace_id + "-" + parent_id + "-00"}});
  const auto span = tracer.trace("not recorded");
  CHECK(!span.is_recording());
  CHECK(tracer.stats().spans_sampled_out == 1);
  const auto headers = tracer.inject();
  CHECK(headers.at("traceparent").substr(0, 36) == std::string("00-") + trace_id + "-");
  CHECK(headers.at("traceparent").substr(52) == "-00");
  CHECK(headers.at("traceparent").substr(36, 16) != "0000000000000000");
}

TEST_CASE("any carrier is read from and written to") {
  const auto tracer = project_tracer("p");
  const auto span = tracer.trace("span");
  const std::string text = "00-" + span.context().trace_id + "-" + span.context().span_id + "-01";
  const std::string baggage = "session_id=" + tracer.session_id() + ",project=p,source=dev";

  Headers map{{"Content-Type", "application/json"}, {"TraceParent", "old"}};
  CHECK(&tracer.inject(map) == &map);
  CHECK(map ==
        Headers{{"Content-Type", "application/json"}, {"traceparent", text}, {"baggage", baggage}});
  CHECK(tracer.inject() == Headers{{"traceparent", text}, {"baggage", baggage}});
  std::unordered_map<std::string, std::string> unordered;
  CHECK(tracer.inject(unordered).at("traceparent") == text);
  Object object{{"Baggage", "old"}};
  CHECK(tracer.inject(object) == Object{{"Baggage", baggage}, {"traceparent", text}});
  HeaderList list;
  CHECK(tracer.inject(list).lines.front().second == text);
  std::string written;
  auto callable = [&](std::string_view name, std::string_view value) {
    written += std::string(name) + ": " + std::string(value) + "\n";
  };
  tracer.inject(callable);
  CHECK(written == "traceparent: " + text + "\nbaggage: " + baggage + "\n");
  written.clear();
  tracer.inject(list,
                [&](HeaderList&, std::string_view name, std::string_view) { written += name; });
  CHECK(written == "traceparentbaggage");
  Headers free;
  CHECK(inject(free).at("traceparent") == text);

  const auto parent_by = [&](auto&& link) {
    auto token = link();
    const std::string id = tracer.trace("child").context().trace_id;
    tracer.unlink(std::move(token));
    return id;
  };
  const std::string same = span.context().trace_id;
  const auto empty = Context().attach();
  CHECK(parent_by([&] { return tracer.link(map); }) == same);
  CHECK(parent_by([&] { return tracer.link(unordered); }) == same);
  CHECK(parent_by([&] { return tracer.link(object); }) == same);
  CHECK(parent_by([&] { return tracer.link(list); }) == same);
  CHECK(parent_by([&] {
          return tracer.link([&](std::string_view name) -> std::optional<std::string> {
            return name == "traceparent" ? std::optional(text) : std::nullopt;
          });
        }) == same);
  CHECK(parent_by([&] {
          return tracer.link(list, [&](const HeaderList&, std::string_view) { return text; });
        }) == same);
}

TEST_CASE("a trace's state is passed on within its trace, and only there") {
  const auto tracer = test_tracer();
  const auto scope =
      tracer.linked(Headers{{"traceparent", sampled_parent}, {"tracestate", "a=1, b=2"}});
  const auto span = tracer.trace("span");
  CHECK(tracer.inject().at("tracestate") == "a=1,b=2");
  const auto elsewhere = Context().attach();
  const auto root = tracer.trace("root");
  CHECK(tracer.inject().count("tracestate") == 0);
}

TEST_CASE("without a span only the session is injected") {
  const auto tracer = test_tracer();
  const auto headers = tracer.inject();
  CHECK(headers.count("traceparent") == 0);
  CHECK(headers.at("baggage") == "session_id=" + tracer.session_id() + ",source=dev");
}

TEST_CASE("run ids of the baggage are on the spans and are passed on") {
  const auto tracer = test_tracer();
  const auto scope = tracer.linked(
      Headers{{"traceparent", sampled_parent}, {"baggage", "run_id=r,dataset_id=d%201"}});
  { const auto span = tracer.trace("span"); }
  const auto spans = capture(tracer);
  CHECK(find(spans, "span")["metadata.run_id"].as_string() == "r");
  CHECK(find(spans, "span")["metadata.dataset_id"].as_string() == "d 1");
  const std::string baggage = tracer.inject().at("baggage");
  CHECK(baggage.find("run_id=r,dataset_id=d%201") != baggage.npos);
}

HoneyHiveTracer linked_tracer(const Object& carrier) {
  return HoneyHiveTracer::init({.link_carrier = carrier, .test_mode = true});
}

TEST_CASE("root spans of a tracer continue the trace of its link carrier") {
  const auto tracer = linked_tracer(
      {{"traceparent", sampled_parent}, {"tracestate", "v=1"}, {"baggage", "run_id=r"}});
  std::string child_id;
  {
    const auto root = tracer.trace("root");
    child_id = tracer.trace("child").context().span_id;
    CHECK(tracer.inject().at("tracestate") == "v=1");
  }
  { const auto root = tracer.trace("second root"); }
  CHECK(tracer.inject().at("traceparent") == sampled_parent);
  const auto spans = capture(tracer);
  CHECK(tree(spans) == "root\n  child\nsecond root\n");
  for (const auto& span : spans) CHECK(span.trace_id == trace_id);
  CHECK(find(spans, "root").parent_id == parent_id);
  CHECK(find(spans, "second root").parent_id == parent_id);
  CHECK(find(spans, "root")["metadata.run_id"].as_string() == "r");
  CHECK(find(spans, "child").span_id == child_id);
}

TEST_CASE("a link carrier that means nothing makes no parent, and is counted") {
  const auto tracer = linked_tracer({{"traceparent", "00-trace-id-span-id-01"}});
  { const auto span = tracer.trace("root"); }
  CHECK(capture(tracer).at(0).parent_id.empty());
  CHECK(tracer.stats().bad_context == 1);
}

TEST_CASE("an evaluation's ids are in the baggage") {
  const auto tracer = HoneyHiveTracer::init(
      {.run_id = "r 1", .dataset_id = "d", .datapoint_id = "p", .test_mode = true});
  const std::string baggage = tracer.inject().at("baggage");
  CHECK(baggage.ends_with(",run_id=r%201,dataset_id=d,datapoint_id=p"));
}

TEST_CASE("a null tracer links and injects nothing") {
  const HoneyHiveTracer none = nullptr;
  auto token = none.link(Headers{{"traceparent", sampled_parent}});
  none.unlink(std::move(token));
  CHECK(none.inject().empty());
}

TEST_CASE("what a carrier throws passes through, and changes nothing") {
  const auto tracer = test_tracer();
  const auto getter = [](std::string_view) -> std::optional<std::string> { throw 7; };
  CHECK_THROWS_AS((void)tracer.link(getter), int);
  CHECK(tracer.inject().count("traceparent") == 0);
}

TEST_SUITE_END();

}  // namespace
}  // namespace honeyhive::testing
