#pragma once

// A real listener on a free port, with routes that answer what they were asked.

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "raw_client.h"
#include "server/http/listener.h"

namespace honeyhive::server::testing {

inline const std::string test_token(64, 'a');

struct TestServer {
  explicit TestServer(ListenerOptions listener_options = {},
                      std::size_t bytes_in_flight = core::limits::decoded_bytes_in_flight)
      : service(GuardOptions{"127.0.0.1", test_token, false}, bytes_in_flight),
        options(std::move(listener_options)) {
    options.address.port = 0;
    service.router.add("GET", "/open", {.access = Access::open}, [](Request, Responder answer) {
      answer({.content_type = "text/plain", .body = "open", .headers = {}, .stream = {}});
    });
    service.router.add("GET", "/secret/{name}", {}, [](Request request, Responder answer) {
      answer({.body = std::string(request.path_value("name")), .headers = {}, .stream = {}});
    });
    service.router.add("POST", "/echo",
                       {.access = Access::ingest, .media = Media::json_or_protobuf},
                       [](Request request, Responder answer) {
                         answer({.body = std::move(request.body), .headers = {}, .stream = {}});
                       });
    service.router.add(
        "POST", "/length", {.access = Access::ingest, .media = Media::json},
        [](Request request, Responder answer) {
          answer({.body = std::to_string(request.body.size()), .headers = {}, .stream = {}});
        });
  }

  // Add routes before.
  void start() {
    service.metrics.set_routes(service.router.routes());
    auto bound = Listener::bind(options, service);
    REQUIRE(bound);
    listener = *std::move(bound);
    listener->start();
  }

  RawClient connect() const {
    RawClient client(listener->port());
    REQUIRE(client.is_connected());
    return client;
  }

  Service service;
  ListenerOptions options;
  std::unique_ptr<Listener> listener;  // stops first
};

inline std::string get(std::string_view target, std::string_view more = "") {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(more) +
         "\r\n";
}

inline std::string post(std::string_view target, std::string_view body,
                        std::string_view more = "") {
  return "POST " + std::string(target) +
         " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n" + std::string(more) + "\r\n" + std::string(body);
}

}  // namespace honeyhive::server::testing
