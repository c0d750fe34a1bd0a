#include <string>
#include <thread>
#include <vector>

#include "scenario/stage.h"

namespace honeyhive::scenario {
namespace {

// The session's own event as HoneyHive's API has it.
Json session_event(const Stage& stage, const std::string& id) {
  return stage.get("/v1/events/" + id).at("event");
}

Json trace_of(const Stage& stage, const SpanContext& span) {
  return stage.get("/api/v0/traces/" + span.trace_id);
}

TEST_SUITE("sessions") {
  TEST_CASE("a session for each request, with what the program said before and after") {
    const Stage stage;
    const auto tracer = HoneyHiveTracer::init(stage.config("web"));
    std::vector<std::string> ids(4);
    std::vector<std::thread> requests;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      requests.emplace_back([&, i] {
        const auto session = tracer.with_session(
            "GET /chat", {.inputs = {{"user", i}}, .user_properties = {{"plan", "pro"}}});
        ids[i] = session.id().value();
        const auto span = tracer.trace("chat", {.event_type = EventType::chain});
        tracer.enrich_session({.outputs = {{"status_code", 200}}}, {{"request", i}});
        tracer.enrich_session({.metadata = {{"request", i + 1}}});
      });
    }
    for (auto& request : requests) request.join();
    REQUIRE(tracer.flush());
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const Json session = session_event(stage, ids[i]);
      CHECK(session.at("event_name") == "GET /chat");
      CHECK(session.at("inputs") == Json{{"user", i}});
      CHECK(session.at("outputs") == Json{{"status_code", 200}});
      CHECK(session.at("user_properties") == Json{{"plan", "pro"}});
      CHECK(session.at("metadata").at("request") == i + 1);
      const Json listed = stage.get("/api/v0/sessions/" + ids[i]);
      CHECK(listed.at("session").at("spans") == 1);
      CHECK(listed.at("session").at("name") == "GET /chat");
    }
    CHECK(tracer.stats().session_calls_sent == 1 + ids.size() * 3);
    CHECK(tracer.stats().session_calls_dropped == 0);
  }

  TEST_CASE("a session that waits is on the server when the call returns") {
    const Stage stage;
    const auto tracer = HoneyHiveTracer::init(stage.config("web"));
    const auto id = tracer.create_session({.session_id = "user-42", .wait = true});
    REQUIRE(id == "user-42");
    CHECK(session_event(stage, "user-42").at("event_type") == "session");
  }

  TEST_CASE("a trace and its session go through two processes' headers") {
    const Stage stage;
    const auto caller = HoneyHiveTracer::init(stage.config("web"));
    const auto callee = HoneyHiveTracer::init(stage.config("web"));
    SpanContext root;
    std::string session;
    std::map<std::string, std::string> headers;
    {
      const auto scope = caller.with_session("conversation");
      session = scope.id().value();
      const auto span = caller.trace("caller");
      root = span.context();
      caller.inject(headers);
    }
    std::thread([&] {
      const auto scope = callee.linked(headers);
      const auto span = callee.trace("callee");
    }).join();
    REQUIRE(caller.flush());
    REQUIRE(callee.flush());
    const Json trace = trace_of(stage, root);
    const Json& events = trace.at("events");
    REQUIRE(events.size() == 2);
    const Json called = event_named(events, "callee"), calling = event_named(events, "caller");
    CHECK(called.at("parent_id") == calling.at("event_id"));
    CHECK(called.at("session_id") == session);
    CHECK(calling.at("session_id") == session);
  }

  TEST_CASE("an evaluation's sessions and spans name their run") {
    const Stage stage;
    TracerConfig config = stage.config("eval");
    config.run_id = "run-1";
    config.dataset_id = "set-1";
    config.datapoint_id = "point-1";
    const auto tracer = HoneyHiveTracer::init(config);
    SpanContext root;
    {
      const auto span = tracer.trace("answer");
      root = span.context();
    }
    REQUIRE(tracer.flush());
    const Json metadata = session_event(stage, tracer.session_id()).at("metadata");
    CHECK(metadata.at("run_id") == "run-1");
    CHECK(metadata.at("dataset_id") == "set-1");
    CHECK(metadata.at("datapoint_id") == "point-1");
    const Json answer = event_named(trace_of(stage, root).at("events"), "answer");
    CHECK(answer.at("metadata").at("run_id") == "run-1");
  }
}

}  // namespace
}  // namespace honeyhive::scenario
