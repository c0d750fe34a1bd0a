#include "server/query/session_totals.h"

#include <doctest/doctest.h>

#include "unit/server/ingest/api_fixture.h"

using namespace honeyhive;
using namespace honeyhive::server;
using namespace honeyhive::testing;

TEST_SUITE("server/query/session_totals") {
  Event make(Event::Kind kind, const std::string& project = "p") {
    Event event;
    event.kind = kind;
    event.project = project;
    event.event_type = kind == Event::Kind::session ? "session" : "tool";
    return event;
  }

  TEST_CASE("a session without spans has counts, and nothing that nobody said") {
    std::vector<Event> events = {make(Event::Kind::session)};
    add_session_totals(events);
    CHECK(events[0].bucket(Bucket::metadata) ==
          R"({"num_events":0,"num_model_events":0,"has_feedback":false})");
  }

  TEST_CASE("spans are counted and summed, in each project apart") {
    Event model = make(Event::Kind::span);
    model.event_type = "model";
    model.tokens_in = 3;
    model.tokens_out = 4;
    model.bucket(Bucket::metadata) = R"({"cost":0.5,"x":1})";
    Event rated = make(Event::Kind::span);
    rated.bucket(Bucket::feedback) = R"({"rating":5})";
    rated.bucket(Bucket::metadata) = R"({"cost":0.25})";
    std::vector<Event> events = {make(Event::Kind::session), make(Event::Kind::session, "q"), model,
                                 rated, make(Event::Kind::span, "q")};
    add_session_totals(events);
    CHECK(events[0].bucket(Bucket::metadata) ==
          R"({"num_events":2,"num_model_events":1,"has_feedback":true,"cost":0.75,)"
          R"("prompt_tokens":3,"completion_tokens":4,"total_tokens":7})");
    CHECK(events[1].bucket(Bucket::metadata) ==
          R"({"num_events":1,"num_model_events":0,"has_feedback":false})");
    CHECK(events[2].bucket(Bucket::metadata) == model.bucket(Bucket::metadata));
    Event apart = make(Event::Kind::session);
    add_session_totals(apart, events);
    CHECK(apart.bucket(Bucket::metadata) == events[0].bucket(Bucket::metadata));
  }

  TEST_CASE("what the session says itself stays, also its feedback") {
    Event session = make(Event::Kind::session);
    session.bucket(Bucket::metadata) = R"({"cost":9,"run_id":"r"})";
    session.bucket(Bucket::feedback) = R"({"ok":true})";
    Event span = make(Event::Kind::span);
    span.bucket(Bucket::metadata) = R"({"cost":1.5})";
    add_session_totals(session, {span});
    CHECK(session.bucket(Bucket::metadata) ==
          R"({"num_events":1,"num_model_events":0,"has_feedback":true,"cost":9,"run_id":"r"})");
  }

  TEST_CASE("a cost that is no number is none") {
    for (const char* cost : {R"("much")", "null", "[1]", "1e999", "{\"cost\":3}"}) {
      CAPTURE(cost);
      Event session = make(Event::Kind::session);
      Event span = make(Event::Kind::span);
      span.bucket(Bucket::metadata) = std::string(R"({"cost":)") + cost + "}";
      add_session_totals(session, {span});
      CHECK(session.bucket(Bucket::metadata).find("cost") == std::string::npos);
    }
  }

  TEST_CASE("every way to read a session with its spans shows them") {
    Api api;
    api.post_traces(encode_request({{.attributes = {{"honeyhive.session_id", any("s")},
                                                    {"gen_ai.operation.name", any("chat")},
                                                    {"llm.cost.total", any(0.5)}}}}));
    const std::string shown =
        R"("metadata":{"num_events":1,"num_model_events":1,"has_feedback":false,"cost":0.5})";
    const auto exported = api.post(
        "/v1/events/export", R"({"filters":[{"field":"session_id","operator":"is","value":"s"}]})");
    CHECK(exported.body.find(shown) != std::string::npos);
    CHECK(api.get("/v1/events/s").body.find(shown) != std::string::npos);
    CHECK(api.get("/api/v0/sessions/s").body.find(shown) != std::string::npos);
  }
}
