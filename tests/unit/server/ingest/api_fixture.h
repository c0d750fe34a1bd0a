#pragma once

// The handlers of ingest and query over a real store, called as the listener calls them.

#include <doctest/doctest.h>

#include <future>
#include <memory>
#include <protozero/pbf_reader.hpp>
#include <string>
#include <utility>

#include "server/http/router.h"
#include "server/http/sse.h"
#include "server/ingest/routes.h"
#include "server/query/routes.h"
#include "server/query/tail.h"
#include "unit/otlp/trace_request.h"
#include "unit/server/store/store_fixture.h"

namespace honeyhive::server {

inline constexpr std::int64_t now = noon;

struct Call {
  std::string method = "GET";
  std::string target;
  std::string body = {};
  std::string media = "application/json";
  std::vector<Header> headers = {};
};

class Api {
 public:
  Api() : store_(open_or_fail(options_in(folder_, files_))) {
    publish_stored(*store_, hub);
    add_routes(*store_);
  }

  // Over a store of the test's own.
  explicit Api(Store& store) { add_routes(store); }

  ~Api() {
    if (store_) store_->close();
  }

  // Starts the call; the future is ready when it is answered.
  std::future<Response> begin(const Call& call) {
    Request request;
    REQUIRE(parse_target(call.target, request));
    request.method = call.method;
    request.body = call.body;
    request.headers = call.headers;
    request.headers.push_back({"content-type", call.media});
    auto match = router_.find(call.method, request.path);
    REQUIRE_MESSAGE(match.route != nullptr, call.target);
    request.path_parameters = std::move(match.path_parameters);
    auto answer = std::make_shared<std::promise<Response>>();
    auto future = answer->get_future();
    match.route->handler(std::move(request), Responder([answer](Response response) {
                           answer->set_value(std::move(response));
                         }));
    return future;
  }

  Response call(const Call& call) { return begin(call).get(); }

  Response post_traces(std::string body) {
    return call({"POST", "/v1/traces", std::move(body), "application/x-protobuf"});
  }
  Response get(std::string target) { return call({"GET", std::move(target)}); }
  Response post(std::string target, std::string json) {
    return call({"POST", std::move(target), std::move(json)});
  }
  Response put(std::string target, std::string json) {
    return call({"PUT", std::move(target), std::move(json)});
  }

  Store& store() { return *store_; }

  EventHub hub;

 private:
  void add_routes(Store& store) {
    register_ingest(router_, {store, [] { return now; }});
    register_query(router_, {store, hub, reads_, [] { return now; }});
  }

  QuietLog quiet_;
  TemporaryFolder folder_;
  MemoryFileSystem files_;
  std::unique_ptr<Store> store_;
  ReadPool reads_;
  Router router_;
};

// Keeps what is appended until the test lets it go; has nothing to read.
class HeldStore : public Store {
 public:
  bool is_full = false;
  std::vector<Event> events;
  Done done;

  bool append(std::vector<Event> batch, Done when_done) override {
    if (is_full) return false;
    events = std::move(batch);
    done = std::move(when_done);
    return true;
  }
  core::Result<std::vector<TraceSummary>> traces(const TraceQuery&) override {
    return std::vector<TraceSummary>{};
  }
  core::Result<std::vector<Event>> trace(std::optional<std::string_view>,
                                         const core::TraceId&) override {
    return std::vector<Event>{};
  }
  core::Result<std::optional<SessionSummary>> session(std::optional<std::string_view>,
                                                      std::string_view) override {
    return std::optional<SessionSummary>{};
  }
  core::Result<std::vector<SessionSummary>> sessions(const SessionQuery&) override {
    return std::vector<SessionSummary>{};
  }
  core::Result<std::optional<Event>> session_event(std::string_view, std::string_view) override {
    return std::optional<Event>{};
  }
  core::Result<std::vector<Event>> created_events(std::string_view, std::string_view) override {
    return std::vector<Event>{};
  }
  core::Result<std::vector<Event>> session_events(std::optional<std::string_view>,
                                                  std::string_view) override {
    return std::vector<Event>{};
  }
  core::Result<std::optional<Event>> event(std::optional<std::string_view>,
                                           std::string_view) override {
    return std::optional<Event>{};
  }
  core::Result<Logs> logs(const LogQuery&) override { return Logs{}; }
  void on_stored(std::function<void(const Event&)>) override {}
  StoreStats stats() const override { return {}; }
  void close() override {}
};

// google.rpc.Status: its code and message.
inline std::pair<int, std::string> rpc_status(const std::string& body) {
  std::pair<int, std::string> status{0, ""};
  protozero::pbf_reader reader(body);
  while (reader.next()) {
    if (reader.tag() == 1) {
      status.first = reader.get_int32();
    } else if (reader.tag() == 2) {
      status.second = reader.get_string();
    } else {
      reader.skip();
    }
  }
  return status;
}

}  // namespace honeyhive::server
