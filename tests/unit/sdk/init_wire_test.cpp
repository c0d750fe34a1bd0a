// What the settings of a tracer become on the wire: real servers on loopback.
#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "fakes/environment.h"
#include "fakes/loopback_server.h"
#include "honeyhive/honeyhive.h"
#include "sdk/environment.h"
#include "station.h"

namespace honeyhive::testing {
namespace {

using fakes::LoopbackServer;
using fakes::WithEnvironment;
using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* some_uuid = "550e8400-e29b-41d4-a716-446655440000";

TracerConfig config_for(const LoopbackServer& server) {
  return {.api_key = "hh_test_key_1234", .project = "p", .server_url = server.url()};
}

std::vector<json> session_starts(const LoopbackServer& server) {
  std::vector<json> out;
  for (const auto& request : server.requests()) {
    if (request.target == "/session/start") out.push_back(json::parse(request.body)["session"]);
  }
  return out;
}

std::vector<WireSpan> spans(const LoopbackServer& server) {
  std::vector<WireSpan> out;
  for (const auto& request : server.requests()) {
    if (request.target != "/opentelemetry/v1/traces") continue;
    for (auto& span : spans_of(request.body)) out.push_back(std::move(span));
  }
  return out;
}

// A tracer that records one span and sends it.
HoneyHiveTracer traced(const TracerConfig& config) {
  auto tracer = HoneyHiveTracer::init(config);
  { auto span = tracer.trace("work"); }
  CHECK(tracer.flush(seconds(20)));
  CHECK(tracer.stats().spans_sent == 1);
  return tracer;
}

TEST_SUITE_BEGIN("sdk/init_wire");

TEST_CASE("a session is started with its name, source, project, inputs and an evaluation's ids") {
  LoopbackServer server;
  auto config = config_for(server);
  config.session_name = "nightly";
  config.source = "production";
  config.inputs = {{"query", "caf\xc3\xa9"}, {"nothing", nullptr}, {"deep", {{"n", 1}}}};
  config.run_id = "r";
  config.dataset_id = "d";
  const auto tracer = traced(config);
  const auto starts = session_starts(server);
  REQUIRE(starts.size() == 1);
  CHECK(starts[0] == json{{"session_id", tracer.session_id()},
                          {"session_name", "nightly"},
                          {"source", "production"},
                          {"project", "p"},
                          {"inputs", {{"query", "caf\xc3\xa9"}, {"deep", {{"n", 1}}}}},
                          {"metadata", {{"run_id", "r"}, {"dataset_id", "d"}}}});
  // Not all three ids are set: it is no evaluation.
  const auto sent = spans(server);
  REQUIRE(sent.size() == 1);
  CHECK_FALSE(sent[0].text.contains("honeyhive_metadata.run_id"));
}

TEST_CASE("an evaluation's ids are metadata of its session and of every span") {
  LoopbackServer server;
  auto config = config_for(server);
  config.run_id = "r";
  config.dataset_id = "d";
  config.datapoint_id = "q";
  traced(config);
  const auto sent = spans(server);
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].text.at("honeyhive_metadata.run_id") == "r");
  CHECK(sent[0].text.at("honeyhive_metadata.dataset_id") == "d");
  CHECK(sent[0].text.at("honeyhive_metadata.datapoint_id") == "q");
  CHECK(session_starts(server).at(0)["metadata"] ==
        json{{"run_id", "r"}, {"dataset_id", "d"}, {"datapoint_id", "q"}});
}

TEST_CASE("a session that is given is joined, not started") {
  LoopbackServer server;
  auto config = config_for(server);
  config.session_id = some_uuid;
  const auto tracer = traced(config);
  CHECK(tracer.session_id() == some_uuid);
  CHECK(tracer.session_name().empty());
  CHECK(session_starts(server).empty());
  const auto sent = spans(server);
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].text.at("honeyhive.session_id") == some_uuid);
  CHECK_FALSE(sent[0].text.contains("honeyhive.session_name"));
  CHECK_FALSE(sent[0].flags.contains("honeyhive.session_auto_create"));
}

