#include "server/query/export.h"

#include <doctest/doctest.h>

#include "core/hex.h"
#include "server/query/export_request.h"
#include "unit/server/ingest/api_fixture.h"

using namespace honeyhive;
using namespace honeyhive::server;
using namespace honeyhive::testing;

TEST_SUITE("server/query/export") {
  constexpr const char* root_id = "0a0a0a0a-0a0a-8a0a-8101-010101010101";

  // A session of one trace with three spans, and a trace of its own in another project.
  void fill(Api & api) {
    api.post("/session/start",
             R"({"session":{"session_id":"s","project":"p","session_name":"chat",)"
             R"("metadata":{"run_id":"run 1"},"start_time":1700000000000}})");
    const Attribute project = {"honeyhive.project", any("p")};
    const Attribute session = {"honeyhive.session_id", any("s")};
    api.post_traces(encode_request(
        {{.name = "root", .attributes = {project, session}},
         {.span_id = span_b,
          .parent_span_id = span_a,
          .name = "ask",
          .attributes = {project,
                         session,
                         {"honeyhive_event_type", any("model")},
                         {"honeyhive_metadata.cost", any(0.5)}}},
         {.span_id = span_c,
          .parent_span_id = span_a,
          .name = "look up",
          .start = 1'700'000'100'000'000'000,
          .end = 1'700'000'101'000'000'000,
          .attributes = {project, session, {"honeyhive_inputs.user.id", any("u1")}}}}));
    api.post_traces(encode_request({{.trace_id = std::string(16, '\x0b'), .name = "elsewhere"}}));
  }

  // "names count totalEvents", names in order, a flag if the answer says that it is not complete.
  std::string answer(Api & api, const std::string& body) {
    const auto response = api.post("/v1/events/export", body);
    CAPTURE(response.body);
    REQUIRE(response.status == 200);
    std::string out;
    const std::string key = "\"event_name\":\"";
    for (auto at = response.body.find(key); at != std::string::npos;
         at = response.body.find(key, at + 1)) {
      const std::size_t from = at + key.size();
      out += response.body.substr(from, response.body.find('"', from) - from) + ", ";
    }
    return out + response.body.substr(response.body.rfind("\"count\""));
  }

  std::string filter(const std::string& field, const std::string& op, const std::string& value,
                     const std::string& type = "string") {
    return R"({"filters":[{"field":")" + field + R"(","operator":")" + op + R"(","value":)" +
           value + R"(,"type":")" + type + R"("}]})";
  }

  TEST_CASE("the events of a session: itself, then its spans by start") {
    Api api;
    fill(api);
    CHECK(answer(api, filter("session_id", "is", R"("s")")) ==
          R"(chat, root, ask, look up, "count":4,"totalEvents":4})");
  }

  TEST_CASE("without filters everything, newest first, a session before what begins with it") {
    Api api;
    fill(api);
    const std::string all = answer(api, "{}");
    CHECK(all.find(R"("count":5,"totalEvents":5})") != std::string::npos);
    CHECK(all.starts_with("chat, "));
    CHECK(all.find("root, ask, look up, ") != std::string::npos);
    CHECK(answer(api, R"({"project":"default"})") == R"(elsewhere, "count":1,"totalEvents":1})");
  }

  TEST_CASE("filters on type, buckets, numbers and ids") {
    Api api;
    fill(api);
    CHECK(answer(api, filter("event_type", "is", R"("model")")).starts_with("ask, \"count\":1,"));
    CHECK(answer(api, filter("event_type", "is", R"("session")")).starts_with("chat, \"count\":1"));
    CHECK(answer(api, filter("metadata.cost", "greater than", "0.4", "number"))
              .starts_with("ask, \"count\":1,"));
    CHECK(answer(api, filter("inputs.user.id", "is", R"("u1")")).starts_with("look up, \"count\""));
    CHECK(answer(api, filter("event_id", "is", '"' + std::string(root_id) + '"'))
              .starts_with("root, \"count\":1,"));
    CHECK(answer(api, filter("metadata.trace_id", "is", R"("0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a")"))
              .starts_with("root, ask, look up, \"count\":3,"));
    CHECK(answer(api, filter("metadata.trace_id", "is", R"("nonsense")"))
              .starts_with("\"count\":0,"));
  }

  TEST_CASE("the events of a run carry its id, or their session does") {
    Api api;
    fill(api);
    api.post_traces(
        encode_request({{.trace_id = std::string(16, '\x0c'),
                         .name = "own",
                         .attributes = {{"honeyhive_metadata.run_id", any("run 2")}}}}));
    CHECK(answer(api, R"({"evaluation_id":"run 1"})") ==
          R"(chat, root, ask, look up, "count":4,"totalEvents":4})");
    CHECK(answer(api, R"({"evaluation_id":"run 2"})") == R"(own, "count":1,"totalEvents":1})");
    CHECK(answer(api,
                 R"({"evaluation_id":"run 1","filters":[{"field":"event_type",)"
                 R"("operator":"is","value":"model"}]})") == R"(ask, "count":1,"totalEvents":1})");
    CHECK(answer(api, R"({"evaluation_id":"run 3"})") == R"("count":0,"totalEvents":0})");
  }

  TEST_CASE("the older path answers the same") {
    Api api;
    fill(api);
    const std::string body = R"({"project":"p","filters":[],"ignore_order":true})";
    const auto old = api.post("/events/export", body);
    CHECK(old.status == 200);
    CHECK(old.body == api.post("/v1/events/export", body).body);
  }

  TEST_CASE("dates may be numbers of milliseconds") {
    Api api;
    fill(api);
    CHECK(answer(api, R"({"dateRange":{"$gte":1700000100000}})") ==
          R"(look up, "count":1,"totalEvents":1})");
    for (const char* number : {"-1", "1e300", "true"}) {
      const auto refused =
          api.post("/v1/events/export", R"({"dateRange":{"$gte":)" + std::string(number) + "}}");
      CHECK(refused.status == 400);
    }
  }

  TEST_CASE("a date of today in milliseconds is exact") {
    Api api;
    REQUIRE(api.post("/session/start",
                     R"({"session":{"session_id":"t","project":"p","start_time":1763949386990}})")
                .status == 200);
    CHECK(answer(api, R"({"dateRange":{"$gte":1763949386990,"$lte":1763949386990}})") ==
          R"(unknown, "count":1,"totalEvents":1})");
  }

  TEST_CASE("a session is read by its id, bare") {
    Api api;
    fill(api);
    const auto response = api.get("/session/s");
    CHECK(response.status == 200);
    CHECK(response.body.starts_with(R"({"event_id":"s","session_id":"s","parent_id":null,)"
                                    R"("children_ids":["0a0a0a0a-0a0a-8a0a-8101-010101010101"])"));
    CHECK(response.body.find(R"("run_id":"run 1")") != std::string::npos);
    CHECK(api.get("/session/nobody").status == 404);
  }

  TEST_CASE("dates bound when events started, both ends included") {
    Api api;
    fill(api);
    CHECK(answer(api, R"({"dateRange":{"$gte":"2023-11-14T22:15:00Z"}})") ==
          R"(look up, "count":1,"totalEvents":1})");
    CHECK(answer(api, R"({"project":"p","dateRange":{"$lte":"2023-11-14T22:13:20Z"}})") ==
          R"(chat, root, ask, "count":3,"totalEvents":3})");
  }

  TEST_CASE("pages are parts of one order, and say how many events there are in all") {
    Api api;
    fill(api);
    const std::string session = R"("filters":[{"field":"session_id","operator":"is","value":"s"}])";
    CHECK(answer(api, "{" + session + R"(,"limit":3})") ==
          R"(chat, root, ask, "count":3,"totalEvents":4})");
    CHECK(answer(api, "{" + session + R"(,"limit":3,"page":2})") ==
          R"(look up, "count":1,"totalEvents":4})");
    CHECK(answer(api, "{" + session + R"(,"limit":3,"page":3})") ==
          R"("count":0,"totalEvents":4})");
  }

  TEST_CASE("projections keep the fields asked for, and the id") {
    Api api;
    fill(api);
    const auto response = api.post(
        "/v1/events/export",
        R"({"filters":[{"field":"event_name","operator":"is","value":"ask"}],)"
        R"("projections":["event_type","metadata.cost","metadata.has_otlp_lineage","absent.x"]})");
    CHECK(response.body ==
          R"({"events":[{"event_id":"0a0a0a0a-0a0a-8a0a-8202-020202020202","event_type":"model",)"
          R"("metadata":{"cost":0.5,"has_otlp_lineage":true}}],"count":1,"totalEvents":1})");
  }

  TEST_CASE("what is wrong in a request is named by field and value") {
    const auto message = [](const std::string& body) {
      const auto parsed = ExportRequest::parse(body);
      REQUIRE_FALSE(parsed);
      return parsed.error().message;
    };
    CHECK(message("[]") == "not a JSON object: unexpected byte at offset 0");
    CHECK(message(R"({"filters":5})") == "filters: expected a list of at most 100 filters, got 5");
    CHECK(message(R"({"filters":[5]})") == "filters[0]: expected an object, got 5");
    CHECK(message(R"({"filters":[{"operator":"is"}]})") ==
          "filters[0].field: expected a string, got null");
    CHECK(message(filter("f", "equals", "1"))
              .starts_with("filters[0].operator: expected one of is, is not, contains, "));
    CHECK(message(filter("f", "is", "[]")) ==
          "filters[0].value: expected a string, number, boolean or null, got []");
    CHECK(message(filter("f", "is", "1", "float")) ==
          "filters[0].type: expected string, number, boolean or datetime, got \"float\"");
    CHECK(message(R"({"limit":7501})") == "limit: expected a number from 1 to 7500, got 7501");
    CHECK(message(R"({"limit":0})") == "limit: expected a number from 1 to 7500, got 0");
    CHECK(message(R"({"page":"x"})") == "page: expected a number from 1 to 1000000, got \"x\"");
    CHECK(message(R"({"dateRange":{"$gte":"soon"}})") ==
          "dateRange.$gte: expected an ISO 8601 time or milliseconds since 1970, got \"soon\"");
    CHECK(message(R"({"projections":[1]})") == "projections: expected a list of strings, got 1");
    const std::string long_name(400'000, '.');  // each dot another way to split it
    CHECK(message(filter(long_name, "exists", "1")) ==
          "filters[0].field: the name of a field has at most 1088 bytes");
    CHECK(message(R"({"projections":[")" + long_name + R"("]})") ==
          "projections: the name of a field has at most 1088 bytes");
    std::string deep = R"({"filters":)";
    for (int i = 0; i < 100'000; ++i) deep += '[';
    CHECK(message(deep).starts_with("not a JSON object"));
  }

  TEST_CASE("an event is read by its id, with its children") {
    Api api;
    fill(api);
    const auto response = api.get(std::string("/v1/events/") + root_id);
    CHECK(response.status == 200);
    CHECK(response.body.starts_with(
        R"({"event":{"event_id":"0a0a0a0a-0a0a-8a0a-8101-010101010101","session_id":"s",)"
        R"("parent_id":"s","children_ids":["0a0a0a0a-0a0a-8a0a-8202-020202020202",)"
        R"("0a0a0a0a-0a0a-8a0a-8303-030303030303"],"event_type":"tool","event_name":"root")"));
    CHECK(api.get("/v1/events/s").body.find(R"("event_name":"chat")") != std::string::npos);
    const auto missing = api.get("/v1/events/nobody");
    CHECK(missing.status == 404);
    CHECK(missing.body.find("there is no event 'nobody'") != std::string::npos);
  }

  TEST_CASE("an event of a trace that memory cannot hold is read, without its children") {
    const QuietLog quiet;
    const TemporaryFolder folder;
    MemoryFileSystem files;
    StoreOptions options = options_in(folder, files);
    options.read_bytes = 64 << 10;
    const auto store = open_or_fail(options);
    Api api(*store);
    const Attribute session = {"honeyhive.session_id", any("s")};
    const Attribute text = {"text", any(std::string(40'000, 'x'))};
    api.post("/session/start", R"({"session":{"session_id":"s","session_name":"chat"}})");
    api.post_traces(encode_request({{.name = "root", .attributes = {session, text}}}));
    CHECK(api.get("/v1/events/s").body.find(root_id) != std::string::npos);
    api.post_traces(encode_request(
        {{.span_id = span_b, .parent_span_id = span_a, .attributes = {session, text}}}));
    CHECK(api.get("/api/v0/traces/" + core::to_hex(trace_a)).status == 413);
    for (const char* id : {root_id, "0a0a0a0a-0a0a-8a0a-8202-020202020202", "s"}) {
      CAPTURE(id);
      const auto response = api.get(std::string("/v1/events/") + id);
      CHECK(response.status == 200);
      CHECK(response.body.starts_with(R"({"event":{"event_id":")" + std::string(id)));
      CHECK(response.body.find("children_ids") == std::string::npos);
    }
    store->close();
  }

  TEST_CASE("a span is found by an id that its program gave it, and updated by it") {
    Api api;
    api.post_traces(encode_request(
        {{.attributes = {{"honeyhive_event_id", any("order-17")}}}, {.span_id = span_b}}));
    CHECK(api.put("/events", R"({"event_id":"order-17","metrics":{"score":1}})").status == 200);
    for (const char* id : {"order-17", root_id}) {
      CAPTURE(id);
      const std::string body = api.get(std::string("/v1/events/") + id).body;
      CHECK(body.starts_with(std::string(R"({"event":{"event_id":")") + root_id));
      CHECK(body.find(R"("honeyhive_event_id":"order-17")") != std::string::npos);
      CHECK(body.find(R"("metrics":{"score":1})") != std::string::npos);
      CHECK(answer(api, filter("event_id", "is", '"' + std::string(id) + '"'))
                .starts_with("step, \"count\":1,"));
    }
  }
}
