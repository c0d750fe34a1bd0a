#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "test_server.h"

using namespace honeyhive::server;
using namespace honeyhive::server::testing;
using namespace std::chrono_literals;

namespace {

// A route whose answer waits until somebody gives it.
struct Pending {
  explicit Pending(TestServer& server) {
    server.service.router.add("GET", "/pending", {.access = Access::open},
                              [this](Request, Responder responder) {
                                answer = std::move(responder);
                                arrived.set_value();
                              });
  }
  void wait() { arrived.get_future().wait(); }

  std::optional<Responder> answer;
  std::promise<void> arrived;
};

}  // namespace

TEST_SUITE("server/http/stop") {
  TEST_CASE("a stop waits for a pending answer, which is delivered and ends the connection") {
    TestServer server;
    Pending pending(server);
    server.start();
    RawClient client = server.connect();
    RawClient idle = server.connect();
    CHECK(idle.ask(get("/open")).status == 200);
    client.send(get("/pending"));
    pending.wait();
    std::thread stopping([&] { server.listener->stop(); });
    CHECK(idle.is_ended());  // so the stop is under way
    CHECK_FALSE(RawClient(server.listener->port()).ask(get("/open")).status == 200);
    (*pending.answer)({.body = "late", .headers = {}, .stream = {}});
    const Answer answer = client.read();
    CHECK(answer.body == "late");
    CHECK(answer.field("Connection") == "close");
    client.close();
    stopping.join();
  }

  TEST_CASE("a stop gives an answer that never comes up after its time") {
    ListenerOptions options;
    options.stop_time = 50ms;
    TestServer server(options);
    Pending pending(server);
    server.start();
    RawClient client = server.connect();
    client.send(get("/pending"));
    pending.wait();
    server.listener->stop();
    CHECK(client.is_ended());
    (*pending.answer)({});  // goes nowhere
  }

  TEST_CASE("an answer may come from another thread, also when its client is gone") {
    TestServer server;
    Pending pending(server);
    server.start();
    {
      RawClient client = server.connect();
      client.send(get("/pending"));
      pending.wait();
    }
    std::thread([&] { (*pending.answer)({.body = "x", .headers = {}, .stream = {}}); }).join();
    CHECK(server.connect().ask(get("/open")).status == 200);
  }

  TEST_CASE("only the first answer counts, and a request that is given up is 503, as at a stop") {
    TestServer server;
    server.service.router.add("GET", "/twice", {.access = Access::open},
                              [](Request, Responder answer) {
                                answer({.body = "first", .headers = {}, .stream = {}});
                                answer({.body = "second", .headers = {}, .stream = {}});
                              });
    server.service.router.add("GET", "/never", {.access = Access::open}, [](Request, Responder) {});
    server.service.router.add("GET", "/throws", {.access = Access::open},
                              [](Request, Responder) { throw std::runtime_error("a bug"); });
    server.start();
    RawClient client = server.connect();
    CHECK(client.ask(get("/twice")).body == "first");
    const Answer given_up = client.ask(get("/never"));
    CHECK(given_up.status == 503);
    CHECK(given_up.field("Retry-After") == "1");
    CHECK(client.ask(get("/throws")).status == 500);
    CHECK(client.ask(get("/open")).body == "open");
  }

  TEST_CASE(
      "answers race with clients that leave and with the stop, and nothing is lost or hangs") {
    TestServer server;
    std::atomic<int> handled{0};
    server.service.router.add("GET", "/soon", {.access = Access::open},
                              [&](Request, Responder answer) {
                                ++handled;
                                std::thread([answer] { answer({}); }).detach();
                              });
    server.start();
    std::vector<std::thread> clients;
    for (int i = 0; i < 4; ++i) {
      clients.emplace_back([&, i] {
        for (int n = 0; n < 100; ++n) {
          RawClient client(server.listener->port());
          if (!client.send(get("/soon"))) return;
          if ((n + i) % 3 != 0) client.read();
        }
      });
    }
    while (handled < 100) std::this_thread::yield();
    server.listener->stop();
    for (std::thread& client : clients) client.join();
    CHECK(server.service.budget.used() == 0);
  }
}
