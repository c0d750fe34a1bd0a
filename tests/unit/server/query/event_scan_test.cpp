#include "server/query/event_scan.h"

#include <doctest/doctest.h>

#include "unit/server/ingest/api_fixture.h"

using namespace honeyhive;
using namespace honeyhive::server;
using namespace honeyhive::testing;

TEST_SUITE("server/query/event_scan") {
  constexpr std::int64_t second = 1'000'000'000;

  Event session(const std::string& id, std::int64_t seconds, const std::string& run = "R1") {
    Event event = make_session(id, R"({"run_id":")" + run + R"("})");
    event.event_name = id;
    event.start_ns = event.end_ns = noon + seconds * second;
    return event;
  }

  Event span(std::uint8_t trace, std::uint8_t number, const std::string& session) {
    Event event = make_span(trace, number);
    event.session_id = event.session_name = session;
    return event;
  }

  Filter is(const std::string& field, const std::string& text) {
    return {.field = field, .value = '"' + text + '"'};
  }

  // Names in order, and whether the walk says that these are not all.
  std::string found(Store & store, const EventQuery& query, std::size_t most = 10) {
    std::string names;
    const auto end = scan_events(store, query, most, [&](const Event& event, const Children&) {
      names += event.event_name + ';';
    });
    REQUIRE(end);
    return names + (end->complete ? "" : "...");
  }

  TEST_CASE("a session without spans is found like any other") {
    Api api;
    REQUIRE(append(api.store(), {session("alone", 0)}) == 0);
    CHECK(found(api.store(), {}) == "alone;");
    CHECK(found(api.store(), {.project = "p", .filters = {is("event_type", "session")}}) ==
          "alone;");
    CHECK(found(api.store(), {.filters = {is("metadata.run_id", "R1")}}) == "alone;");
    CHECK(found(api.store(), {.filters = {is("event_type", "tool")}}) == "");
  }

  TEST_CASE("every session of a trace is found") {
    Api api;
    REQUIRE(append(api.store(), {session("one", 0), session("two", 0), span(1, 1, "one"),
                                 span(1, 2, "two"), span(1, 3, "three")}) == 0);
    CHECK(found(api.store(), {.filters = {is("event_type", "session")}}) == "three;two;one;");
  }

  TEST_CASE("a session counts from its own start, not from its trace's") {
    Api api;
    REQUIRE(append(api.store(), {session("s", -600), span(1, 1, "s")}) == 0);
    CHECK(found(api.store(), {.to_ns = noon - 599 * second}) == "s;");
    CHECK(found(api.store(), {.to_ns = noon - 601 * second}) == "");
    CHECK(found(api.store(), {.from_ns = noon}) == "step 1;");
  }

  TEST_CASE("a span may be of the type session itself") {
    Api api;
    Event typed = span(1, 1, "s");
    typed.event_type = "session";
    REQUIRE(append(api.store(), {session("s", 0), typed, span(1, 2, "s"), span(2, 3, "s")}) == 0);
    CHECK(found(api.store(), {.filters = {is("event_type", "session")}}) == "step 1;s;");
  }

  TEST_CASE("a span that cannot have been when it says is in every range that its trace is in") {
    Api api;
    Event odd = span(1, 2, "");
    odd.start_ns = odd.end_ns = 0;
    odd.clock_odd = true;
    odd.arrival_ns = noon;
    REQUIRE(append(api.store(), {span(1, 1, ""), odd, span(2, 9, "")}) == 0);
    CHECK(found(api.store(), {.to_ns = noon + 3 * second}) == "step 2;step 1;");
    CHECK(found(api.store(), {.from_ns = noon + 3 * second}) == "step 9;");
  }

  TEST_CASE("children are those of the whole trace, or unknown") {
    Api api;
    Event other = span(1, 3, "t");
    REQUIRE(append(api.store(), {session("s", 0), span(1, 1, "s"), span(1, 2, "s"), other,
                                 span(2, 1, "s"), span(2, 2, "s"), session("u", 0)}) == 0);
    const auto children = [&](const EventQuery& query) {
      std::string out;
      const auto end =
          scan_events(api.store(), query, 100, [&](const Event& event, const Children& known) {
            out += event.event_name + ' ';
            out += known.is_known() ? std::to_string(known.of(event).size()) : "unknown";
            out += ';';
          });
      REQUIRE(end);
      return out;
    };
    const std::string root = shown_event_id(span(1, 1, "s"));
    CHECK(children({.filters = {is("event_id", root)}}) == "step 1 2;");
    CHECK(children({.filters = {is("event_id", "s")}}) == "s 2;");
    CHECK(children({.filters = {is("session_id", "s")}}) ==
          "s 2;step 1 unknown;step 1 1;step 2 unknown;step 2 0;");
    CHECK(children({.filters = {is("metadata.trace_id", trace_id(1).hex())}}) ==
          "step 1 2;step 2 0;step 3 0;");
    const std::string all = children({});
    CHECK(all.find("step 1 2;step 2 0;step 3 0;") != std::string::npos);
    CHECK(all.find(";s unknown;") != std::string::npos);
    CHECK(all.find(";u 0;") != std::string::npos);
  }

  TEST_CASE("what ended before the range is not walked, what only began before it is") {
    Api api;
    std::vector<Event> events = {session("s", 0), span(250, 1, "s"), span(250, 200, "s")};
    for (std::uint8_t i = 0; i < 200; ++i) {
      events.push_back(make_span(i, 3));
      events.push_back(session("s" + std::to_string(i), 3));
    }
    REQUIRE(append(api.store(), std::move(events)) == 0);
    EventQuery query{.from_ns = noon + 150 * second};
    CHECK(found(api.store(), query) == "step 200;");
    query.project = "p";
    CHECK(found(api.store(), query) == "step 200;");
    const auto end = scan_events(api.store(), query, 10, [](const Event&, const Children&) {});
    REQUIRE(end);
    CHECK(end->examined == 5);  // two rows, and the events of both
    CHECK(end->complete);
  }

  TEST_CASE("ids are found in any case") {
    Api api;
    const std::string id = "6ba7b810-9dad-41d1-80b4-00c04fd430c8";
    const std::string upper = "6BA7B810-9DAD-41D1-80B4-00C04FD430C8";
    Event root = span(1, 1, upper);
    root.trace_id.bytes[0] = 0xab;
    REQUIRE(append(api.store(), {session(id, 0), root, span(2, 2, "s")}) == 0);
    CHECK(found(api.store(), {.filters = {is("session_id", id)}}) == id + ";step 1;");
    CHECK(found(api.store(), {.filters = {is("session_id", upper)}}) == id + ";step 1;");
    CHECK(found(api.store(), {.filters = {is("event_id", upper)}}) == id + ";");
    CHECK(found(api.store(), {.filters = {is("parent_id", upper)}}) == "step 1;");
    std::string trace = root.trace_id.hex();
    for (char& c : trace) c = static_cast<char>(std::toupper(c));
    CHECK(found(api.store(), {.filters = {is("metadata.trace_id", trace)}}) == "step 1;");
    CHECK(found(api.store(), {.filters = {is("session_id", "S")}}) == "");  // no UUID
  }

  TEST_CASE("traces and sessions are one list, newest first, whatever the page") {
    Api api;
    std::vector<Event> events;
    std::string names;
    for (int i = 449; i >= 0; --i) {
      const std::string name = "s" + std::to_string(i);
      events.push_back(session(name, i));
      names += name + ';';
      if (i % 2 != 0) continue;
      Event root = make_span(static_cast<std::uint8_t>(i / 2), 1);
      root.start_ns = root.end_ns = noon + i * second;
      events.push_back(root);
      names += "step 1;";
    }
    REQUIRE(append(api.store(), std::move(events)) == 0);
    CHECK(found(api.store(), {}, 2000) == names);
    CHECK(found(api.store(), {.project = "p"}, 2000) == names);
    CHECK(found(api.store(), {.project = "p"}, 4) == "s449;s448;...");
  }
}
