#include "server/query/search.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "unit/server/ingest/api_fixture.h"

using namespace honeyhive;
using namespace honeyhive::server;
using nlohmann::json;

TEST_SUITE("server/query/search") {
  // Twelve events in three sessions, one after the other in time, each session every third.
  void fill_twelve(Api & api) {
    for (int i = 0; i < 12; ++i) {
      const std::string number = std::to_string(i);
      const auto response = api.post(
          "/events", R"({"event":{"event_id":"e)" + number + R"(","session_id":"s)" +
                         std::to_string(i % 3) + R"(","event_name":"n)" + number +
                         R"(","event_type":"tool","inputs":{"n":)" + number + R"(},"start_time":)" +
                         std::to_string(1'700'000'000'000 + i) + "}}");
      REQUIRE(response.status == 200);
    }
  }

  const std::string tools = R"("filters":[{"field":"event_type","operator":"is","value":"tool"}])";

  json search(Api & api, const std::string& body) {
    const auto response = api.post("/v1/events/search", body);
    CAPTURE(response.body);
    REQUIRE(response.status == 200);
    return json::parse(response.body);
  }

  std::string names(const json& answer) {
    std::string text;
    for (const json& event : answer["events"]) text += event["event_name"].get<std::string>() + ' ';
    return text;
  }

  TEST_CASE("the latest come first, over all sessions") {
    Api api;
    fill_twelve(api);
    const json answer = search(api, "{" + tools + "}");
    CHECK(names(answer) == "n11 n10 n9 n8 n7 n6 n5 n4 n3 n2 n1 n0 ");
    CHECK(answer["count"] == 12);
    CHECK(answer["totalEvents"] == 12);
    CHECK_FALSE(answer.contains("complete"));
  }

  TEST_CASE("pages are parts of one order") {
    Api api;
    fill_twelve(api);
    CHECK(names(search(api, "{" + tools + R"(,"limit":5})")) == "n11 n10 n9 n8 n7 ");
    CHECK(names(search(api, "{" + tools + R"(,"limit":5,"page":2})")) == "n6 n5 n4 n3 n2 ");
    const json last = search(api, "{" + tools + R"(,"limit":5,"page":3,"ignore_order":true})");
    CHECK(names(last) == "n1 n0 ");
    CHECK(last["count"] == 2);
    CHECK(last["totalEvents"] == 12);
    CHECK(names(search(api, "{" + tools + R"(,"limit":5,"page":4})")).empty());
    CHECK(names(search(api, "{" + tools + R"(,"page":2})")).empty());
  }

  TEST_CASE("events that start together are on one page each") {
    Api api;
    std::string expected;
    for (char id = 'a'; id < 'h'; ++id) {
      api.post("/events", R"({"event":{"event_id":"x","event_name":"x","session_id":"s",)"
                          R"("event_type":"tool","start_time":1700000000000}})");
      api.post("/events", R"({"event":{"event_id":")" + std::string(1, id) + R"(","event_name":")" +
                              id +
                              R"(","session_id":"s","event_type":"tool",)"
                              R"("start_time":1700000000000}})");
      expected += std::string(1, id) + ' ';
    }
    std::string all;
    for (int page = 1; page <= 4; ++page) {
      all += names(search(api, "{" + tools + R"(,"limit":3,"page":)" + std::to_string(page) + "}"));
    }
    CHECK(all == expected + "x ");
  }

  TEST_CASE("dates are named otherwise than in an export, as text or as milliseconds") {
    Api api;
    fill_twelve(api);
    CHECK(names(search(api, "{" + tools + R"(,"dateRange":{"start_time":1700000000009}})")) ==
          "n11 n10 n9 ");
    CHECK(names(search(api,
                       "{" + tools + R"(,"dateRange":{"end_time":"2023-11-14T22:13:20.001Z"}})")) ==
          "n1 n0 ");
  }

  TEST_CASE("what is not in a search is refused by name") {
    Api api;
    const auto message = [&](const std::string& body) {
      const auto response = api.post("/v1/events/search", body);
      CHECK(response.status == 400);
      return json::parse(response.body)["error"]["message"].get<std::string>();
    };
    CHECK(message(R"({"project":"p"})") ==
          "\"project\": there is no such field here, got \"p\"; leave it out");
    CHECK(message(R"({"dateRange":{"$gte":1}})") ==
          "dateRange.\"$gte\": there is no such field here, got 1; leave it out");
    CHECK(message(R"({"filters":[{"field":"a","operator":"is","value":1,"x":2}]})") ==
          "filters[0].\"x\": there is no such field here, got 2; leave it out");
    CHECK(message(R"({"limit":1001})") == "limit: expected a number from 1 to 1000, got 1001");
    CHECK(message(R"({"page":0})") == "page: expected a number from 1 to 1000000, got 0");
    std::string deep = R"({"filters":)";
    for (int i = 0; i < 100'000; ++i) deep += '[';
    CHECK(message(deep).starts_with("not a JSON object"));
  }
}
