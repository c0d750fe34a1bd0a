#include "server/query/event_json.h"

#include <doctest/doctest.h>

using namespace honeyhive;
using namespace honeyhive::server;

TEST_SUITE("server/query/event_json") {
  core::SpanId span_of(std::uint8_t n) {
    core::SpanId id;
    id.bytes.fill(n);
    return id;
  }

  Event make_span(std::uint8_t span, std::uint8_t parent) {
    Event event;
    event.project = "p";
    event.trace_id.bytes.fill(0x0a);
    event.span_id = span_of(span);
    event.parent_span_id = span_of(parent);
    event.session_id = "s";
    event.event_type = "tool";
    event.event_name = "step";
    event.start_ns = 1'700'000'000'123'456'789;
    event.end_ns = 1'700'000'000'125'956'789;
    return event;
  }

  std::string text(const Event& event, Detail detail, const Children& children = {}) {
    std::string out;
    core::JsonWriter json(out);
    append_event(json, event, children, detail);
    return out;
  }

  constexpr const char* lineage =
      R"("trace_id":"0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a","span_id":"0101010101010101",)";

  TEST_CASE("a root span is HoneyHive's event, its parent the session") {
    Event event = make_span(1, 0);
    event.bucket(Bucket::inputs) = R"({"q":1})";
    event.bucket(Bucket::metadata) = R"({"k":2})";
    event.error = "bad";
    CHECK(
        text(event, Detail::honeyhive) ==
        R"({"event_id":"0a0a0a0a-0a0a-8a0a-8101-010101010101","session_id":"s","parent_id":"s","children_ids":[],)"
        R"("event_type":"tool","event_name":"step","source":"unknown","project_id":"p",)"
        R"("start_time":1700000000123,"end_time":1700000000125,"duration":2.5,)"
        R"("inputs":{"q":1},"outputs":{},"config":{},"metadata":{)" +
            std::string(lineage) +
            R"("parent_span_id":null,"has_otlp_lineage":true,"k":2},"metrics":{},)"
            R"("feedback":{},"user_properties":{},"error":"bad"})");
  }

  TEST_CASE("our own fields come on top of HoneyHive's") {
    Event event = make_span(1, 2);
    event.status = Status::error;
    event.status_description = "why";
    event.tokens_in = 3;
    event.tokens_out = 4;
    event.model = "m";
    event.span_events = "[1]";
    event.clock_odd = true;
    event.event_type_text = "sent";
    const std::string honeyhive = text(event, Detail::honeyhive);
    CHECK(text(event, Detail::full) ==
          honeyhive.substr(0, honeyhive.size() - 1) + R"(,"project":"p",)" + lineage +
              R"("parent_span_id":"0202020202020202","status":"error","status_description":"why",)"
              R"("start_ns":"1700000000123456789","end_ns":"1700000000125956789",)"
              R"("tokens_in":3,"tokens_out":4,"model":"m","span_events":[1],"links":[],)"
              R"("resource":{},"scope":"","clock_odd":true,"event_type_text":"sent"})");
  }

  TEST_CASE("a session has no parent and no lineage") {
    Event event;
    event.kind = Event::Kind::session;
    event.event_id = event.session_id = "s";
    event.event_type = "session";
    const std::string json = text(event, Detail::full);
    CHECK(json.find(R"("parent_id":null)") != std::string::npos);
    CHECK(json.find(R"("metadata":{})") != std::string::npos);
    CHECK(json.find(R"("trace_id":null,"span_id":null,"parent_span_id":null)") !=
          std::string::npos);
  }

  TEST_CASE("a session's children are found in any case of its id") {
    Event session;
    session.kind = Event::Kind::session;
    session.project = "p";
    session.event_id = session.session_id = "6BA7B810-9DAD-41D1-80B4-00C04FD430C8";
    Event root = make_span(1, 0);
    root.project = "p";
    root.session_id = "6ba7b810-9dad-41d1-80b4-00c04fd430c8";
    CHECK(Children({session, root}).of(session) == std::vector<std::string>{shown_event_id(root)});
  }

  TEST_CASE("children are those of the same answer and project") {
    Event root = make_span(1, 0);
    root.event_id = "another id of the same span";
    Event foreign = make_span(4, 1);
    foreign.project = "other";
    const std::vector<Event> events = {root, make_span(2, 1), make_span(3, 1), foreign,
                                       make_span(5, 2)};
    const Children children(events);
    CHECK(parent_event_id(events[1]) == shown_event_id(root));
    CHECK(children.of(root) == std::vector<std::string>{"0a0a0a0a-0a0a-8a0a-8202-020202020202",
                                                        "0a0a0a0a-0a0a-8a0a-8303-030303030303"});
    CHECK(children.of(events[2]).empty());
    CHECK(
        text(root, Detail::honeyhive, children)
            .find(
                R"("children_ids":["0a0a0a0a-0a0a-8a0a-8202-020202020202","0a0a0a0a-0a0a-8a0a-8303-030303030303"])") !=
        std::string::npos);
  }

  TEST_CASE("an update cannot overwrite the lineage in metadata") {
    Event event = make_span(1, 0);
    event.bucket(Bucket::metadata) = R"({"trace_id":"forged","a":1})";
    CHECK(shown_metadata(event) ==
          "{" + std::string(lineage) + R"("parent_span_id":null,"has_otlp_lineage":true,"a":1})");
  }
}
