// What the client makes of servers that are absent, slow, rude or broken.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <fcntl.h>

#include <ctime>

#include "fakes/loopback_server.h"
#include "net/http_client.h"

namespace honeyhive::net {
namespace {

using fakes::LoopbackServer;
using fakes::ReceivedRequest;
using fakes::Reply;
using std::chrono::milliseconds;
using std::chrono::seconds;

HttpRequest get(std::string url, milliseconds timeout = seconds(30)) {
  HttpRequest request;
  request.url = std::move(url);
  request.timeout = timeout;
  return request;
}

HttpAnswer answer_to(const std::string& raw) {
  LoopbackServer server([&](const ReceivedRequest&) {
    Reply reply = Reply::bytes(raw);
    reply.hangs_up = true;
    return reply;
  });
  return fetch(get(server.url()));
}

class Letters final : public BodyReader {
 public:
  explicit Letters(std::size_t size) : left_(size), size_(size) {}
  std::size_t read(char* out, std::size_t capacity) noexcept override {
    const std::size_t count = std::min(capacity, left_);
    for (std::size_t i = 0; i < count; ++i) out[i] = 'x';
    left_ -= count;
    return count;
  }
  void rewind() noexcept override {
    left_ = size_;
    ++rewinds;
  }
  int rewinds = 0;

 private:
  std::size_t left_;
  std::size_t size_;
};

HttpAnswer post(HttpClient& client, const std::string& url, Letters& body, std::size_t size) {
  HttpRequest request = get(url);
  request.method = "POST";
  request.body = &body;
  request.body_bytes = size;
  client.start(1, std::move(request));
  std::vector<Completion> done;
  while (done.empty()) client.run(seconds(5), done);
  return done[0].answer;
}

// The descriptor of this process that is connected to the port; -1 if there is none.
int find_connection_to(std::uint16_t port) {
  for (int file = 0; file < 1024; ++file) {
    sockaddr_in peer{};
    socklen_t bytes = sizeof peer;
    if (::getpeername(file, reinterpret_cast<sockaddr*>(&peer), &bytes) == 0 &&
        peer.sin_family == AF_INET && ntohs(peer.sin_port) == port) {
      return file;
    }
  }
  return -1;
}

std::string http_date(std::time_t when) {
  std::tm parts{};
  gmtime_r(&when, &parts);
  char text[64];
  const std::size_t size = std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text, size};
}

}  // namespace

