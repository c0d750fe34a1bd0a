#include "net/http_client.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <thread>

#include "fakes/loopback_server.h"

namespace honeyhive::net {
namespace {

using fakes::Latch;
using fakes::LoopbackServer;
using fakes::ReceivedRequest;
using fakes::Reply;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Yields `size` bytes that depend on their position, in pieces as asked for.
class Pattern final : public BodyReader {
 public:
  explicit Pattern(std::size_t size) : size_(size) {}

  static char at(std::size_t position) { return static_cast<char>('a' + position * 7919 % 26); }
  static std::string text(std::size_t size) {
    std::string all(size, ' ');
    for (std::size_t i = 0; i < size; ++i) all[i] = at(i);
    return all;
  }

  std::size_t read(char* out, std::size_t capacity) noexcept override {
    const std::size_t count = std::min(capacity, size_ - at_);
    for (std::size_t i = 0; i < count; ++i) out[i] = at(at_ + i);
    at_ += count;
    return count;
  }
  void rewind() noexcept override {
    at_ = 0;
    ++rewinds;
  }

  int rewinds = 0;

 private:
  std::size_t size_;
  std::size_t at_ = 0;
};

HttpRequest get(std::string url) {
  HttpRequest request;
  request.url = std::move(url);
  request.timeout = seconds(30);
  return request;
}

HttpRequest post(std::string url, Pattern& body, std::size_t size) {
  HttpRequest request = get(std::move(url));
  request.method = "POST";
  request.body = &body;
  request.body_bytes = size;
  return request;
}

std::vector<Completion> finish(HttpClient& client, std::size_t count) {
  std::vector<Completion> done;
  const auto deadline = std::chrono::steady_clock::now() + seconds(30);
  while (done.size() < count && std::chrono::steady_clock::now() < deadline) {
    client.run(seconds(1), done);
  }
  REQUIRE(done.size() == count);
  return done;
}

HttpAnswer finish_one(HttpClient& client) { return std::move(finish(client, 1)[0].answer); }

}  // namespace

TEST_SUITE("net/http_client") {
  TEST_CASE("a request arrives as it was written and its answer comes back") {
    LoopbackServer server([](const ReceivedRequest&) {
      return Reply{.status = 207, .headers = {"X-Other: 1"}, .body = "the answer"};
    });
    HttpRequest request = get(server.url("/a/b?c=%20d"));
    request.method = "PUT";
    request.headers = {"Content-Type: application/json", "hh-client-stats: a=1"};
    const HttpAnswer answer = fetch(std::move(request), "{\"k\": 1}");

    CHECK(answer.status == 207);
    CHECK(answer.body == "the answer");
    CHECK(answer.error == "");
    CHECK_FALSE(answer.retry_after.has_value());
    const auto received = server.requests();
    REQUIRE(received.size() == 1);
    CHECK(received[0].method == "PUT");
    CHECK(received[0].target == "/a/b?c=%20d");
    CHECK(received[0].body == "{\"k\": 1}");
    CHECK(received[0].header("content-type") == "application/json");
    CHECK(received[0].header("hh-client-stats") == "a=1");
    CHECK(received[0].header("content-length") == "8");
  }

  TEST_CASE("a large body is sent whole, with its length and without waiting for a 100") {
    LoopbackServer server;
    const auto client = make_http_client();
    constexpr std::size_t size = (5 << 20) + 3;
    Pattern body(size);
    client->start(1, post(server.url("/v1/traces"), body, size));
    CHECK(finish_one(*client).status == 200);
    const auto received = server.requests();
    REQUIRE(received.size() == 1);
    CHECK((received[0].body == Pattern::text(size)));
    CHECK(received[0].header("content-length") == std::to_string(size));
    CHECK(received[0].header("transfer-encoding") == "");
    CHECK(received[0].header("expect") == "");
  }

  TEST_CASE("a post without a body says that its length is zero") {
    LoopbackServer server;
    HttpRequest request = get(server.url());
    request.method = "POST";
    CHECK(fetch(std::move(request)).status == 200);
    CHECK(server.requests().at(0).header("content-length") == "0");
  }

  TEST_CASE("one request after the other uses one connection, whatever its method") {
    LoopbackServer server;
    const auto client = make_http_client();
    for (const char* method : {"POST", "GET", "POST", "DELETE", "PUT", "HEAD", "GET"}) {
      CAPTURE(method);
      Pattern body(1000);
      HttpRequest request = post(server.url(), body, 1000);
      request.method = method;
      if (request.method != "POST" && request.method != "PUT") {
        request.body = nullptr;
        request.body_bytes = 0;
      }
      const bool has_body = request.body != nullptr;
      client->start(1, std::move(request));
      CHECK(finish_one(*client).status == 200);
      CHECK(server.requests().back().method == method);
      CHECK(server.requests().back().body.size() == (has_body ? 1000 : 0));
    }
    CHECK(server.connections() == 1);
  }

  TEST_CASE("headers of one request are not sent with the next") {
    LoopbackServer server;
    const auto client = make_http_client();
    HttpRequest first = get(server.url());
    first.headers = {"Authorization: Bearer one", "A: 1"};
    client->start(1, std::move(first));
    (void)finish_one(*client);
    HttpRequest second = get(server.url());
    second.headers = {"B: 2"};
    client->start(2, std::move(second));
    (void)finish_one(*client);
    const auto received = server.requests();
    CHECK(received[0].header("authorization") == "Bearer one");
    CHECK(received[1].header("authorization") == "");
    CHECK(received[1].header("a") == "");
    CHECK(received[1].header("b") == "2");
  }

  TEST_CASE("a header that would become two lines is refused, every time") {
    LoopbackServer server;
    const auto client = make_http_client();
    for (int round = 0; round < 2; ++round) {
      HttpRequest request = get(server.url());
      request.headers = {"hh-project: a\r\nAuthorization: Bearer stolen"};
      client->start(1, std::move(request));
      const HttpAnswer answer = finish_one(*client);
      CHECK(answer.status == 0);
      CHECK(answer.error != "");
      CHECK(answer.error.find("stolen") == answer.error.npos);
    }
    CHECK(server.requests().empty());
  }

  TEST_CASE("requests that are not answered hold up no other of the same host") {
    const auto latch = std::make_shared<Latch>();
    LoopbackServer server([&](const ReceivedRequest& request) {
      return request.target == "/held" ? Reply::held(latch) : Reply{};
    });
    const auto client = make_http_client();
    constexpr int held = 40;
    for (std::uint64_t id = 1; id <= held; ++id) client->start(id, get(server.url("/held")));
    std::vector<Completion> done;
    while (!server.wait_for_requests(held, milliseconds(0))) client->run(milliseconds(1), done);
    client->start(held + 1, get(server.url("/")));
    CHECK(finish(*client, 1)[0].id == held + 1);
    latch->open();
    std::vector<std::uint64_t> ids;
    for (const Completion& completion : finish(*client, held)) {
      CHECK(completion.answer.status == 200);
      ids.push_back(completion.id);
    }
    std::sort(ids.begin(), ids.end());
    for (std::uint64_t id = 1; id <= held; ++id) CHECK(ids[id - 1] == id);
  }

  TEST_CASE("a slow answer does not hold up another host") {
    const auto latch = std::make_shared<Latch>();
    LoopbackServer slow([&](const ReceivedRequest&) { return Reply::held(latch); });
    LoopbackServer fast;
    const auto client = make_http_client();
    client->start(1, get(slow.url()));
    client->start(2, get(fast.url()));
    CHECK(finish(*client, 1)[0].id == 2);
    latch->open();
    CHECK(finish(*client, 1)[0].id == 1);
  }

  TEST_CASE("wake ends a wait, also one that begins later, and one only") {
    const auto client = make_http_client();
    std::vector<Completion> done;
    const auto start = std::chrono::steady_clock::now();
    client->wake();
    client->wake();
    client->run(std::chrono::hours(1), done);

    std::thread other([&] { client->wake(); });
    client->run(std::chrono::hours(1), done);
    other.join();
    CHECK(std::chrono::steady_clock::now() - start < seconds(60));
    CHECK(done.empty());

    const auto before = std::chrono::steady_clock::now();
    client->run(milliseconds(20), done);
    CHECK(std::chrono::steady_clock::now() - before >= milliseconds(20));
  }

  TEST_CASE("cancel_all ends what runs, and the client goes on working") {
    LoopbackServer server([](const ReceivedRequest& request) {
      return request.target == "/never" ? Reply::never() : Reply{};
    });
    const auto client = make_http_client();
    client->start(1, get(server.url("/never")));
    client->start(2, get(server.url("/never")));
    std::vector<Completion> done;
    while (!server.wait_for_requests(2, milliseconds(0))) client->run(milliseconds(1), done);
    client->cancel_all();
    for (const Completion& completion : finish(*client, 2)) {
      CHECK(completion.answer.status == 0);
      CHECK(completion.answer.error == "cancelled");
    }
    client->start(3, get(server.url("/")));
    CHECK(finish_one(*client).status == 200);
  }

  TEST_CASE("a client with transfers under way can be destroyed") {
    LoopbackServer server([](const ReceivedRequest&) { return Reply::never(); });
    const auto client = make_http_client();
    client->start(1, get(server.url()));
    std::vector<Completion> done;
    while (!server.wait_for_requests(1, milliseconds(0))) client->run(milliseconds(1), done);
  }

  TEST_CASE("data is handed over as it arrives, until the receiver has enough") {
    LoopbackServer server([](const ReceivedRequest&) {
      return Reply::bytes(
          "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\ndata: 2\n\n");
    });
    HttpRequest request = get(server.url());
    request.timeout = milliseconds(0);
    request.max_answer_bytes = 4;  // is not about streams
    std::string seen;
    request.on_data = [&](std::string_view data) {
      seen += data;
      return seen.find("data: 2") == seen.npos;
    };
    const HttpAnswer answer = fetch(std::move(request));
    CHECK(seen == "data: 1\n\ndata: 2\n\n");
    CHECK(answer.status == 0);
    CHECK(answer.error == "ended by the receiver");
  }

  TEST_CASE("an error answer goes to the body, not to the receiver of data") {
    LoopbackServer server(
        [](const ReceivedRequest&) { return Reply{.status = 401, .body = "no token"}; });
    HttpRequest request = get(server.url());
    bool was_called = false;
    request.on_data = [&](std::string_view) { return was_called = true; };
    const HttpAnswer answer = fetch(std::move(request));
    CHECK(answer.status == 401);
    CHECK(answer.body == "no token");
    CHECK_FALSE(was_called);
  }
}

}  // namespace honeyhive::net
