#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "core/limits.h"
#include "unit/server/ingest/api_fixture.h"

using namespace honeyhive;
using namespace honeyhive::server;
using namespace honeyhive::testing;
using nlohmann::json;

TEST_SUITE("server/ingest/otlp_logs") {
  const std::string trace_hex(32, '1');
  const std::string span_hex(16, '2');
  const std::string in_span = R"("traceId":")" + trace_hex + R"(","spanId":")" + span_hex + R"(")";

  std::string record(const std::string& fields) { return "{" + fields + "}"; }

  std::string logs_request(const std::string& records) {
    return R"({"resourceLogs":[{"resource":{"attributes":[{"key":"honeyhive.project",)"
           R"("value":{"stringValue":"p"}}]},"scopeLogs":[{"scope":{"name":"s","version":"1"},)"
           R"("logRecords":[)" +
           records + "]}]}]}";
  }

  std::string attribute(const std::string& key, const std::string& text) {
    return R"({"key":")" + key + R"(","value":{"stringValue":")" + text + R"("}})";
  }

  json logs_of(Api & api, const std::string& parameters) {
    const Response response = api.get("/api/v0/logs?" + parameters);
    REQUIRE(response.status == 200);
    return json::parse(response.body)["logs"];
  }

  // The same record, encoded by protozero.
  std::string protobuf_request() {
    namespace log = field::log_record;
    std::string bytes;
    pbf_writer request(bytes);
    pbf_writer of_resource(request, field::request::resource_spans);
    {
      pbf_writer resource(of_resource, field::resource_spans::resource);
      resource.add_message(field::resource::attributes, key_value("honeyhive.project", any("p")));
    }
    pbf_writer of_scope(of_resource, field::resource_spans::scope_spans);
    {
      pbf_writer scope(of_scope, field::scope_spans::scope);
      scope.add_string(field::scope::name, "s");
      scope.add_string(field::scope::version, "1");
    }
    pbf_writer record(of_scope, field::scope_spans::spans);
    record.add_fixed64(log::time, 1'795'176'000'000'000'001);
    record.add_fixed64(log::observed_time, 1'795'176'000'000'000'002);
    record.add_enum(log::severity_number, 17);
    record.add_string(log::severity_text, "error");
    record.add_message(log::body, any_kvlist({{"a", any(1)}}));
    record.add_message(log::attributes, key_value("k", any("v")));
    record.add_uint32(log::dropped_attributes_count, 3);
    record.add_fixed32(log::flags, 1);
    record.add_bytes(log::trace_id, std::string(16, '\x11'));
    record.add_bytes(log::span_id, std::string(8, '\x22'));
    record.add_string(log::event_name, "e");
    for (pbf_writer* writer : {&record, &of_scope, &of_resource}) writer->commit();
    return bytes;
  }

  const std::string whole = record(
      R"("timeUnixNano":"1795176000000000001","observedTimeUnixNano":1795176000000000002,)"
      R"("severityNumber":"SEVERITY_NUMBER_ERROR","severityText":"error","body":{"kvlistValue":)"
      R"({"values":[{"key":"a","value":{"intValue":1}}]}},"attributes":[)" +
      attribute("k", "v") + R"(],"droppedAttributesCount":3,"flags":1,"eventName":"e",)" + in_span);

  TEST_CASE("every field of a record is kept, in either encoding, on both paths") {
    const std::string trace = "trace_id=" + trace_hex;
    json first;
    for (const auto& [path, media, body] :
         {std::tuple("/v1/logs", "application/json", logs_request(whole)),
          std::tuple("/opentelemetry/v1/logs", "application/x-protobuf", protobuf_request())}) {
      Api api;
      const auto response = api.call({"POST", path, body, media});
      CHECK(response.status == 200);
      CHECK(response.content_type == media);
      CHECK(response.body == (media == std::string("application/json") ? "{}" : ""));
      const json logs = logs_of(api, trace);
      REQUIRE(logs.size() == 1);
      if (first.is_null()) first = logs[0];
      CHECK(logs[0] == first);
    }
    CHECK(first["project"] == "p");
    CHECK(first["trace_id"] == trace_hex);
    CHECK(first["span_id"] == span_hex);
    CHECK(first["time_ns"] == "1795176000000000001");
    CHECK(first["observed_ns"] == "1795176000000000002");
    CHECK(first["severity_number"] == 17);
    CHECK(first["severity_text"] == "error");
    CHECK(first["body"] == json::parse(R"({"a":1})"));
    CHECK(first["attributes"] == json::parse(R"({"k":"v","honeyhive.dropped_attributes":3})"));
    CHECK(first["resource"] == json::parse(R"({"honeyhive.project":"p"})"));
    CHECK(first["scope"] == "s 1");
    CHECK(first["event_name"] == "e");
    CHECK(first["record_id"] == nullptr);
    CHECK(first["session_id"] == nullptr);
  }

  TEST_CASE("a record is of its trace, else of the session it names, else of its project") {
    Api api;
    const std::string session = R"("attributes":[)" + attribute("honeyhive.session_id", "s") + "]";
    CHECK(api.post("/v1/logs",
                   logs_request(
                       record(R"("body":{"stringValue":"1"},)" + session + "," + in_span) + "," +
                       record(R"("body":{"stringValue":"2"},)" + session) + "," +
                       record(R"("body":{"stringValue":"3"})") + "," +
                       record(R"("body":{"stringValue":"4"},"traceId":"1234",)" + session) + "," +
                       record(R"("body":{"stringValue":"5"},"traceId":")" + std::string(32, '0') +
                              R"(","spanId":")" + span_hex + R"(")")))
              .body == "{}");
    const auto bodies = [&](const std::string& parameters) {
      std::string text;
      for (const json& log : logs_of(api, parameters)) text += log["body"].get<std::string>();
      return text;
    };
    CHECK(bodies("trace_id=" + trace_hex) == "1");
    CHECK(bodies("session_id=s") == "24");
    CHECK(bodies("session_id=s&project=q") == "");
    CHECK(bodies("project=p") == "35");
    CHECK(bodies("project=p&limit=1") == "5");
    CHECK(logs_of(api, "session_id=s")[0]["attributes"] == json::object());
    CHECK(api.get("/api/v0/logs?limit=0").status == 400);
    CHECK(api.get("/api/v0/logs?trace_id=x").status == 400);
  }

  TEST_CASE("a trace is answered with its records, which are none of its spans") {
    Api api;
    api.post("/v1/logs", logs_request(whole));
    json tree = json::parse(api.get("/api/v0/traces/" + trace_hex).body);
    CHECK(tree["project"] == "p");
    CHECK(tree["events"].empty());
    CHECK(tree["logs"].size() == 1);
    CHECK(json::parse(api.get("/api/v0/traces").body)["traces"].empty());

    SpanFields span;
    span.trace_id = std::string(16, '\x11');
    span.span_id = std::string(8, '\x22');
    span.attributes = {{"honeyhive.session_id", any("s")}};
    api.post_traces(encode_request({span}, {{"honeyhive.project", any("p")}}));
    tree = json::parse(api.get("/api/v0/traces/" + trace_hex).body);
    CHECK(tree["events"].size() == 1);
    CHECK(tree["logs"].size() == 1);
    CHECK(tree.find("more_logs") == tree.end());
    const json rows = json::parse(api.get("/api/v0/traces").body)["traces"];
    REQUIRE(rows.size() == 1);
    CHECK(rows[0]["spans"] == 1);
    CHECK(rows[0]["errors"] == 0);
    const json session = json::parse(api.get("/api/v0/sessions/s").body);
    CHECK(session["events"].size() == 2);  // its own, and the span
    CHECK(session["logs"].size() == 1);
    const StoreStats stats = api.store().stats();
    CHECK(stats.spans_stored == 1);
    CHECK(stats.logs_stored == 1);
  }

  TEST_CASE("a record that has an id is kept once, however often it is sent") {
    Api api;
    const auto with_id = [&](const std::string& id) {
      return record(R"("attributes":[)" + attribute("honeyhive.record_id", id) + "]," + in_span);
    };
    const std::string both =
        logs_request(with_id("i-1") + "," + with_id("i-1") + "," + with_id("i-2"));
    for (int i = 0; i < 3; ++i) CHECK(api.post("/v1/logs", both).body == "{}");
    api.post("/v1/logs", logs_request(with_id("i-2") + "," + with_id("i-3")));
    json ids = json::array();
    for (const json& log : logs_of(api, "project=p&trace_id=" + trace_hex)) {
      ids.push_back(log["record_id"]);
    }
    CHECK(ids == json::parse(R"(["i-1","i-2","i-3"])"));
    CHECK(api.store().stats().logs_stored == 3);
    for (int i = 0; i < 2; ++i)
      api.post("/v1/logs", logs_request(whole));  // without: kept each time
    CHECK(logs_of(api, "trace_id=" + trace_hex).size() == 5);
  }

  TEST_CASE("bad records are refused one by one") {
    Api api;
    const auto response = api.post(
        "/v1/logs",
        logs_request(whole + "," +
                     record(R"("attributes":[)" +
                            attribute("honeyhive.session_id", std::string(257, 's')) + "]")));
    CHECK(response.status == 200);
    const json partial = json::parse(response.body)["partialSuccess"];
    CHECK(partial["rejectedLogRecords"] == "1");
    CHECK(partial["errorMessage"] ==
          "resource_logs[0].scope_logs[0].log_records[1]: honeyhive.session_id is longer than 256 "
          "bytes");
    CHECK(logs_of(api, "trace_id=" + trace_hex).size() == 1);
    CHECK(api.post("/v1/logs", R"({"resourceLogs":[1]})").status == 400);
    CHECK(api.call({"POST", "/v1/logs", "\x0a\x05", "application/x-protobuf"}).status == 400);
  }

  TEST_CASE("no answer leaves before the disk has it") {
    HeldStore store;
    Api api(store);
    auto answer = api.begin({"POST", "/v1/logs", logs_request(whole)});
    CHECK(answer.wait_for(std::chrono::seconds(0)) == std::future_status::timeout);
    REQUIRE(store.events.size() == 1);
    store.done(core::Error{core::Error::Code::unavailable, "EIO"});
    CHECK(answer.get().status == 503);
  }

  TEST_CASE("a record without a time has the one at which it was seen, or arrived") {
    HeldStore store;
    Api api(store);
    api.begin(
        {"POST", "/v1/logs",
         logs_request(record(R"("observedTimeUnixNano":"1795175999000000000")") + "," + record("") +
                      "," + record(R"("timeUnixNano":"5","severityNumber":99)"))});
    REQUIRE(store.events.size() == 3);
    CHECK(store.events[0].start_ns == 1'795'175'999'000'000'000);
    CHECK(store.events[1].start_ns == now);
    CHECK(store.events[2].start_ns == 5);
    CHECK(store.events[2].clock_odd);
    CHECK(store.events[2].severity == 0);
  }
}
