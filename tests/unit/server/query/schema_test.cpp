#include "server/query/schema.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "core/limits.h"
#include "unit/server/ingest/api_fixture.h"

using namespace honeyhive;
using namespace honeyhive::server;
using nlohmann::json;

TEST_SUITE("server/query/schema") {
  json schema(Api & api, const std::string& query = "") {
    const auto response = api.get("/v1/events/schema" + query);
    CAPTURE(response.body);
    REQUIRE(response.status == 200);
    return json::parse(response.body);
  }

  void post(Api & api, const std::string& event) {
    REQUIRE(api.post("/events", R"({"event":)" + event + "}").status == 200);
  }

  TEST_CASE("fields are paths into buckets, once per type of event") {
    Api api;
    post(api, R"({"event_type":"model","session_id":"s","inputs":{"q":1,"o":{"p":[{"x":1}]}},)"
              R"("metadata":{"dataset_id":"d1"}})");
    post(api, R"({"event_type":"tool","session_id":"s","inputs":{"q":1,"e":{}},)"
              R"("metadata":{"dataset_id":"d1"}})");
    CHECK(schema(api) == json::parse(R"({"fields":[{"name":"inputs.e","event_type":"tool"},)"
                                     R"({"name":"inputs.o.p","event_type":"model"},)"
                                     R"({"name":"inputs.q","event_type":"model"},)"
                                     R"({"name":"inputs.q","event_type":"tool"},)"
                                     R"({"name":"metadata.dataset_id","event_type":"model"},)"
                                     R"({"name":"metadata.dataset_id","event_type":"tool"}],)"
                                     R"("datasets":["d1"],"mappings":{}})"));
  }

  TEST_CASE("dates and runs choose the events") {
    Api api;
    post(api, R"({"event_type":"tool","session_id":"s","inputs":{"a":1},)"
              R"("start_time":1700000000000})");
    post(api, R"({"event_type":"tool","session_id":"t","inputs":{"b":1},)"
              R"("metadata":{"run_id":"r"},"start_time":1700000100000})");
    const json late = schema(api, "?dateRange=%7B%22%24gte%22%3A%222023-11-14T22%3A14%3A00Z%22%7D");
    CHECK(late["fields"].size() == 2);
    CHECK(late["fields"][0]["name"] == "inputs.b");
    CHECK(schema(api, "?evaluation_id=r") == late);
    CHECK(schema(api, "?evaluation_id=other")["fields"].empty());
    for (const char* bad : {"?dateRange=soon", "?dateRange=%7B%22%24lte%22%3A%22x%22%7D"}) {
      CHECK(api.get(std::string("/v1/events/schema") + bad).status == 400);
    }
  }

  TEST_CASE("more fields than are listed are cut off, and the answer says so") {
    Api api;
    std::string inputs;
    for (std::size_t i = 0; i <= core::limits::schema_fields; ++i) {
      inputs += (i == 0 ? "\"k" : ",\"k") + std::to_string(i) + "\":1";
    }
    post(api, R"({"event_type":"tool","session_id":"s","inputs":{)" + inputs + "}}");
    const json answer = schema(api);
    CHECK(answer["fields"].size() == core::limits::schema_fields);
    CHECK(answer["complete"] == false);
  }
}
