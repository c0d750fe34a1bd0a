// Many events in one request, and events of models in their older form.

#include <doctest/doctest.h>

#include "core/uuid.h"
#include "unit/server/ingest/api_answers.h"

using namespace honeyhive;
using namespace honeyhive::server;
using namespace honeyhive::testing;
using namespace std::chrono_literals;

TEST_SUITE("server/ingest/rest_batch") {
  TEST_CASE("a batch answers the ids in order, each event in a session of its own") {
    Api api;
    for (const char* path : {"/events/batch", "/v1/events/batch"}) {
      CAPTURE(path);
      const json answer = success(
          api.post(path, R"({"events":[{"event_id":"b","event_type":"tool","inputs":{}},)"
                         R"({"event_type":"tool","inputs":{}},)"
                         R"({"event_id":"a","event_type":"tool","inputs":{},"session_id":"S"}]})"));
      CHECK(answer["success"] == true);
      REQUIRE(answer["event_ids"].size() == 3);
      CHECK(answer["event_ids"][0] == "b");
      CHECK(core::Uuid::parse(answer["event_ids"][1].get<std::string>()));
      CHECK(answer["event_ids"][2] == "a");
      CHECK_FALSE(answer.contains("session_id"));
      CHECK(shown(api, "a")["session_id"] == "S");
      CHECK(shown(api, "b")["session_id"] != shown(api, answer["event_ids"][1])["session_id"]);
    }
    CHECK(success(api.post("/events/batch", R"({"events":[]})"))["event_ids"].empty());
  }

  TEST_CASE("a single session has its properties, under both names in the older form") {
    Api api;
    const std::string events = R"("events":[{"event_type":"tool","inputs":{},"event_name":"one"},)"
                               R"({"event_type":"tool","inputs":{},"session_id":"named"}])";
    const std::string properties =
        R"({"session_name":"job","user_properties":{"u":1},"metadata":{"m":2},)"
        R"("start_time":1700000000000})";
    for (const auto& [path, body] :
         {std::pair{"/events/batch",
                    R"({"is_single_session":true,"session":)" + properties + "," + events + "}"},
          std::pair{"/events/batch", R"({"single_session":true,"session_properties":)" +
                                         properties + "," + events + "}"},
          std::pair{"/v1/events/batch", R"({"single_session":true,"session_properties":)" +
                                            properties + "," + events + "}"}}) {
      Api fresh;
      const json answer = success(fresh.post(path, body));
      CHECK(answer["session_id"] == "named");
      const json session = shown(fresh, "named");
      CHECK(session["event_name"] == "job");
      CHECK(session["user_properties"] == json::parse(R"({"u":1})"));
      CHECK(session["metadata"]["m"] == 2);
      CHECK(session["start_time"] == 1700000000000);
      CHECK(session["children_ids"] == answer["event_ids"]);
    }
    const json unnamed = success(
        api.post("/events/batch",
                 R"({"single_session":true,"events":[{"event_id":"x"},{"event_id":"y"}]})"));
    CHECK(core::Uuid::parse(unnamed["session_id"].get<std::string>()));
    CHECK(shown(api, "x")["session_id"] == unnamed["session_id"]);
    CHECK(shown(api, "y")["parent_id"] == unnamed["session_id"]);
  }

  TEST_CASE("a session among the events of a single session is what the properties merge into") {
    Api api;
    const json answer = success(api.post(
        "/events/batch",
        R"({"single_session":true,"session_properties":{"session_name":"job","metadata":{"m":2}},)"
        R"("events":[{"event_type":"session","event_name":"own","inputs":{"q":1}},)"
        R"({"event_name":"one"}]})"));
    const json session = shown(api, answer["session_id"]);
    CHECK(answer["event_ids"][0] == answer["session_id"]);
    CHECK(session["event_name"] == "own");
    CHECK(session["inputs"] == json::parse(R"({"q":1})"));
    CHECK(session["metadata"]["m"] == 2);
  }

  TEST_CASE("a batch is stored as a whole or not at all, and the bad event is named") {
    Api api;
    CHECK(message(api.post("/v1/events/batch",
                           R"({"events":[{"event_id":"a","event_type":"tool","inputs":{}},)"
                           R"({"event_type":"tool"}]})")) ==
          "events[1].inputs: expected an object, got nothing");
    CHECK(api.get("/v1/events/a").status == 404);
    CHECK(message(api.post("/events/batch", "{}")) ==
          "body.events: expected an array of events, got nothing");
    CHECK(message(api.post("/events/batch", R"({"events":{}})")) ==
          "body.events: expected an array, got {}");
    CHECK(message(api.post("/events/batch", R"({"events":[5]})"))
              .starts_with("events[0]: not a JSON object"));
    CHECK(message(api.post("/events/batch", R"({"events":[],"single_session":1})")) ==
          "body.single_session: expected true or false, got 1");
    CHECK(message(api.post("/v1/events/batch", R"({"events":[],"is_single_session":true})"))
              .starts_with("body.is_single_session: there is no such field here"));
    CHECK(message(api.post("/v1/events/batch", R"({"events":[],"session":{}})"))
              .starts_with("body.session: there is no such field here"));
    CHECK(
        message(api.post("/v1/events/batch", R"({"events":[],"session_properties":{"session":1}})"))
            .starts_with("session_properties.session: there is no such field here"));
  }

  TEST_CASE("more events than one request may have are refused") {
    Api api;
    std::string body = R"({"events":[{})";
    for (std::size_t i = 0; i < core::limits::items_per_request; ++i) body += ",{}";
    CHECK(message(api.post("/events/batch", body + "]}"), 413) ==
          "body.events: 65537 events are above 65536; send fewer at once");
  }

  TEST_CASE("events are added to the session of the path, whatever session they name") {
    Api api;
    const std::string events =
        R"([{"event_id":"a","session_id":"T","event_type":"tool","inputs":{}},)"
        R"({"event_id":"b","event_type":"tool","inputs":{},"parent_id":"a"}])";
    for (const auto& [path, body] :
         {std::pair{"/session/S/traces", R"({"logs":)" + events + "}"},
          std::pair{"/session/S/traces", R"({"events":)" + events + "}"},
          std::pair{"/v1/sessions/S/events/batch", R"({"events":)" + events + "}"}}) {
      Api fresh;
      CHECK(fresh.post(path, body).body == R"({"success":true})");
      CHECK(shown(fresh, "a")["session_id"] == "S");
      CHECK(shown(fresh, "a")["parent_id"] == "S");
      CHECK(shown(fresh, "b")["parent_id"] == "a");
    }
    CHECK(message(api.post("/session/S/traces", "{}")) ==
          "body.events: expected `events` or `logs`, got nothing");
    CHECK(message(api.post("/session/S/traces", R"({"logs":[],"events":[]})")) ==
          "body.events: expected no `events` beside `logs`, got []");
    CHECK(message(api.post("/v1/sessions/S/events/batch", R"({"logs":[]})"))
              .starts_with("body.logs: there is no such field here"));
    CHECK(message(api.post("/v1/sessions/" + std::string(257, 's') + "/events/batch",
                           R"({"events":[]})")) ==
          "session_id: expected at most 256 bytes, got 257");
  }

  TEST_CASE("a session's start in v1 is bare, merges, and refuses unknown fields") {
    Api api;
    const json first = success(api.post(
        "/v1/sessions", R"({"session_id":"user-42","session_name":"chat","metadata":{"a":1},)"
                        R"("children_ids":["c"],"start_time":"soon"})"));
    CHECK(first["session_id"] == "user-42");
    CHECK(first["children_ids"] == json::parse(R"(["c"])"));
    CHECK(first["start_time"] == now / 1'000'000);
    for (const char* id : {"org_id", "workspace_id", "project_id"}) CHECK(first[id].is_string());
    success(api.post("/v1/sessions", R"({"session_id":"user-42","metadata":{"b":2}})"));
    const json session = shown(api, "user-42");
    CHECK(session["event_name"] == "chat");
    CHECK(session["metadata"]["a"] == 1);
    CHECK(session["metadata"]["b"] == 2);
    CHECK(session["children_ids"] == json::parse(R"(["c"])"));
    CHECK(
        message(api.post("/v1/sessions", R"({"project":"p"})"))
            .starts_with("body.project: there is no such field here, got \"p\"; leave it out. The "
                         "fields are session_id, session_name, "));
    CHECK(message(api.post("/v1/sessions", R"({"session":{}})"))
              .starts_with("body.session: there is no such field here"));
  }

  TEST_CASE("a model's fields go to the buckets in which others look for them") {
    Api api;
    const std::string model =
        R"({"event_id":"m","model_name":"gpt-x","model_version":"v2","provider":"openai",)"
        R"("messages":[{"role":"user","content":"hi"}],"response":{"role":"assistant"},)"
        R"("usage":{"prompt_tokens":10,"completion_tokens":20,"total_tokens":30},"cost":0.5,)"
        R"("hyperparameters":{"temperature":0},"template":[{"role":"system"}],)"
        R"("template_inputs":{"name":"world"},"tools":[{}],"tool_choice":"none",)"
        R"("response_format":{"type":"text"},"config":{"provider":"mine"},"event_type":"tool"})";
    CHECK(success(api.post("/events/model", R"({"model_event":)" + model + "}")) ==
          json::parse(R"({"success":true,"event_id":"m"})"));
    const json event = shown(api, "m");
    CHECK(event["event_type"] == "model");
    CHECK(event["config"] ==
          json::parse(R"({"model":"gpt-x","version":"v2","provider":"mine",)"
                      R"("hyperparameters":{"temperature":0},"template":[{"role":"system"}],)"
                      R"("tools":[{}],"tool_choice":"none","response_format":{"type":"text"}})"));
    CHECK(event["inputs"] ==
          json::parse(R"({"chat_history":[{"role":"user","content":"hi"}],"name":"world"})"));
    CHECK(event["outputs"] == json::parse(R"({"role":"assistant"})"));
    CHECK(event["metadata"] == json::parse(R"({"cost":0.5,"prompt_tokens":10,)"
                                           R"("completion_tokens":20,"total_tokens":30})"));
    const auto stored = api.store().event(std::nullopt, "m");
    CHECK((*stored)->model == "gpt-x");
    CHECK((*stored)->tokens_in == 10);
    CHECK((*stored)->tokens_out == 20);
    const json batch = success(api.post(
        "/events/model/batch",
        R"({"single_session":true,"model_events":[{"model":"old","response":"text"},{}]})"));
    CHECK(batch["event_ids"].size() == 2);
    const json older = shown(api, batch["event_ids"][0]);
    CHECK(older["config"] == json::parse(R"({"model":"old"})"));
    CHECK(older["outputs"] == json::parse(R"({"result":"text"})"));
    CHECK(older["session_id"] == batch["session_id"]);
    CHECK(message(api.post("/events/model", R"({"model_event":{"messages":"hi"}})")) ==
          "model_event.messages: expected an array, got \"hi\"");
  }

  TEST_CASE("success waits for the disk, a full queue is 429, a failed disk 503, on every path") {
    HeldStore store;
    Api api(store);
    const std::string event = R"({"event_type":"tool","inputs":{}})";
    for (const Call& call :
         {Call{"POST", "/v1/sessions", "{}"}, Call{"POST", "/events", R"({"event":{}})"},
          Call{"POST", "/v1/events", event}, Call{"POST", "/events/model", R"({"model_event":{}})"},
          Call{"POST", "/events/batch", R"({"events":[{},{}]})"},
          Call{"POST", "/v1/events/batch", R"({"events":[)" + event + "]}"},
          Call{"POST", "/events/model/batch", R"({"model_events":[{}]})"},
          Call{"POST", "/session/S/traces", R"({"logs":[{}]})"},
          Call{"POST", "/v1/sessions/S/events/batch", R"({"events":[)" + event + "]}"},
          Call{"PUT", "/v1/events/e", "{}"}}) {
      CAPTURE(call.target);
      auto answer = api.begin(call);
      CHECK(answer.wait_for(0s) == std::future_status::timeout);
      store.done({});
      CHECK(answer.get().status == 200);
      auto failed = api.begin(call);
      store.done(core::Error{core::Error::Code::unavailable, "disk"});
      CHECK(failed.get().status == 503);
      store.is_full = true;
      CHECK(api.call(call).status == 429);
      store.is_full = false;
    }
  }

  TEST_CASE("hostile JSON is refused or has a defined effect, on every path") {
    Api api;
    std::string deep;
    for (int i = 0; i < 100'000; ++i) deep += "[";
    const std::pair<const char*, const char*> forms[] = {
        {"/session/start", R"({"session":{"inputs":{"x":$}}})"},
        {"/v1/sessions", R"({"inputs":{"x":$}})"},
        {"/events", R"({"event":{"inputs":{"x":$}}})"},
        {"/v1/events", R"({"event_type":"tool","inputs":{"x":$}})"},
        {"/events/model", R"({"model_event":{"inputs":{"x":$}}})"},
        {"/events/batch", R"({"events":[{"inputs":{"x":$}}]})"},
        {"/v1/events/batch", R"({"events":[{"event_type":"tool","inputs":{"x":$}}]})"},
        {"/events/model/batch", R"({"model_events":[{"messages":[$]}]})"},
        {"/session/S/traces", R"({"logs":[{"inputs":{"x":$}}]})"},
        {"/v1/sessions/S/events/batch", R"({"events":[{"event_type":"tool","inputs":{"x":$}}]})"}};
    for (const auto& entry : forms) {
      const std::string path = entry.first;
      CAPTURE(path);
      const auto send = [&, form = std::string(entry.second)](const std::string& value) {
        std::string body = form;
        return api.post(path, body.replace(body.find('$'), 1, value)).status;
      };
      CHECK(send("1") == 200);
      CHECK(send(deep) == 400);
      CHECK(send(deep + std::string(100'000, ']')) == 400);
      CHECK(send("1e999") == 200);        // no double holds it: null
      CHECK(send("\"\\ud800\"") == 200);  // half of a pair: U+FFFD
      CHECK(send("\"\xff\"") == 200);     // no UTF-8: U+FFFD
      CHECK(send("1}") == 400);
      CHECK(send("nan") == 400);
    }
    api.post("/events", R"({"event":{"event_id":"x","inputs":{"n":1e999,"s":"\udc00","s2":")"
                        "\xff"
                        R"("},"event_name":"a","event_name":"b","metadata":{"k":1,"k":2}}})");
    const json event = shown(api, "x");
    CHECK(event["inputs"] == json::parse(R"({"n":null,"s":"\ufffd","s2":"\ufffd"})"));
    CHECK(event["event_name"] == "b");
    CHECK(event["metadata"] == json::parse(R"({"k":2})"));
    CHECK(api.put("/v1/events/x", R"({"duration":1e999})").status == 400);
    CHECK(api.put("/v1/events/x", "{\"metadata\":" + deep).status == 400);
  }
}
