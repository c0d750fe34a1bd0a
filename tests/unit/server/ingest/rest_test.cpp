#include "server/ingest/rest.h"

#include <doctest/doctest.h>

#include <random>

#include "core/uuid.h"
#include "unit/server/ingest/api_fixture.h"

using namespace honeyhive;
using namespace honeyhive::server;
using namespace honeyhive::testing;
using namespace std::chrono_literals;

TEST_SUITE("server/ingest/rest") {
  Event stored(Api & api, std::string_view id) {
    auto event = api.store().event(std::nullopt, id);
    REQUIRE(event);
    REQUIRE(event->has_value());
    return **std::move(event);
  }

  TEST_CASE("a session start answers the whole session, with the five ids clients insist on") {
    Api api;
    const auto response = api.post(
        "/session/start",
        R"({"session":{"project":"p","session_id":"6ba7b810-9dad-41d1-80b4-00c04fd430c8",)"
        R"("session_name":"demo","source":"dev","start_time":1700000000123,"duration":1.5,)"
        R"("inputs":{"q":"why"},"metadata":{"run_id":"r"},"user_properties":{"plan":"pro"}}})");
    CHECK(response.status == 200);
    CHECK(response.body ==
          R"({"event_id":"6ba7b810-9dad-41d1-80b4-00c04fd430c8",)"
          R"("session_id":"6ba7b810-9dad-41d1-80b4-00c04fd430c8","org_id":"local",)"
          R"("workspace_id":"local","project_id":"p","parent_id":null,"children_ids":[],)"
          R"("event_type":"session","event_name":"demo","session_name":"demo","source":"dev",)"
          R"("start_time":1700000000123,"end_time":1700000000124,"duration":1.5,)"
          R"("inputs":{"q":"why"},"outputs":{},"config":{},"metadata":{"run_id":"r"},)"
          R"("metrics":{},"feedback":{},"user_properties":{"plan":"pro"},"error":null})");
    const Event event = stored(api, "6ba7b810-9dad-41d1-80b4-00c04fd430c8");
    CHECK(event.kind == Event::Kind::session);
    CHECK(event.project == "p");
    CHECK(event.session_name == "demo");
  }

  TEST_CASE("everything is optional: a new version 4 id, now, unknown") {
    Api api;
    const auto response = api.post("/session/start", R"({"session":{}})");
    CHECK(response.status == 200);
    const std::size_t at = std::string_view(R"({"event_id":")").size();
    const auto id = core::Uuid::parse(std::string_view(response.body).substr(at, 36));
    REQUIRE(id);
    CHECK((id->bytes[6] & 0xf0) == 0x40);
    const Event event = stored(api, id->text());
    CHECK(event.project == "default");
    CHECK(event.event_name == "unknown");
    CHECK(event.source == "unknown");
    CHECK(event.start_ns == now);
    CHECK(event.end_ns == now);
  }

  TEST_CASE("ids that are no UUID are kept, and a start time that is no number is now") {
    Api api;
    const auto response = api.post(
        "/session/start", R"({"session":{"session_id":"user-42-chat","start_time":"yesterday"}})");
    CHECK(response.body.starts_with(R"({"event_id":"user-42-chat","session_id":"user-42-chat")"));
    CHECK(stored(api, "user-42-chat").start_ns == now);
  }

  TEST_CASE("a second start of a session merges metadata and user properties") {
    Api api;
    api.post("/session/start",
             R"({"session":{"session_id":"s","session_name":"first","metadata":{"a":1,"b":1},)"
             R"("inputs":{"q":1}}})");
    api.post("/session/start",
             R"({"session":{"session_id":"s","metadata":{"b":2},"user_properties":{"u":3}}})");
    const Event session = stored(api, "s");
    CHECK(session.session_name == "first");
    CHECK(session.bucket(Bucket::inputs) == R"({"q":1})");
    CHECK(session.bucket(Bucket::metadata) == R"({"a":1,"b":2})");
    CHECK(session.bucket(Bucket::user_properties) == R"({"u":3})");
  }

  TEST_CASE("a session start shows nothing of what is stored: it needs no token") {
    Api api;
    api.post("/session/start",
             R"({"session":{"project":"p","session_id":"s","inputs":{"q":"SECRET"},)"
             R"("user_properties":{"mail":"SECRET"}}})");
    api.post_traces(encode_request({{.name = "SECRET",
                                     .attributes = {{"honeyhive.project", any("p")},
                                                    {"honeyhive_event_id", any("order-4711")},
                                                    {"honeyhive_inputs.prompt", any("SECRET")}}}}));
    for (const char* id : {"s", "order-4711", "0a0a0a0a-0a0a-8a0a-8101-010101010101"}) {
      CAPTURE(id);
      const auto response = api.post(
          "/session/start", R"({"session":{"project":"p","metadata":{"a":1},"session_id":")" +
                                std::string(id) + "\"}}");
      CHECK(response.status == 200);
      CHECK(response.body.starts_with(R"({"event_id":")" + std::string(id)));
      CHECK(response.body.find(R"("metadata":{"a":1})") != std::string::npos);
      CHECK(response.body.find("SECRET") == std::string::npos);
    }
  }

  TEST_CASE("an update merges its buckets, replaces outputs, and finds the event's project") {
    Api api;
    api.post("/session/start",
             R"({"session":{"session_id":"s","project":"p","metadata":{"a":1},"outputs":{"x":1},)"
             R"("start_time":1000}})");
    const auto response =
        api.put("/events", R"({"event_id":"s","metadata":{"b":2},"metrics":{"cost":0.1},)"
                           R"("outputs":{"y":2},"feedback":null,"duration":250})");
    CHECK(response.status == 200);
    CHECK(response.body == R"({"success":true})");
    const Event event = stored(api, "s");
    CHECK(event.project == "p");
    CHECK(event.bucket(Bucket::metadata) == R"({"a":1,"b":2})");
    CHECK(event.bucket(Bucket::metrics) == R"({"cost":0.1})");
    CHECK(event.bucket(Bucket::outputs) == R"({"y":2})");
    CHECK(event.end_ns - event.start_ns == 250'000'000);
  }

  TEST_CASE("outputs are replaced by an empty object too, and kept by null") {
    Api api;
    api.post("/session/start", R"({"session":{"session_id":"s","outputs":{"old":1}}})");
    CHECK(api.put("/events", R"({"event_id":"s","outputs":null})").status == 200);
    CHECK(stored(api, "s").bucket(Bucket::outputs) == R"({"old":1})");
    CHECK(api.put("/events", R"({"event_id":"s","outputs":{}})").status == 200);
    CHECK(stored(api, "s").bucket(Bucket::outputs) == "{}");
  }

  TEST_CASE("a span is updated by its event id") {
    Api api;
    api.post_traces(encode_request({SpanFields{}}));
    const std::string id = "0a0a0a0a-0a0a-8a0a-8101-010101010101";
    CHECK(api.put("/events", R"({"event_id":")" + id + R"(","feedback":{"rating":5}})").status ==
          200);
    CHECK(stored(api, id).bucket(Bucket::feedback) == R"({"rating":5})");
  }

  TEST_CASE("a session that only its spans name is an event like any other") {
    Api api;
    api.post_traces(encode_request({{.attributes = {{"honeyhive.project", any("pp")},
                                                    {"honeyhive.session_id", any("auto")},
                                                    {"honeyhive.session_name", any("chat")}}}}));
    CHECK(api.put("/events", R"({"event_id":"auto","metadata":{"k":1}})").status == 200);
    Event event = stored(api, "auto");
    CHECK(event.kind == Event::Kind::session);
    CHECK(event.project == "pp");
    CHECK(event.event_name == "chat");
    CHECK(event.start_ns == 1'700'000'000'000'000'000);
    CHECK(event.bucket(Bucket::metadata) == R"({"k":1})");
    const std::string body = api.get("/v1/events/auto").body;
    CHECK(body.find(R"("event_type":"session","event_name":"chat")") != std::string::npos);
    CHECK(body.find(R"("children_ids":["0a0a0a0a-0a0a-8a0a-8101-010101010101"])") !=
          std::string::npos);
    api.post("/session/start",
             R"({"session":{"session_id":"auto","project":"pp","metadata":{"run_id":"r"}}})");
    event = stored(api, "auto");
    CHECK(event.event_name == "unknown");  // as it was started
    CHECK(event.bucket(Bucket::metadata) == R"({"run_id":"r","k":1})");
  }

  TEST_CASE("an update whose event cannot be looked up is refused, not stored elsewhere") {
    class FailingStore final : public HeldStore {
     public:
      core::Error error;
      core::Result<std::optional<Event>> event(std::optional<std::string_view>,
                                               std::string_view) override {
        return error;
      }
    };
    using Code = core::Error::Code;
    FailingStore store;
    Api api(store);
    for (const auto& failure :
         {std::pair{Code::limit_exceeded, 413}, {Code::unavailable, 503}, {Code::internal, 500}}) {
      CAPTURE(failure.second);
      store.error = {failure.first, "the lookup failed"};
      auto answer = api.begin({"PUT", "/events", R"({"event_id":"e","metadata":{"a":1}})"});
      REQUIRE(answer.wait_for(0s) == std::future_status::ready);
      CHECK(answer.get().status == failure.second);
      CHECK(store.events.empty());
    }
    auto named = api.begin({"PUT", "/events", R"({"event_id":"e","project":"p"})"});
    REQUIRE(store.events.size() == 1);  // needs no lookup
    CHECK(store.events[0].project == "p");
    store.done({});
    CHECK(named.get().status == 200);
  }

  TEST_CASE("starts and updates that are sent again with their record id are applied once") {
    Api api;
    const std::string instance = "00112233445566778899aabbccddeeff";
    const auto send = [&](const Call& call, const std::string& sequence) {
      Call numbered = call;
      numbered.headers = {{"hh-record-id", instance + "-" + sequence}};
      return api.call(numbered).status;
    };
    const auto start = [&](const std::string& metadata, const std::string& sequence) {
      return send({"POST", "/session/start",
                   R"({"session":{"session_id":"s","metadata":)" + metadata + "}}"},
                  sequence);
    };
    const auto update = [&](const std::string& path, const std::string& sequence, int value) {
      return send(
          {"PUT", path, R"({"event_id":"s","metrics":{"m":)" + std::to_string(value) + "}}"},
          sequence);
    };
    CHECK(start(R"({"a":1})", "0") == 200);
    CHECK(start(R"({"a":2})", "0") == 200);
    CHECK(update("/events", "1", 1) == 200);
    CHECK(update("/v1/events/s", "2", 2) == 200);
    CHECK(update("/events", "1", 3) == 200);
    CHECK(stored(api, "s").bucket(Bucket::metadata) == R"({"a":1})");
    CHECK(stored(api, "s").bucket(Bucket::metrics) == R"({"m":2})");
    CHECK(start("{}", std::string(256, '7')) == 400);
    CHECK(update("/events", std::string(256, '7'), 1) == 400);
    CHECK(update("/events", "any text", 5) == 200);
    CHECK(update("/events", "any text", 6) == 200);
    CHECK(stored(api, "s").bucket(Bucket::metrics) == R"({"m":5})");
  }

  TEST_CASE("what is wrong is named by field and value") {
    Api api;
    const auto message = [&](const Response& response) {
      CHECK(response.status == 400);
      const std::size_t from = response.body.find("\"message\":") + 11;
      return response.body.substr(from, response.body.rfind('"') - from);
    };
    CHECK(message(api.post("/session/start", "{}")) ==
          "body.session: expected an object, got nothing");
    CHECK(message(api.post("/session/start", R"({"session":[]})")) ==
          "session: not a JSON object: unexpected byte at offset 0");
    CHECK(message(api.post("/session/start", R"({"session":{"session_id":7}})")) ==
          "session.session_id: expected a string, got 7");
    CHECK(message(api.post("/session/start", R"({"session":{"project":"a\u0000"}})"))
              .find("session.project: expected a name without control characters") == 0);
    CHECK(message(api.put("/events", R"({"metadata":{}})")) ==
          "body.event_id: expected the id of an event, got nothing");
    CHECK(message(api.put("/events", R"({"event_id":"s","metrics":5})")) ==
          "body.metrics: expected an object, got 5");
    CHECK(message(api.put("/events", R"({"event_id":"s","end_time":"later"})"))
              .starts_with("body.end_time: expected milliseconds since 1970, got "));
    const auto long_id = api.post("/session/start",
                                  R"({"session":{"session_id":")" + std::string(257, 'x') + "\"}}");
    CHECK(message(long_id).starts_with("session.session_id: expected at most 256 bytes, got "));
  }

  TEST_CASE("success waits for the disk, a full queue is 429, a failed disk 503") {
    HeldStore store;
    Api api(store);
    for (const Call& call : {Call{"POST", "/session/start", R"({"session":{}})"},
                             Call{"PUT", "/events", R"({"event_id":"e"})"}}) {
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

  TEST_CASE("10,000 random mutations of a body are answered, each once") {
    HeldStore store;
    Api api(store);
    const std::string original =
        R"({"session":{"session_id":"s","project":"p","source":"\u00e9\ud83d\ude00","start_time":1.5e3,)"
        R"("inputs":{"q":[1,{"a":null}]},"outputs":[true],"error":"x"}})";
    std::mt19937 random(77);
    std::size_t accepted = 0;
    for (int round = 0; round < 10'000; ++round) {
      std::string body = original;
      for (auto i = random() % 3 + 1; i > 0; --i) {
        body[random() % body.size()] = static_cast<char>(random());
      }
      auto answer = api.begin({"POST", "/session/start", std::move(body)});
      if (store.done) std::exchange(store.done, nullptr)({});
      REQUIRE(answer.wait_for(0s) == std::future_status::ready);
      const int status = answer.get().status;
      REQUIRE((status == 200 || status == 400));
      accepted += status == 200;
    }
    CHECK(accepted > 500);
    CHECK(accepted < 9'500);
  }
}