TEST_CASE("what is given of a session that is joined is added to it") {
  LoopbackServer server;
  auto config = config_for(server);
  config.session_id = some_uuid;
  config.inputs = {{"query", "q"}};
  traced(config);
  const auto starts = session_starts(server);
  REQUIRE(starts.size() == 1);
  CHECK(starts[0] == json{{"session_id", some_uuid},
                          {"source", "dev"},
                          {"project", "p"},
                          {"inputs", {{"query", "q"}}}});
}

TEST_CASE("inputs for which there is no room are left out, and noted") {
  LoopbackServer server;
  auto config = config_for(server);
  config.buffer_bytes = 256 << 10;
  config.inputs = {{"prompt", std::string(64 << 10, 'x')}};
  traced(config);
  auto starts = session_starts(server);
  REQUIRE(starts.size() == 1);
  CHECK_FALSE(starts[0].contains("inputs"));
  CHECK(starts[0]["metadata"] == json{{"inputs.truncated_bytes", (64 << 10) + 13}});
}

TEST_CASE("tracers with different keys, projects and servers keep apart") {
  LoopbackServer first, second;
  const auto users = HoneyHiveTracer::init({.api_key = "hh_user_service_key",
                                            .project = "user-service",
                                            .source = "production",
                                            .server_url = first.url()});
  const auto payments = HoneyHiveTracer::init({.api_key = "hh_payment_service_key",
                                               .project = "payment-service",
                                               .source = "staging",
                                               .server_url = first.url()});
  const auto elsewhere = HoneyHiveTracer::init(
      {.api_key = "hh_user_service_key", .project = "user-service", .server_url = second.url()});
  CHECK(users.session_id() != elsewhere.session_id());
  {
    auto a = users.trace("user");
    auto b = payments.trace("payment");
    auto c = elsewhere.trace("elsewhere");
  }
  for (const auto& tracer : {users, payments, elsewhere}) CHECK(tracer.flush(seconds(20)));
  for (const auto& request : first.requests()) {
    const bool is_user = request.header("authorization") == "Bearer hh_user_service_key";
    if (request.target == "/session/start") {
      CHECK(json::parse(request.body)["session"]["project"] ==
            (is_user ? "user-service" : "payment-service"));
      continue;
    }
    const auto sent = spans_of(request.body);
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].name == (is_user ? "user" : "payment"));
    CHECK(sent[0].text.at("honeyhive.project") == (is_user ? "user-service" : "payment-service"));
    CHECK(sent[0].text.at("honeyhive.source") == (is_user ? "production" : "staging"));
    CHECK(sent[0].text.at("honeyhive.session_id") == (is_user ? users : payments).session_id());
  }
  CHECK(first.requests().size() == 4);
  REQUIRE(spans(second).size() == 1);
  CHECK(spans(second)[0].name == "elsewhere");
}

TEST_CASE("services share the key of the environment") {
  LoopbackServer server;
  const WithEnvironment environment{{"HH_API_KEY", "hh_shared"}, {"HH_API_URL", server.url()}};
  for (const char* const service : {"auth", "user", "payment"}) {
    traced({.project = std::string(service) + "-service",
            .session_name = std::string(service) + "_operations"})
        .close();
  }
  const auto starts = session_starts(server);
  REQUIRE(starts.size() == 3);
  CHECK(starts[1]["project"] == "user-service");
  CHECK(starts[2]["session_name"] == "payment_operations");
  for (const auto& request : server.requests()) {
    CHECK(request.header("authorization") == "Bearer hh_shared");
  }
}

TEST_CASE("environments of one project differ in their source, and one may send nothing") {
  LoopbackServer server;
  auto config = config_for(server);
  for (const char* const source : {"production", "staging"}) {
    config.source = source;
    traced(config);
  }
  const HoneyHiveTracer dev(config, {.source = "development", .test_mode = true});
  { auto span = dev.trace("work"); }
  CHECK(dev.flush(seconds(20)));
  const auto sent = spans(server);
  REQUIRE(sent.size() == 2);
  CHECK(sent[0].text.at("honeyhive.source") == "production");
  CHECK(sent[1].text.at("honeyhive.source") == "staging");
}

