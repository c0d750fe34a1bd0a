#pragma once

// What the stories share: the real server with a data folder of its own, asked over HTTP with the
// token of that folder. Not thread-safe.

#include <doctest/doctest.h>
#include <signal.h>

#include <chrono>
#include <cstdint>
#include <fstream>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "honeyhive/honeyhive.h"
#include "net/http_client.h"
#include "unit/server/http/serve_process.h"

namespace honeyhive::scenario {

using Json = nlohmann::json;

class Stage {
 public:
  Stage() { start(); }

  // The first time on a free port, later on the same one.
  void start() {
    server_ = std::make_unique<server::testing::ServeProcess>(std::vector<std::string>{
        "--data", folder_.path, "--listen", "127.0.0.1:" + std::to_string(port_)});
    port_ = server_->port();
    REQUIRE(port_ != 0);
    std::ifstream(folder_.path + "/token") >> token_;
    REQUIRE_FALSE(token_.empty());
  }
  void kill() {
    server_->signal(SIGKILL);
    REQUIRE(server_->wait() == -SIGKILL);
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  // A tracer of this server that reads nothing from the environment.
  TracerConfig config(const std::string& project) const {
    return {.api_key = "key",
            .project = project,
            .session_name = "story",
            .source = "test",
            .server_url = url(),
            .disable_batch = false,
            .verbose = false,
            .test_mode = false,
            .sample_rate = 1.0};
  }

  net::HttpAnswer ask(const std::string& path) const {
    return net::fetch({.url = url() + path,
                       .headers = {"Authorization: Bearer " + token_},
                       .max_answer_bytes = 64 << 20});
  }
  Json get(const std::string& path) const {
    const net::HttpAnswer answer = ask(path);
    CAPTURE(path);
    CAPTURE(answer.error);
    CAPTURE(answer.body);
    REQUIRE(answer.status == 200);
    return Json::parse(answer.body);
  }

  // The answer's rows of all pages.
  Json traces(const std::string& project) const {
    Json rows = Json::array();
    std::string cursor;
    do {
      const Json page = get("/api/v0/traces?limit=1000&project=" + project + cursor);
      for (const Json& row : page.at("traces")) rows.push_back(row);
      const Json& next = page.at("next");
      cursor = next.is_string() ? "&cursor=" + next.get<std::string>() : "";
    } while (!cursor.empty());
    return rows;
  }

 private:
  server::testing::DataFolder folder_;
  std::uint16_t port_ = 0;
  std::unique_ptr<server::testing::ServeProcess> server_;
  std::string token_;
};

// Whether `condition` came true before the patience ended.
inline bool eventually(const std::function<bool()>& condition,
                       std::chrono::seconds patience = std::chrono::seconds(30)) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

// The event of that name; null unless there is exactly one.
inline Json event_named(const Json& events, const std::string& name) {
  Json found;
  for (const Json& event : events) {
    if (event.at("event_name") != name) continue;
    if (!found.is_null()) return Json();
    found = event;
  }
  return found;
}

}  // namespace honeyhive::scenario
