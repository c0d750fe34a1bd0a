#pragma once

// Answers of the API as tests read them.

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "unit/server/ingest/api_fixture.h"

namespace honeyhive::server {

using nlohmann::json;

// The event of this id.
inline json shown(Api& api, const std::string& id) {
  const auto response = api.get("/v1/events/" + id);
  CAPTURE(response.body);
  REQUIRE(response.status == 200);
  return json::parse(response.body)["event"];
}

inline json success(const Response& response) {
  CAPTURE(response.body);
  REQUIRE(response.status == 200);
  return json::parse(response.body);
}

inline std::string message(const Response& response, int status = 400) {
  CAPTURE(response.body);
  CHECK(response.status == status);
  return json::parse(response.body)["error"]["message"];
}

}  // namespace honeyhive::server
