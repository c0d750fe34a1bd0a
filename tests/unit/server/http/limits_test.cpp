#include <doctest/doctest.h>
#include <sys/resource.h>

#include <future>
#include <string>
#include <thread>
#include <vector>

#include "fakes/sanitizer.h"
#include "gzip_bytes.h"
#include "test_server.h"

using namespace honeyhive::server;
using namespace honeyhive::server::testing;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t mebibyte = 1 << 20;

long peak_kilobytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

std::string gzip_post(std::string_view target, std::string_view body) {
  return post(target, body, "Content-Encoding: gzip\r\n");
}

}  // namespace

TEST_SUITE("server/http/limits") {
  TEST_CASE("gzip bodies arrive decoded") {
    TestServer server;
    server.start();
    RawClient client = server.connect();
    CHECK(client.ask(gzip_post("/echo", gzip("hello ") + gzip("world"))).body == "hello world");
    CHECK(client.ask(post("/echo", gzip("x"), "Content-Encoding: GZIP\r\n")).body == "x");
    CHECK(client.ask(post("/echo", "x", "Content-Encoding: identity\r\n")).body == "x");
  }

  TEST_CASE("1 GB of zeros is refused, in bounded memory, and the connection lives on") {
    TestServer server;
    server.start();
    RawClient client = server.connect();
    const std::string bomb = gzip(std::string(mebibyte, 0), 1024);
    const long before = peak_kilobytes();
    for (int i = 0; i < 3; ++i) {
      const Answer answer = client.ask(gzip_post("/length", bomb));
      CHECK(answer.status == 413);
      CHECK(answer.body.find("above 67108864 bytes") != std::string::npos);
    }
    CHECK((honeyhive::fakes::is_sanitized ||
           peak_kilobytes() - before < 160 << 10));  // 64 MB, twice and a bit
    CHECK(client.ask(get("/open")).status == 200);
    CHECK(server.service.budget.used() == 0);
  }

  TEST_CASE("a truncated gzip body is an error that names the place, and the connection lives on") {
    TestServer server;
    server.start();
    RawClient client = server.connect();
    const std::string body = gzip("a body that is cut");
    const Answer answer = client.ask(gzip_post("/echo", body.substr(0, body.size() - 3)));
    CHECK(answer.status == 400);
    CHECK(answer.body.find("gzip member 1 at byte 0 of the body") != std::string::npos);
    CHECK(client.ask(get("/open")).status == 200);
  }

  TEST_CASE("16 MB as sent is the most, and a larger length is refused before it is sent") {
    TestServer server;
    server.start();
    RawClient client = server.connect();
    const std::string largest(16 * mebibyte, 'x');
    CHECK(client.ask(post("/length", largest)).body == std::to_string(largest.size()));
    const std::string request = post("/length", largest + "x");
    const Answer answer = client.ask(request.substr(0, request.find("\r\n\r\n") + 4));
    CHECK(answer.status == 413);
    CHECK(answer.field("Connection") == "close");
    client.close();
    CHECK(server.service.budget.used() == 0);
  }

  TEST_CASE("a chunked body without end is refused at 16 MB") {
    TestServer server;
    server.start();
    RawClient client = server.connect();
    client.send(
        "POST /length HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Transfer-Encoding: chunked\r\n\r\n");
    const std::string chunk = "100000\r\n" + std::string(mebibyte, 'x') + "\r\n";
    for (int i = 0; i < 17; ++i) client.send(chunk);
    CHECK(client.read().status == 413);
  }

  TEST_CASE("a promised length takes no memory until bytes come") {
    TestServer server;
    server.start();
    std::vector<RawClient> clients;
    const std::string request = post("/length", std::string(16 * mebibyte, 'x'));
    const std::string head = request.substr(0, request.find("\r\n\r\n") + 4);
    const long before = peak_kilobytes();
    for (int i = 0; i < 64; ++i) {
      clients.push_back(server.connect());
      clients.back().send(head + "x");
    }
    CHECK(server.connect().ask(get("/open")).status == 200);
    CHECK((honeyhive::fakes::is_sanitized || peak_kilobytes() - before < 64 << 10));
  }

  TEST_CASE("bodies above what may be in flight get 429 and are told when to come again") {
    TestServer server({}, mebibyte);
    std::promise<Responder> waiting;
    server.service.router.add("POST", "/wait", {.access = Access::ingest, .media = Media::json},
                              [&](Request, Responder answer) { waiting.set_value(answer); });
    server.start();
    RawClient first = server.connect();
    const std::string body(mebibyte * 3 / 4, 'x');
    first.send(post("/wait", body));
    const Responder answer_first = waiting.get_future().get();
    RawClient second = server.connect();
    const Answer refused = second.ask(post("/wait", body));
    CHECK(refused.status == 429);
    CHECK(refused.field("Retry-After") == "1");
    answer_first({});
    CHECK(first.read().status == 200);
    while (server.service.budget.used() > 0) std::this_thread::yield();
    CHECK(server.connect().ask(post("/length", body)).status == 200);
    while (server.service.budget.used() > 0) std::this_thread::yield();
    // The same for what a body becomes.
    CHECK(server.connect().ask(gzip_post("/length", gzip(body + body))).status == 429);
  }

  TEST_CASE("a head above 16 KB is 431") {
    TestServer server;
    server.start();
    CHECK(server.connect().ask(get("/open", "X: " + std::string(15'000, 'x') + "\r\n")).status ==
          200);
    CHECK(server.connect().ask(get("/open", "X: " + std::string(17'000, 'x') + "\r\n")).status ==
          431);
    CHECK(server.connect().ask(get("/" + std::string(17'000, 'x'))).status == 431);
  }

  TEST_CASE("a body or a head that stops is 408, an idle connection is closed without a word") {
    ListenerOptions options;
    options.body_time = 50ms;
    options.idle_time = 50ms;
    TestServer server(options);
    server.start();
    RawClient body = server.connect();
    const std::string request = post("/echo", "body");
    const Answer slow = body.ask(request.substr(0, request.size() - 1));
    CHECK(slow.status == 408);
    CHECK(slow.body.find("the body did not arrive in time") != std::string::npos);
    CHECK(body.is_ended());
    CHECK(server.connect().ask("GET /open HT").status == 408);
    CHECK(server.connect().is_ended());
    RawClient after = server.connect();
    CHECK(after.ask(get("/open")).status == 200);
    CHECK(after.is_ended());
  }

  TEST_CASE("an answer may take longer than the idle time, as long as the client takes it") {
    ListenerOptions options;
    options.idle_time = 500ms;
    TestServer server(options);
    const std::string large(48 * mebibyte, 'x');  // much more than the system's buffers hold
    server.service.router.add(
        "GET", "/large", {.access = Access::open},
        [&](Request, Responder answer) { answer({.body = large, .headers = {}, .stream = {}}); });
    server.start();
    RawClient slow = server.connect();
    slow.send(get("/large"));
    std::size_t bytes = 0;
    auto next = std::chrono::steady_clock::now();
    while (const std::size_t some = slow.skip()) {
      bytes += some;
      next += 2ms;  // 64 KB at most: over a second in all
      while (std::chrono::steady_clock::now() < next) std::this_thread::yield();
    }
    CHECK(bytes > large.size());
    RawClient stuck = server.connect();
    stuck.send(get("/large"));
    bytes = stuck.skip();  // so it has begun
    while (server.service.metrics.connections > 0) std::this_thread::yield();
    while (const std::size_t some = stuck.skip()) bytes += some;
    CHECK(bytes < large.size());
  }

  TEST_CASE("the framing of a chunked body is bounded as its content is") {
    TestServer server;
    server.start();
    const std::string head =
        "POST /length HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Transfer-Encoding: chunked\r\n\r\n";
    const std::string chunk = "1;" + std::string(8'000, 'e') + "\r\na\r\n";
    RawClient small = server.connect();
    small.send(head);
    for (int i = 0; i < 100; ++i) small.send(chunk);
    CHECK(small.ask("0\r\n\r\n").body == "100");
    RawClient large = server.connect();
    large.send(head);
    std::string many;
    for (int i = 0; i < 64; ++i) many += chunk;
    bool is_taken = true;  // what is read at once hardly ever ends where a chunk does
    for (int i = 0; i < 100 && is_taken; ++i) is_taken = large.send(many);
    CHECK(large.ask("1;eee").status == 413);
  }

  TEST_CASE("a time-out counts also while what has come is waiting to be read") {
    ListenerOptions options;
    options.threads = 1;
    options.body_time = 1ms;
    options.linger_time = 50ms;
    TestServer server(options);
    server.start();
    std::string request = post("/length", std::string(8 * mebibyte, 'x'));
    request.pop_back();  // never complete, and on its way for longer than a millisecond
    for (int i = 0; i < 20; ++i) {
      CAPTURE(i);
      RawClient client = server.connect();
      client.send(request);
      REQUIRE(client.read().status == 408);
    }
  }

  TEST_CASE("a body that ends before its length is 400, one that goes on is another request") {
    TestServer server;
    server.start();
    RawClient shorter = server.connect();
    const std::string request = post("/echo", "a body");
    shorter.send(request.substr(0, request.size() - 2));
    shorter.end_sending();
    CHECK(shorter.read().status == 400);
    RawClient longer = server.connect();
    longer.send(request + "\x01 and more\r\n\r\n");
    CHECK(longer.read().body == "a body");
    CHECK(longer.read().status == 400);
    CHECK(server.connect().ask(get("/open")).status == 200);
  }

  TEST_CASE("the connection above the limit gets 503, and its place is free again later") {
    TestServer server;  // 1,024 connections
    server.start();
    std::vector<RawClient> clients;
    for (std::size_t i = 0; i < server.options.connections; ++i) {
      clients.push_back(server.connect());
    }
    CHECK(clients.back().ask(get("/open")).status == 200);  // all before are accepted
    CHECK(server.service.metrics.connections == server.options.connections);
    RawClient refused = server.connect();
    const Answer answer = refused.read();
    CHECK(answer.status == 503);
    CHECK(answer.field("Retry-After") == "1");
    CHECK(refused.is_ended());
    CHECK(server.service.metrics.connections_refused == 1);
    clients.clear();
    refused.close();
    while (server.service.metrics.connections > 0) std::this_thread::yield();
    CHECK(server.connect().ask(get("/open")).status == 200);
  }

  TEST_CASE("wrong media types and codings are 415 and name what would do") {
    TestServer server;
    server.start();
    RawClient client = server.connect();
    const Answer answer =
        client.ask("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx");
    CHECK(answer.status == 415);
    CHECK(answer.body.find("application/json or application/x-protobuf") != std::string::npos);
    CHECK(client.ask(post("/echo", "x", "Content-Encoding: zstd\r\n")).status == 415);
    CHECK(client.ask(post("/echo", "x", "Content-Type: text/plain\r\n")).status == 415);  // two
    CHECK(client.ask(get("/open", "Content-Length: 1\r\n") + "x").status == 415);
  }
}
