#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "core/limits.h"
#include "server/http/budget.h"
#include "server/ingest/otlp_traces.h"
#include "unit/server/ingest/api_fixture.h"

using namespace honeyhive;
using namespace honeyhive::server;
using nlohmann::json;

TEST_SUITE("server/ingest/otlp_json") {
  const std::string trace_id = "11111111111111111111111111111111";

  std::string span(const std::string& fields) {
    return R"({"traceId":")" + trace_id + R"(","name":"n",)" + fields + "}";
  }

  std::string request(const std::string& spans) {
    return R"({"resourceSpans":[{"resource":{"attributes":[{"key":"honeyhive.project",)"
           R"("value":{"stringValue":"p"}}]},"scopeSpans":[{"spans":[)" +
           spans + "]}]}]}";
  }

  const std::string first = span(R"("spanId":"2222222222222222")");
  const std::string second = span(R"("spanId":"3333333333333333")");

  TEST_CASE("a request in JSON is stored and answered in JSON, on both paths") {
    Api api;
    int id = 1;
    for (const char* path : {"/v1/traces", "/opentelemetry/v1/traces"}) {
      const auto response = api.post(
          path, request(span(R"("spanId":"000000000000000)" + std::to_string(id++) + R"(")")));
      CHECK(response.status == 200);
      CHECK(response.content_type == "application/json");
      CHECK(response.body == "{}");
    }
    const auto trace = api.store().trace("p", *core::TraceId::from_hex(trace_id));
    REQUIRE(trace);
    CHECK(trace->size() == 2);
  }

  TEST_CASE("what HoneyHive's SDKs send becomes the span that they mean") {
    HeldStore store;
    Api api(store);
    Call call = {
        "POST", "/opentelemetry/v1/traces",
        request(span(R"("spanId":"2222222222222222","parentSpanId":null,)"
                     R"("kind":"SPAN_KIND_CLIENT","startTimeUnixNano":"1795176000000000000",)"
                     R"("endTimeUnixNano":"1795176000000000007","attributes":[)"
                     R"({"key":"honeyhive_event_type","value":{"stringValue":"model"}},)"
                     R"({"key":"honeyhive_inputs.n","value":{"intValue":"7"}},)"
                     R"({"key":"honeyhive_inputs.l","value":{"arrayValue":{"values":[)"
                     R"({"boolValue":true},{"doubleValue":0.5}]}}}],)"
                     R"("events":[{"timeUnixNano":"1","name":"e","attributes":[]}],)"
                     R"("status":{"code":"STATUS_CODE_ERROR","message":"no"})"))};
    call.headers.push_back({"x-source", "production"});
    api.begin(call);
    REQUIRE(store.events.size() == 1);
    const Event& event = store.events[0];
    CHECK(event.project == "p");
    CHECK(event.parent_span_id.is_zero());
    CHECK(event.span_kind == 3);
    CHECK(event.event_type == "model");
    CHECK(event.source == "production");
    CHECK(event.status == Status::error);
    CHECK(event.error == "no");
    CHECK(event.start_ns == 1'795'176'000'000'000'000);
    CHECK(event.end_ns == 1'795'176'000'000'000'007);
    CHECK(event.bucket(Bucket::inputs) == R"({"n":7,"l":[true,0.5]})");
    CHECK(event.span_events == R"([{"time_ns":"1","name":"e","attributes":{}}])");
  }

  TEST_CASE("bad ids cost their span only, and the answer counts them") {
    Api api;
    const auto response =
        api.post("/v1/traces", request(first + "," + span(R"("spanId":"33")") + "," +
                                       span(R"("spanId":"zzzzzzzzzzzzzzzz")") + "," +
                                       span(R"("spanId":"4444444444444444","parentSpanId":"no")") +
                                       "," + R"({"spanId":"5555555555555555"},)" + second));
    CHECK(response.status == 200);
    const json answer = json::parse(response.body);
    CHECK(answer["partialSuccess"]["rejectedSpans"] == "4");
    const std::string message = answer["partialSuccess"]["errorMessage"];
    const std::string place = "resource_spans[0].scope_spans[0].spans";
    CHECK(message == place + "[1]: span_id has 1 bytes, not 8; " + place +
                         "[2]: span_id is not hexadecimal; " + place +
                         "[3]: parent_span_id is not hexadecimal; " + place +
                         "[4]: trace_id has 0 bytes, not 16");
    const auto trace = api.store().trace("p", *core::TraceId::from_hex(trace_id));
    REQUIRE(trace);
    CHECK(trace->size() == 2);
  }

  TEST_CASE("refusals are a google.rpc.Status in JSON") {
    HeldStore store;
    Api api(store);
    const auto status = [](const Response& response) {
      CHECK(response.content_type == "application/json");
      const json body = json::parse(response.body);
      return std::tuple(response.status, body["code"].get<int>(),
                        body["message"].get<std::string>());
    };
    CHECK(status(api.post("/v1/traces", R"({"resourceSpans":[{)")) ==
          std::tuple(400, 3, "trace request: byte 19, near ResourceSpans: expected a name"));
    CHECK(std::get<0>(status(api.post("/v1/traces", ""))) == 400);
    CHECK(std::get<2>(status(api.post("/v1/traces", request(R"({"traceId":"1"})")))) ==
          "resource_spans[0].scope_spans[0].spans[0]: trace_id is not hexadecimal");
    store.is_full = true;
    const auto full = api.post("/v1/traces", request(first));
    CHECK(status(full) == std::tuple(429, 8, "the queue to the disk is full"));
    REQUIRE(full.headers.size() == 1);
    CHECK(full.headers[0].name == "Retry-After");
  }

  TEST_CASE("what JSON is turned into counts as memory of requests") {
    HeldStore store;
    Budget budget(2'000);
    const IngestDeps deps = {.store = store, .now_ns = [] { return now; }, .budget = &budget};
    const auto post = [&](std::string body) {
      Request request;
      request.body = std::move(body);
      request.add_header("Content-Type", "application/json");
      int status = 0;
      receive_traces(deps, request,
                     Responder([&](const Response& response) { status = response.status; }));
      return status;
    };
    CHECK(post(R"({"future":")" + std::string(3'000, 'x') + R"("})") == 429);
    CHECK(post("{}") == 200);
    // Empty messages are shorter in JSON.
    std::string list = R"({"resourceSpans":[{})";
    for (int i = 0; i < 500; ++i) list += ",{}";
    CHECK(post(list + "]}") == 429);
    CHECK(budget.used() == 0);
  }
}