TEST_SUITE("net/http_client_faults") {
  TEST_CASE("a server that never answers is a time-out, not a status") {
    LoopbackServer server([](const ReceivedRequest&) { return Reply::never(); });
    const HttpAnswer answer = fetch(get(server.url(), milliseconds(50)));
    CHECK(answer.status == 0);
    CHECK(answer.error.find("timed out") != answer.error.npos);
  }

  TEST_CASE("a server that stops in the middle of its answer is a time-out, not a status") {
    LoopbackServer server([](const ReceivedRequest&) {
      return Reply::bytes("HTTP/1.1 200 OK\r\nContent-Length: 10\r\nRetry-After: 3\r\n\r\nhalf");
    });
    const HttpAnswer answer = fetch(get(server.url(), milliseconds(50)));
    CHECK(answer.status == 0);
    CHECK(answer.body == "");
    CHECK_FALSE(answer.retry_after.has_value());
    CHECK(answer.error.find("timed out") != answer.error.npos);
  }

  TEST_CASE("a refused connection says where") {
    std::string url;
    std::string port;
    {
      const LoopbackServer server;
      url = server.url();
      port = std::to_string(server.port());
    }
    const HttpAnswer answer = fetch(get(url));
    CHECK(answer.status == 0);
    CHECK(answer.error.find("127.0.0.1") != answer.error.npos);
    CHECK(answer.error.find(port) != answer.error.npos);
  }

  TEST_CASE("only http and https are spoken, and other URLs are errors") {
    for (const char* url :
         {"file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "telnet://127.0.0.1:1",
          "dict://127.0.0.1:1/x", "", "http://", "::", "http://127.0.0.1:1/a\r\nHost: b"}) {
      CAPTURE(url);
      const HttpAnswer answer = fetch(get(url));
      CHECK(answer.status == 0);
      CHECK(answer.body == "");
      CHECK(answer.error != "");
    }
  }

  TEST_CASE("garbage instead of an answer is an error") {
    for (const std::string& raw :
         {std::string("\0\1\2\3\xff\xfe", 6), std::string("hello\r\n\r\n"),
          std::string("HTTP/9.9 abc\r\n\r\n"), std::string("\r\n\r\n\r\n"),
          std::string("HTTP/1.1 200 OK\r\nContent-Length: -4\r\n\r\n"),
          std::string("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort")}) {
      CAPTURE(raw);
      const HttpAnswer answer = answer_to(raw);
      CHECK(answer.status == 0);
      CHECK(answer.error != "");
    }
  }

  TEST_CASE("an answer of the allowed length is kept, one byte more is an error") {
    for (const std::size_t size : {std::size_t{1000}, std::size_t{1001}, std::size_t{30 << 20}}) {
      CAPTURE(size);
      LoopbackServer server(
          [&](const ReceivedRequest&) { return Reply{.body = std::string(size, 'b')}; });
      HttpRequest request = get(server.url());
      request.max_answer_bytes = 1000;
      const HttpAnswer answer = fetch(std::move(request));
      CHECK(answer.status == (size == 1000 ? 200 : 0));
      CHECK(answer.body.size() == (size == 1000 ? 1000 : 0));
      CHECK(answer.error == (size == 1000 ? "" : "the answer is too long"));
    }
  }

  TEST_CASE("endless headers are an error") {
    std::string raw = "HTTP/1.1 200 OK\r\n";
    for (int i = 0; i < 20'000; ++i) raw += "X-Filler: 01234567890123456789012345678901234\r\n";
    CHECK(answer_to(raw + "\r\n").status == 0);
  }

  TEST_CASE("redirects are answers, and are not followed") {
    LoopbackServer other;
    LoopbackServer server([&](const ReceivedRequest&) {
      return Reply{.status = 302, .headers = {"Location: " + other.url()}};
    });
    CHECK(fetch(get(server.url())).status == 302);
    CHECK(other.requests().empty());
  }

  TEST_CASE("Retry-After is read as seconds or as a date, and is never negative") {
    struct Case {
      std::string header;
      std::optional<long> expected;
    };
    const Case cases[] = {
        {"Retry-After: 0", 0},
        {"retry-after:  17  ", 17},
        {"Retry-After: 20300101", 86'400},  // a number, whatever it looks like; at most a day
        {"Retry-After: 99999999999999999999999", 86'400},
        {"Retry-After: -5", std::nullopt},
        {"Retry-After: soon", std::nullopt},
        {"Retry-After:", std::nullopt},
        {"X-Retry-After: 5", std::nullopt},
        {"Retry-After: Wed, 21 Oct 2015 07:28:00 GMT", 0},
        {"Retry-After: Fri, 31 Dec 2100 23:59:59 GMT", 86'400},
    };
    for (const Case& item : cases) {
      CAPTURE(item.header);
      LoopbackServer server(
          [&](const ReceivedRequest&) { return Reply{.status = 429, .headers = {item.header}}; });
      const HttpAnswer answer = fetch(get(server.url()));
      CHECK(answer.status == 429);
      CHECK(answer.retry_after.has_value() == item.expected.has_value());
      if (item.expected) CHECK(answer.retry_after.value_or(seconds(-1)).count() == *item.expected);
    }
  }

  TEST_CASE("a date in Retry-After counts from now") {
    LoopbackServer server([](const ReceivedRequest&) {
      return Reply{.status = 503,
                   .headers = {"Retry-After: " + http_date(std::time(nullptr) + 600)}};
    });
    const auto after = fetch(get(server.url())).retry_after.value_or(seconds(0)).count();
    CHECK(after > 500);
    CHECK(after <= 600);
  }

  TEST_CASE("an interim answer is not the answer") {
    const HttpAnswer answer = answer_to(
        "HTTP/1.1 100 Continue\r\nRetry-After: 9\r\n\r\n"
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    CHECK(answer.status == 200);
    CHECK(answer.body == "ok");
    CHECK_FALSE(answer.retry_after.has_value());
  }

  TEST_CASE("a kept-alive connection that dies under a request is replaced, and the body rewound") {
    LoopbackServer server([](const ReceivedRequest& request) {
      return request.number == 2 ? Reply::hang_up() : Reply{};
    });
    const auto client = make_http_client();
    constexpr std::size_t size = 300'000;
    Letters body(size);
    CHECK(post(*client, server.url(), body, size).status == 200);
    body.rewind();
    body.rewinds = 0;
    CHECK(post(*client, server.url(), body, size).status == 200);
    CHECK(body.rewinds == 1);
    CHECK(server.connections() == 2);
    const auto received = server.requests();
    REQUIRE(received.size() == 3);
    CHECK((received[2].body == std::string(size, 'x')));
  }

  TEST_CASE("a connection closed between requests is replaced") {
    LoopbackServer server;
    const auto client = make_http_client();
    Letters body(10);
    CHECK(post(*client, server.url(), body, 10).status == 200);
    server.drop_connections();
    Letters next(10);
    CHECK(post(*client, server.url(), next, 10).status == 200);
    CHECK(server.connections() == 2);
  }

  TEST_CASE("an answer that comes before the body was sent is the answer") {
    LoopbackServer server;
    server.refuse_early({.status = 413, .headers = {"Connection: close"}, .body = "too long"});
    const auto client = make_http_client();
    constexpr std::size_t size = 64 << 20;
    Letters body(size);
    const HttpAnswer answer = post(*client, server.url(), body, size);
    CHECK(answer.status == 413);
    CHECK(answer.body == "too long");
    CHECK(server.requests().empty());
  }

  TEST_CASE("a program that is started during a transfer does not get its connection") {
    const auto latch = std::make_shared<fakes::Latch>();
    LoopbackServer server([&](const ReceivedRequest&) { return Reply::held(latch); });
    const auto client = make_http_client();
    client->start(1, get(server.url()));
    std::vector<Completion> done;
    while (server.requests().empty()) client->run(milliseconds(1), done);
    const int connection = find_connection_to(server.port());
    REQUIRE(connection >= 0);
    CHECK((::fcntl(connection, F_GETFD) & FD_CLOEXEC) != 0);
    latch->open();
    while (done.empty()) client->run(seconds(5), done);
    CHECK(done[0].answer.status == 200);
  }

  TEST_CASE("a connection that dies under its first request is an error") {
    LoopbackServer server([](const ReceivedRequest&) { return Reply::hang_up(); });
    const HttpAnswer answer = fetch(get(server.url()));
    CHECK(answer.status == 0);
    CHECK(answer.error != "");
    CHECK(server.requests().size() == 1);
  }
}

}  // namespace honeyhive::net