TEST_CASE("an explicit server wins over HH_API_URL, and that over HH_SERVER_URL") {
  LoopbackServer explicit_server, api, other;
  {
    const WithEnvironment environment{{"HH_API_URL", api.url()}, {"HH_SERVER_URL", other.url()}};
    traced(config_for(explicit_server)).close();
    CHECK(api.connections() == 0);
    traced({}).close();
  }
  const WithEnvironment environment{{"HH_SERVER_URL", other.url()}};
  traced({}).close();
  CHECK(spans(explicit_server).size() == 1);
  CHECK(spans(api).size() == 1);
  CHECK(spans(other).size() == 1);
}

TEST_CASE("what OpenTelemetry's exporters are told gets nothing of ours") {
  LoopbackServer trap, server;
  {
    const std::string url = trap.url();
    const WithEnvironment environment{{"OTEL_EXPORTER_OTLP_ENDPOINT", url},
                                      {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", url + "/v1/traces"},
                                      {"OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", url + "/v1/logs"},
                                      {"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", url},
                                      {"OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer x"},
                                      {"OTEL_EXPORTER_OTLP_TRACES_HEADERS", "x-trap=1"},
                                      {"OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"},
                                      {"OTEL_EXPORTER_OTLP_TIMEOUT", "1"},
                                      {"OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"},
                                      {"OTEL_EXPORTER_OTLP_CERTIFICATE", "/nonexistent"},
                                      {"OTEL_EXPORTER_OTLP_INSECURE", "true"},
                                      {"OTEL_EXPORTER_JAEGER_ENDPOINT", url},
                                      {"OTEL_EXPORTER_ZIPKIN_ENDPOINT", url + "/api/v2/spans"},
                                      {"OTEL_TRACES_EXPORTER", "otlp"}};
    traced(config_for(server)).close();
    (void)HoneyHiveTracer::try_init({.api_key = "hh_key", .test_mode = true});
  }
  CHECK(trap.connections() == 0);
  CHECK(server.requests().size() == 2);
  for (const auto& request : server.requests()) {
    CHECK(request.header("authorization") == "Bearer hh_test_key_1234");
    CHECK(request.header("x-trap").empty());
  }
}

TEST_CASE("OpenTelemetry's resource describes the process, and cannot say what it is") {
  LoopbackServer server;
  const WithEnvironment environment{
      {"OTEL_SERVICE_NAME", "checkout"},
      {"OTEL_RESOURCE_ATTRIBUTES",
       "service.name=other,deployment.environment=prod,telemetry.sdk.name=fake,process.pid=1"}};
  traced(config_for(server)).close();
  const auto sent = spans(server);
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].resource.at("service.name") == "checkout");
  CHECK(sent[0].resource.at("deployment.environment") == "prod");
  CHECK(sent[0].resource.at("telemetry.sdk.name") == "honeyhive-cpp");
  CHECK(sent[0].resource.at("process.pid").empty());  // ours is a number
}

TEST_CASE("a tracer that is disabled records and sends nothing, and takes no share of the buffer") {
  LoopbackServer server;
  const auto usual = HoneyHiveTracer::init({.project = "another", .test_mode = true});
  const auto share = [&] { return detail::TracerAccess::of(usual)->destination->page_limit(); };
  const auto before = share();
  const WithEnvironment environment{{"OTEL_SDK_DISABLED", "true"}};
  auto config = config_for(server);
  config.disable_batch = true;
  config.require_connection = true;
  const auto tracer = HoneyHiveTracer::init(config);
  {
    auto span = tracer.trace("work");
    CHECK_FALSE(span.is_recording());
  }
  CHECK(share() == before);
  const auto session = tracer.create_session({.session_id = some_uuid, .wait = true});
  CHECK(session == some_uuid);
  tracer.enrich_session({.metadata = {{"k", 1}}});
  CHECK(detail::TracerAccess::of(tracer)->destination->pages_held() == 0);
  CHECK(tracer.flush());
  CHECK(tracer.project() == "p");
  CHECK(tracer.stats().spans_ended == 0);
  tracer.close();
  CHECK(server.connections() == 0);
}

TEST_SUITE_END();

}  // namespace
}  // namespace honeyhive::testing
