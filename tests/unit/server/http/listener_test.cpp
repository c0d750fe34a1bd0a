#include "server/http/listener.h"

#include <doctest/doctest.h>

#include <string>

#include "test_server.h"

using namespace honeyhive::server;
using namespace honeyhive::server::testing;

TEST_SUITE("server/http/listener") {
  TEST_CASE("one connection carries request after request") {
    TestServer server;
    server.start();
    RawClient client = server.connect();
    for (int i = 0; i < 3; ++i) {
      const Answer answer = client.ask(get("/open"));
      CHECK(answer.status == 200);
      CHECK(answer.body == "open");
      CHECK(answer.field("Content-Type") == "text/plain");
      CHECK(answer.field("Connection").empty());
    }
  }

  TEST_CASE("pipelined requests are answered in order, whatever their bodies") {
    TestServer server;
    server.start();
    RawClient client = server.connect();
    const std::string large(300'000, 'x');
    client.send(post("/echo", "first") + get("/open") + post("/echo", large) + get("/nowhere") +
                post("/echo", "last"));
    CHECK(client.read().body == "first");
    CHECK(client.read().body == "open");
    CHECK((client.read().body == large));  // not printed
    CHECK(client.read().status == 404);
    CHECK(client.read().body == "last");
  }

  TEST_CASE("a request that arrives byte by byte is the same request") {
    TestServer server;
    server.start();
    RawClient client = server.connect();
    for (const char byte : post("/echo", "slowly")) client.send({&byte, 1});
    CHECK(client.read().body == "slowly");
  }

  TEST_CASE("chunked bodies are put together, with extensions and trailers") {
    TestServer server;
    server.start();
    RawClient client = server.connect();
    const std::string head =
        "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Transfer-Encoding: chunked\r\n\r\n";
    CHECK(client.ask(head + "3\r\nabc\r\n2;name=value\r\nde\r\n0\r\nTrailer: x\r\n\r\n").body ==
          "abcde");
    CHECK(client.ask(head + "0\r\n\r\n").body.empty());
    CHECK(client.ask(get("/open")).status == 200);
    const Answer bad = client.ask(head + "zz\r\n");
    CHECK(bad.status == 400);
    CHECK(bad.body.find("malformed HTTP") != std::string::npos);
    CHECK(client.is_ended());
  }

  TEST_CASE("transfer codings other than chunked, and two lengths, are refused") {
    TestServer server;
    server.start();
    const std::string head = "POST /echo HTTP/1.1\r\nHost: localhost\r\n";
    CHECK(server.connect().ask(head + "Transfer-Encoding: gzip\r\n\r\n").status == 501);
    CHECK(server.connect().ask(head + "Transfer-Encoding: gzip, chunked\r\n\r\n").status == 501);
    CHECK(server.connect()
              .ask(head + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n")
              .status == 400);
    CHECK(server.connect().ask(head + "Content-Length: 3\r\nContent-Length: 4\r\n\r\n").status ==
          400);
    CHECK(server.connect().ask(head + "Content-Length: -1\r\n\r\n").status == 400);
    CHECK(server.connect().ask(head + "Content-Length: 99999999999999999999\r\n\r\n").status ==
          400);
  }

  TEST_CASE("a client that waits for 100 Continue gets it, or the refusal at once") {
    TestServer server;
    server.start();
    RawClient client = server.connect();
    const std::string request = post("/echo", "body", "Expect: 100-continue\r\n");
    client.send(request.substr(0, request.size() - 4));
    CHECK(client.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
    CHECK(client.ask("body").body == "body");

    const std::string refused = post("/nowhere", "body", "Expect: 100-continue\r\n");
    const Answer answer = client.ask(refused.substr(0, refused.size() - 4));
    CHECK(answer.status == 404);
    CHECK(answer.field("Connection") == "close");
    CHECK(client.is_ended());
  }

  TEST_CASE("HEAD is answered like GET, without the body") {
    TestServer server;
    server.start();
    RawClient client = server.connect();
    client.send("HEAD /open HTTP/1.1\r\nHost: localhost\r\n\r\n" + get("/open"));
    const Answer head = client.read(false);
    CHECK(head.status == 200);
    CHECK(head.field("Content-Length") == "4");
    CHECK(client.read().body == "open");
  }

  TEST_CASE("unknown paths and methods are JSON errors, and the connection lives on") {
    TestServer server;
    server.start();
    RawClient client = server.connect();
    const Answer nothing = client.ask(get("/nothing"));
    CHECK(nothing.status == 404);
    CHECK(nothing.field("Content-Type") == "application/json");
    CHECK(nothing.body ==
          "{\"error\":{\"code\":\"not_found\",\"message\":\"there is nothing at this path\"}}\n");
    const Answer brew = client.ask("BREW /open HTTP/1.1\r\nHost: localhost\r\n\r\n");
    CHECK(brew.status == 405);
    CHECK(brew.field("Allow") == "GET, HEAD");
    CHECK(client.ask("OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n").status == 400);
    CHECK(client.ask("GET https://localhost/open HTTP/1.1\r\nHost: localhost\r\n\r\n").status ==
          400);
    CHECK(client.ask(get("/open")).status == 200);
  }

  TEST_CASE("no answer has a CORS field, and every one forbids sniffing") {
    TestServer server;
    server.start();
    RawClient client = server.connect();
    for (const std::string& request :
         {get("/open", "Origin: http://localhost\r\n"), get("/nothing"), get("/secret/x")}) {
      const Answer answer = client.ask(request);
      CHECK(answer.head.find("Access-Control") == std::string::npos);
      CHECK(answer.field("X-Content-Type-Options") == "nosniff");
    }
  }

  TEST_CASE("the guard's checks stand before the body, which is read away") {
    TestServer server;
    server.start();
    RawClient client = server.connect();
    const std::string body(200'000, 'x');
    const auto status = [&](const std::string& request) { return client.ask(request).status; };
    CHECK(status("POST /echo HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 1\r\n\r\nx") == 421);
    CHECK(status(get("http://localhost/open")) == 200);
    CHECK(status(get("http://evil.example/open")) == 421);
    CHECK(status("GET http://localhost/open HTTP/1.1\r\n\r\n") == 400);  // without a Host
    CHECK(status("POST /echo HTTP/1.1\r\nContent-Length: 1\r\n\r\nx") == 400);
    CHECK(status(post("/echo", body, "Origin: http://evil.example\r\n")) == 403);
    CHECK(status(post("/open", body)) == 405);
    CHECK(status(post("/echo", body, "Content-Encoding: br\r\n")) == 415);
    CHECK(status(get("/secret/x")) == 401);
    CHECK(status(get("/secret/x", "Authorization: Bearer " + test_token + "\r\n")) == 200);
    CHECK(client.ask(post("/echo", "still here")).body == "still here");
  }

  TEST_CASE("HTTP/1.0 and Connection: close end the connection after the answer") {
    TestServer server;
    server.start();
    for (const char* request :
         {"GET /open HTTP/1.0\r\nHost: localhost\r\n\r\n",
          "GET /open HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"}) {
      RawClient client = server.connect();
      const Answer answer = client.ask(request);
      CHECK(answer.body == "open");
      CHECK(answer.field("Connection") == "close");
      CHECK(client.is_ended());
    }
    RawClient client = server.connect();
    const Answer kept =
        client.ask("GET /open HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n");
    CHECK(kept.field("Connection") == "keep-alive");
    CHECK(client.ask(get("/open")).status == 200);
  }

  TEST_CASE("a port that is taken is an error that names it") {
    TestServer server;
    server.start();
    ListenerOptions options;
    options.address.port = server.listener->port();
    const auto second = Listener::bind(options, server.service);
    REQUIRE_FALSE(second);
    CHECK(second.error().message ==
          "cannot listen on 127.0.0.1:" + std::to_string(server.listener->port()) +
              ": Address already in use");
  }
}
