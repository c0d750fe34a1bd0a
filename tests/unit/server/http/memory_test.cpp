// A program of its own: it makes memory run out.

#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>
#include <future>
#include <limits>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "core/log.h"
#include "fakes/short_malloc.h"
#include "gzip_bytes.h"
#include "server/http/inflate.h"
#include "test_server.h"

using namespace honeyhive;
using namespace honeyhive::server;
using namespace honeyhive::server::testing;

namespace {

constexpr std::size_t all = std::numeric_limits<std::size_t>::max();
std::atomic<std::size_t> too_large{all};  // as large or larger is not to be had

struct Shortage {
  explicit Shortage(std::size_t bytes) { too_large = bytes; }
  ~Shortage() { too_large = all; }
};

std::atomic<int> lines{0};

}  // namespace

void* operator new(std::size_t bytes) {
  void* const memory = bytes < too_large.load() ? std::malloc(bytes) : nullptr;
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

TEST_SUITE("server/http/memory") {
  TEST_CASE("memory that runs out closes the connection, gives back its bytes, and no other") {
    core::set_log_sink([](core::LogLevel, std::string_view) { ++lines; });
    TestServer server;
    server.start();
    RawClient other = server.connect();
    CHECK(other.ask(get("/open")).status == 200);
    const std::string large = post("/length", std::string(1 << 20, 'x'));
    {
      const Shortage shortage(200'000);
      RawClient client = server.connect();
      client.send(large);
      CHECK(client.is_ended());
      CHECK(lines > 0);
      CHECK(other.ask(get("/open")).status == 200);
    }
    CHECK(other.ask(large).body == "1048576");
    while (server.service.metrics.connections > 1) std::this_thread::yield();
    while (server.service.budget.used() > 0) std::this_thread::yield();  // after the answer
    core::set_log_sink(nullptr);
  }

  TEST_CASE("a connection there is no memory for is closed, and the next one is accepted") {
    core::set_log_sink([](core::LogLevel, std::string_view) { ++lines; });
    TestServer server;
    server.start();
    {
      const Shortage shortage(60'000);  // each connection reads into 64 KB
      for (int i = 0; i < 3; ++i) CHECK(server.connect().is_ended());
    }
    CHECK(server.connect().ask(get("/open")).status == 200);
    core::set_log_sink(nullptr);
  }

  TEST_CASE("connections are accepted again once there is memory for them") {
    core::set_log_sink([](core::LogLevel, std::string_view) { ++lines; });
    TestServer server;
    server.start();
    for (int i = 0; i < 3; ++i) {
      bool was_refused = false;
      {
        const Shortage shortage(1);
        RawClient client(server.listener->port());
        was_refused = i > 0 || client.is_ended();  // later ones wait in the system's queue
      }
      CHECK(was_refused);
      CHECK(server.connect().ask(get("/open")).status == 200);
    }
    core::set_log_sink(nullptr);
  }

  TEST_CASE("a connection whose read was lost for want of memory is closed in its time") {
    core::set_log_sink([](core::LogLevel, std::string_view) { ++lines; });
    ListenerOptions options;
    options.idle_time = options.linger_time = std::chrono::milliseconds(20);
    TestServer server(options);
    server.start();
    const std::string part = "GET /open HTTP/1.1\r\n";
    for (int i = 0; i < 10; ++i) {
      std::vector<RawClient> clients;
      for (int n = 0; n < 10; ++n) clients.push_back(server.connect());
      {
        const Shortage shortage(1);
        for (RawClient& client : clients) client.send(part);
        for (int n = 0; n < 100; ++n) std::this_thread::yield();
      }
      for (RawClient& client : clients) {
        while (client.read().status != 0) {
        }
      }
    }
    while (server.service.metrics.connections > 0) std::this_thread::yield();
    core::set_log_sink(nullptr);
  }

  TEST_CASE("a request that is given up may fail to be answered") {
    int tries = 0;
    int losses = 0;
    const auto fail = [&tries](const Response&) {
      ++tries;
      throw std::bad_alloc();
    };
    core::set_log_sink([](core::LogLevel, std::string_view) {});
    {
      const Responder forgotten(fail, [&] { ++losses; });
    }
    CHECK(tries == 1);
    CHECK(losses == 1);
    {
      const Responder answer(fail, [&] { ++losses; });
      answer({});
    }
    CHECK(tries == 2);
    CHECK(losses == 2);
    core::set_log_sink(nullptr);
  }

  TEST_CASE("a request whose answer there is no memory to send is ended") {
    core::set_log_sink([](core::LogLevel, std::string_view) { ++lines; });
    TestServer server;
    std::promise<Responder> waiting;
    server.service.router.add("GET", "/wait", {.access = Access::open},
                              [&](Request, Responder answer) { waiting.set_value(answer); });
    server.start();
    RawClient client = server.connect();
    client.send(get("/wait"));
    const Responder answer = waiting.get_future().get();
    Response response{.body = "ready", .headers = {}, .stream = {}};
    {
      const Shortage shortage(1);
      answer(std::move(response));
    }
    CHECK(client.is_ended());
    while (server.service.metrics.connections > 0) std::this_thread::yield();
    core::set_log_sink(nullptr);
  }

  TEST_CASE("a line of the log takes no memory and is cut") {
    static std::string line;
    core::set_log_sink([](core::LogLevel, std::string_view text) { line = text; });
    core::log_line(core::LogLevel::error, {"what", ": ", "why"});
    CHECK(line == "what: why");
    core::log_line(core::LogLevel::error, {"what", std::string(1'000, '!')});
    CHECK(line == "what" + std::string(496, '!'));
    core::set_log_sink(nullptr);
  }

  TEST_CASE("a thread without memory to decompress now has it for a later body") {
    Budget budget(1 << 20);
    const std::string body = gzip("body");
    std::thread([&] {
      Reservation bytes(budget);
      const fakes::FailingMalloc shortage({9'000, 20'000});  // libdeflate's state
      const auto refused = gunzip(body, {}, bytes);
      CHECK(shortage.has_failed());
      REQUIRE_FALSE(refused);
      CHECK(refused.error().code == core::Error::Code::unavailable);
      CHECK(*gunzip(body, {}, bytes) == "body");
    }).join();
  }
}
