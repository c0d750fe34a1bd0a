#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <vector>

#include "server/http/sse.h"
#include "test_server.h"

using namespace honeyhive::server;
using namespace honeyhive::server::testing;
using namespace std::chrono_literals;

namespace {

struct StreamServer : TestServer {
  explicit StreamServer(const ListenerOptions& listener_options = {}, HubOptions hub_options = {})
      : TestServer(listener_options), hub(hub_options) {
    service.router.add(
        "GET", "/tail", {.access = Access::open}, [this](Request request, Responder answer) {
          Response response;
          response.content_type = "text/event-stream";
          response.stream = hub.subscribe(request.query_value("topic").value_or(""),
                                          request.header("last-event-id"));
          answer(response.stream ? std::move(response) : retry_response(503, "no place", 5));
        });
    start();
  }
  ~StreamServer() { listener->stop(); }

  RawClient tail(std::string_view target = "/tail", std::string_view more = "") {
    RawClient client = connect();
    client.send(get(target, more));
    CHECK(client.read_until("\r\n\r\n").substr(0, 15) == "HTTP/1.1 200 OK");
    CHECK(client.read_until("\n\n") == ": connected\n\n");
    return client;
  }

  EventHub hub;
};

}  // namespace

TEST_SUITE("server/http/stream") {
  TEST_CASE("what is published arrives, for all or for one topic") {
    StreamServer server;
    RawClient all = server.tail();
    RawClient one = server.tail("/tail?topic=b");
    server.hub.publish("span", "a", "{\"n\":1}");
    server.hub.publish("span", "b", "{\"n\":2}");
    CHECK(all.read_until("\n\n") == "id: 0-1\nevent: span\ndata: {\"n\":1}\n\n");
    CHECK(all.read_until("\n\n") == "id: 0-2\nevent: span\ndata: {\"n\":2}\n\n");
    CHECK(one.read_until("\n\n") == "id: 0-2\nevent: span\ndata: {\"n\":2}\n\n");
  }

  TEST_CASE("a reader who comes back continues behind the last event it saw") {
    StreamServer server;
    {
      RawClient client = server.tail();
      server.hub.publish("span", "", "1");
      CHECK(client.read_until("\n\n").find("id: 0-1") == 0);
    }
    server.hub.publish("span", "", "2");
    RawClient client = server.tail("/tail", "Last-Event-ID: 0-1\r\n");
    CHECK(client.read_until("\n\n") == "id: 0-2\nevent: span\ndata: 2\n\n");
  }

  TEST_CASE("silence is broken by a heartbeat") {
    ListenerOptions options;
    options.heartbeat = 20ms;
    StreamServer server(options);
    RawClient client = server.tail();
    CHECK(client.read_until("\n\n") == ": heartbeat\n\n");
    CHECK(client.read_until("\n\n") == ": heartbeat\n\n");
    server.hub.publish("span", "", "x");
    CHECK(client.read_until("data: x\n\n").find("id: 0-1") != std::string::npos);
  }

  TEST_CASE("a reader who does not read misses events, is told how many, and delays nobody") {
    HubOptions small;
    small.events_per_subscriber = 4;
    StreamServer server({}, small);
    RawClient client = server.tail();
    const std::string large(100'000, 'x');
    constexpr std::uint64_t published = 2000;  // 200 MB: far more than sockets hold
    for (std::uint64_t i = 0; i < published; ++i) server.hub.publish("span", "", large);
    server.hub.publish("end", "", "");
    std::string seen = client.read_until("event: end\ndata: \n\n");
    REQUIRE_FALSE(seen.empty());
    std::uint64_t events = 0;
    for (std::size_t at = 0; (at = seen.find("event: span", at)) != std::string::npos; ++at) {
      ++events;
    }
    std::uint64_t missed = 0;
    for (std::size_t at = 0; (at = seen.find("{\"missed\":", at)) != std::string::npos; ++at) {
      missed += std::strtoull(seen.c_str() + at + 10, nullptr, 10);
    }
    CHECK(missed > 0);
    CHECK(events + missed == published);
    CHECK(server.hub.stats().missed == missed);
  }

  TEST_CASE("the 65th reader gets 503, and a place is free when one leaves") {
    StreamServer server;
    std::vector<RawClient> clients;
    for (int i = 0; i < 64; ++i) clients.push_back(server.tail());
    CHECK(server.connect().ask(get("/tail")).status == 503);
    clients.pop_back();
    while (server.hub.stats().subscribers == 64) std::this_thread::yield();
    server.tail();
  }

  TEST_CASE("closing the hub ends the streams after what was published") {
    StreamServer server;
    RawClient client = server.tail();
    server.hub.publish("span", "", "last");
    server.hub.close();
    CHECK(client.read_until("\n\n").find("data: last") != std::string::npos);
    CHECK(client.is_ended());
    CHECK(server.connect().ask(get("/tail")).status == 503);
  }

  TEST_CASE("a stop ends idle streams") {
    StreamServer server;
    RawClient client = server.tail();
    std::thread stopping([&] { server.listener->stop(); });
    CHECK(client.is_ended());
    client.close();
    stopping.join();
  }

  TEST_CASE("HEAD of a stream is its head, and its place is given back") {
    StreamServer server;
    RawClient client = server.connect();
    client.send("HEAD /tail HTTP/1.1\r\nHost: localhost\r\n\r\n");
    CHECK(client.read(false).status == 200);
    CHECK(client.is_ended());
    client.close();
    while (server.hub.stats().subscribers > 0) std::this_thread::yield();
  }
}
