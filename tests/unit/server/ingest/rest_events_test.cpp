// Events that are posted with ids of their own.

#include <doctest/doctest.h>

#include "core/uuid.h"
#include "unit/server/ingest/api_answers.h"

using namespace honeyhive;
using namespace honeyhive::server;
using namespace honeyhive::testing;

TEST_SUITE("server/ingest/rest_events") {
  json session_events(Api & api, const std::string& session) {
    const auto response = api.post(
        "/v1/events/export",
        R"({"filters":[{"field":"session_id","operator":"is","value":")" + session + "\"}]}");
    REQUIRE(response.status == 200);
    return json::parse(response.body);
  }

  TEST_CASE("an event is created with its own id, and read with every field it was given") {
    Api api;
    const std::string event =
        R"({"event_type":"model","inputs":{"q":1},"event_id":"E","session_id":"S",)"
        R"("parent_id":"P","event_name":"ask","source":"dev","children_ids":["c1","c2"],)"
        R"("config":{"model":"m-1"},"outputs":{"a":2},"metadata":{"prompt_tokens":3,)"
        R"("completion_tokens":4},"feedback":{"f":5},"metrics":{"m":6},"user_properties":{"u":7},)"
        R"("error":"no","start_time":1700000000000,"end_time":1700000000250,"duration":250})";
    for (const auto& [path, body] :
         {std::pair{"/events", "{\"event\":" + event + "}"}, std::pair{"/v1/events", event}}) {
      const auto response = api.post(path, body);
      CHECK(response.status == 200);
      CHECK(response.body == R"({"success":true,"event_id":"E"})");
    }
    CHECK(shown(api, "E") ==
          json::parse(R"({"event_id":"E","session_id":"S","parent_id":"P",)"
                      R"("children_ids":["c1","c2"],"event_type":"model","event_name":"ask",)"
                      R"("source":"dev","project_id":"default","start_time":1700000000000,)"
                      R"("end_time":1700000000250,"duration":250.0,"inputs":{"q":1},)"
                      R"("outputs":{"a":2},"config":{"model":"m-1"},"metadata":{"prompt_tokens":3,)"
                      R"("completion_tokens":4},"metrics":{"m":6},"feedback":{"f":5},)"
                      R"("user_properties":{"u":7},"error":"no"})"));
    const auto stored = api.store().event(std::nullopt, "E");
    CHECK((*stored)->tokens_in == 3);
    CHECK((*stored)->tokens_out == 4);
    CHECK((*stored)->model == "m-1");
  }

  TEST_CASE("defaults: ids are made, the parent is the session, the time is now") {
    Api api;
    const auto response = api.post("/v1/events", R"({"event_type":"tool","inputs":{}})");
    REQUIRE(response.status == 200);
    const std::string id = json::parse(response.body)["event_id"];
    CHECK(core::Uuid::parse(id));
    const json event = shown(api, id);
    CHECK(core::Uuid::parse(event["session_id"].get<std::string>()));
    CHECK(event["parent_id"] == event["session_id"]);
    CHECK(event["event_name"] == "unknown");
    CHECK(event["source"] == "unknown");
    CHECK(event["start_time"] == now / 1'000'000);
    CHECK(event["duration"] == 0);
    CHECK(event["error"] == nullptr);
    const auto legacy = api.post("/events", R"({"event":{"event_name":"gpt-4 call"}})");
    CHECK(shown(api, json::parse(legacy.body)["event_id"])["event_type"] == "model");
  }

  TEST_CASE("what ended began its duration before, what began ends its duration after") {
    Api api;
    const auto times = [&](const std::string& members) {
      const auto response = api.post("/events", R"({"event":{)" + members + "}}");
      const json event = shown(api, json::parse(response.body)["event_id"]);
      return std::pair(event["start_time"].get<std::int64_t>(),
                       event["end_time"].get<std::int64_t>());
    };
    CHECK(times(R"("start_time":1700000000000,"duration":5)") ==
          std::pair<std::int64_t, std::int64_t>(1700000000000, 1700000000005));
    CHECK(times(R"("end_time":1700000000000,"duration":5)") ==
          std::pair<std::int64_t, std::int64_t>(1699999999995, 1700000000000));
    CHECK(times(R"("end_time":1700000000000)") ==
          std::pair<std::int64_t, std::int64_t>(1700000000000, 1700000000000));
  }

  TEST_CASE("outputs that are no object become one, and other buckets must be objects") {
    Api api;
    const auto outputs = [&](const std::string& sent) {
      const auto response = api.post("/events", R"({"event":{"outputs":)" + sent + "}}");
      return shown(api, json::parse(response.body)["event_id"])["outputs"];
    };
    CHECK(outputs("[1,2]") == json::parse(R"({"result":[1,2]})"));
    CHECK(outputs("\"text\"") == json::parse(R"({"result":"text"})"));
    CHECK(outputs("null") == json::object());
    CHECK(message(api.post("/events", R"({"event":{"metrics":[1]}})")) ==
          "event.metrics: expected an object, got [1]");
  }

  TEST_CASE("a type of another case is that type, an unknown one is kept as text, outside of v1") {
    Api api;
    api.post("/events", R"({"event":{"event_id":"a","event_type":"CHAIN"}})");
    api.post("/events", R"({"event":{"event_id":"b","event_type":"retrieval"}})");
    CHECK(shown(api, "a")["event_type"] == "chain");
    CHECK(shown(api, "b")["event_type"] == "tool");
    const auto stored = api.store().event(std::nullopt, "b");
    CHECK((*stored)->event_type_text == "retrieval");
  }

  TEST_CASE("events of a session are its children, or children of each other") {
    Api api;
    api.post("/session/start", R"({"session":{"session_id":"S","session_name":"chat"}})");
    api.post(
        "/events",
        R"({"event":{"event_id":"a","session_id":"S","event_name":"a","start_time":1700000000000}})");
    api.post("/events", R"({"event":{"event_id":"b","session_id":"S","parent_id":"a",)"
                        R"("event_name":"b","start_time":1700000000001}})");
    CHECK(shown(api, "S")["children_ids"] == json::parse(R"(["a"])"));
    CHECK(shown(api, "a")["children_ids"] == json::parse(R"(["b"])"));
    CHECK(shown(api, "b")["children_ids"] == json::array());
    const json events = session_events(api, "S");
    CHECK(events["count"] == 3);
    CHECK(events["totalEvents"] == 3);
    CHECK(events["events"][0]["event_name"] == "chat");
    CHECK(events["events"][1]["event_name"] == "a");
    CHECK(events["events"][2]["parent_id"] == "a");
    const auto session = json::parse(api.get("/api/v0/sessions/S").body);
    CHECK(session["session"]["spans"] == 2);
    CHECK(session["events"].size() == 3);
    const json all = json::parse(api.post("/v1/events/export", "{}").body);
    CHECK(all["totalEvents"] == 3);
  }

  TEST_CASE("an event that names itself as parent has none") {
    Api api;
    api.post("/events", R"({"event":{"event_id":"a","parent_id":"a","session_id":"S"}})");
    api.post("/events", R"({"event":{"event_id":"T","session_id":"T"}})");
    CHECK(shown(api, "a")["parent_id"] == nullptr);
    CHECK(shown(api, "T")["parent_id"] == nullptr);
  }

  TEST_CASE("the same id posted again is one event, and a success") {
    Api api;
    for (const char* name : {"first", "second"}) {
      const auto response = api.post("/events", R"({"event":{"event_id":"e","session_id":"S",)"
                                                R"("event_name":")" +
                                                    std::string(name) + "\"}}");
      CHECK(response.body == R"({"success":true,"event_id":"e"})");
    }
    CHECK(shown(api, "e")["event_name"] == "first");
    CHECK(session_events(api, "S")["count"] == 2);  // with the session
  }

  TEST_CASE("an event of type session that is its own session is that session's start") {
    Api api;
    api.post("/v1/events", R"({"event_type":"session","inputs":{"q":1},"session_id":"S",)"
                           R"("event_name":"chat","metadata":{"a":1}})");
    api.post("/session/start", R"({"session":{"session_id":"S","metadata":{"b":2}}})");
    const json event = shown(api, "S");
    CHECK(event["event_type"] == "session");
    CHECK(event["event_name"] == "chat");
    CHECK(event["inputs"] == json::parse(R"({"q":1})"));
    CHECK(event["metadata"]["a"] == 1);
    CHECK(event["metadata"]["b"] == 2);
    CHECK(session_events(api, "S")["count"] == 1);
  }

  TEST_CASE("updates apply to posted events by both forms, also when they came first") {
    Api api;
    CHECK(api.put("/events", R"({"event_id":"e","metadata":{"early":1}})").status == 200);
    api.post("/events", R"({"event":{"event_id":"e","session_id":"S","outputs":{"old":1},)"
                        R"("start_time":1700000000000,"metadata":{"own":1}}})");
    CHECK(api.put("/events", R"({"event_id":"e","metrics":{"score":1},"duration":250})").status ==
          200);
    const auto response =
        api.put("/v1/events/e", R"({"outputs":{"new":1},"children_ids":["c"],"unknown":true})");
    CHECK(response.status == 200);
    CHECK(response.body == R"({"success":true})");
    CHECK(api.put("/v1/events/e", R"({"outputs":null,"children_ids":[]})").status == 200);
    const json event = shown(api, "e");
    CHECK(event["metadata"] == json::parse(R"({"own":1,"early":1})"));
    CHECK(event["metrics"] == json::parse(R"({"score":1})"));
    CHECK(event["outputs"] == json::parse(R"({"new":1})"));
    CHECK(event["children_ids"] == json::parse(R"(["c"])"));
    CHECK(event["duration"] == 250);
    CHECK(message(api.put("/v1/events/e", R"({"outputs":[1]})")) ==
          "body.outputs: expected an object, got [1]");
    CHECK(message(api.put("/v1/events/" + std::string(257, 'x'), "{}")) ==
          "event_id: expected at most 256 bytes, got 257");
  }

  TEST_CASE("v1 names the field that is missing, of another type, or unknown") {
    Api api;
    const auto v1 = [&](const std::string& body) { return message(api.post("/v1/events", body)); };
    CHECK(v1(R"({"inputs":{}})") ==
          "body.event_type: expected model, tool, chain or session, got nothing");
    CHECK(v1(R"({"event_type":"Tool","inputs":{}})") ==
          "body.event_type: expected model, tool, chain or session, got \"Tool\"");
    CHECK(v1(R"({"event_type":"tool"})") == "body.inputs: expected an object, got nothing");
    CHECK(v1(R"({"event_type":"tool","inputs":[]})") == "body.inputs: expected an object, got []");
    CHECK(
        v1(R"({"event_type":"tool","inputs":{},"project":"p"})")
            .starts_with("body.project: there is no such field here, got \"p\"; leave it out. The "
                         "fields are event_type, inputs, event_id, "));
    CHECK(v1(R"({"event_type":"tool","inputs":{},"start_time":"now"})") ==
          "body.start_time: expected milliseconds since 1970, got \"now\"");
    CHECK(v1(R"({"event_type":"tool","inputs":{},"duration":-1})") ==
          "body.duration: expected milliseconds, got -1");
    CHECK(v1(R"({"event_type":"tool","inputs":{},"error":{}})") ==
          "body.error: expected a string, got {}");
    CHECK(v1(R"({"event_type":"tool","inputs":{},"children_ids":["a",1]})") ==
          "body.children_ids: expected an array of strings of at most 256 bytes, got [\"a\",1]");
    CHECK(message(api.post("/events", "{}")) == "body.event: expected an object, got nothing");
    CHECK(message(api.post("/events", R"({"event":5})")).starts_with("event: not a JSON object"));
  }

  TEST_CASE("events without a project go where their session is, else to the default one") {
    Api api;
    api.post("/session/start", R"({"session":{"session_id":"S","project":"p"}})");
    api.post("/v1/events", R"({"event_type":"tool","inputs":{},"event_id":"a","session_id":"S"})");
    api.post("/v1/events", R"({"event_type":"tool","inputs":{},"event_id":"b","session_id":"T"})");
    api.post("/v1/events", R"({"event_type":"tool","inputs":{},"event_id":"c","session_id":"S",)"
                           R"("project_id":"q"})");
    api.post("/events", R"({"event":{"event_id":"d","session_id":"S","project":"q"}})");
    CHECK(shown(api, "a")["project_id"] == "p");
    CHECK(shown(api, "b")["project_id"] == "default");
    CHECK(shown(api, "c")["project_id"] == "q");
    CHECK(shown(api, "d")["project_id"] == "q");
    CHECK(message(api.post("/events", R"({"event":{"project":"a\u0007"}})"))
              .starts_with("event.project: expected a name without control characters"));
  }

  TEST_CASE("one id in two projects is two events, and a project is shown its own only") {
    Api api;
    for (const char* project : {"p", "q"}) {
      api.post("/events", R"({"event":{"event_id":"e","session_id":"S","event_name":")" +
                              std::string(project) + R"(","project":")" + project + "\"}}");
    }
    for (const char* project : {"p", "q"}) {
      CAPTURE(project);
      const json events = json::parse(
          api.post("/v1/events/export", R"({"project":")" + std::string(project) +
                                            R"(","filters":[{"field":"event_id","operator":"is",)"
                                            R"("value":"e"}]})")
              .body);
      REQUIRE(events["count"] == 1);
      CHECK(events["events"][0]["event_name"] == project);
    }
    CHECK(api.put("/events", R"({"event_id":"e","project":"q","metadata":{"u":1}})").status == 200);
    CHECK((*api.store().event("p", "e"))->bucket(Bucket::metadata).empty());
    CHECK((*api.store().event("q", "e"))->bucket(Bucket::metadata) == R"({"u":1})");
  }

  TEST_CASE("filters find posted events by type, bucket and parent") {
    Api api;
    api.post("/events", R"({"event":{"event_id":"e","session_id":"S","event_type":"chain",)"
                        R"("metadata":{"cost":0.5}}})");
    const auto count = [&](const std::string& filter) {
      return json::parse(
                 api.post("/v1/events/export", R"({"filters":[)" + filter + "]}").body)["count"]
          .get<int>();
    };
    CHECK(count(R"({"field":"event_type","operator":"is","value":"chain","type":"string"})") == 1);
    CHECK(count(R"({"field":"metadata.cost","operator":"greater than","value":0.4,)"
                R"("type":"number"})") == 1);
    CHECK(count(R"({"field":"parent_id","operator":"is","value":"S","type":"string"})") == 1);
    CHECK(count(R"({"field":"event_type","operator":"is","value":"model","type":"string"})") == 0);
  }

  TEST_CASE("they are heard in the live tail") {
    Api api;
    const auto stream = api.hub.subscribe("", "");
    REQUIRE(stream != nullptr);
    api.post("/events", R"({"event":{"event_id":"e","session_id":"S","event_name":"posted"}})");
    CHECK(stream->take().find(R"("event_name":"posted")") != std::string::npos);
  }
}
