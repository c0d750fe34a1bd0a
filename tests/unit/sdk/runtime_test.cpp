#include <doctest/doctest.h>

#include <atomic>
#include <set>
#include <thread>
#include <vector>

#include "fakes/loopback_server.h"
#include "honeyhive/honeyhive.h"

// The whole SDK, its worker and libcurl against a server on loopback.

namespace honeyhive {
namespace {

using fakes::LoopbackServer;
using fakes::Reply;
using std::chrono::milliseconds;
using std::chrono::seconds;

TracerConfig config_for(const LoopbackServer& server) {
  return {.api_key = "hh_test_key_1234", .project = "p", .server_url = server.url()};
}

std::size_t count_to(const LoopbackServer& server, std::string_view target) {
  std::size_t count = 0;
  for (const auto& request : server.requests()) count += request.target == target;
  return count;
}

TEST_SUITE_BEGIN("sdk/runtime");

TEST_CASE("spans reach a server behind their session's start, over few connections") {
  LoopbackServer server;
  const auto tracer = HoneyHiveTracer::init(config_for(server));
  for (int i = 0; i < 3; ++i) {
    { auto span = tracer.trace("work"); }
    CHECK(tracer.flush(seconds(20)));
  }
  const auto requests = server.requests();
  REQUIRE(requests.size() == 4);
  CHECK(requests[0].target == "/session/start");
  CHECK(requests[0].header("authorization") == "Bearer hh_test_key_1234");
  for (std::size_t i = 1; i < 4; ++i) CHECK(requests[i].target == "/opentelemetry/v1/traces");
  CHECK(server.connections() == 1);
  CHECK(tracer.stats().spans_sent == 3);
}

TEST_CASE("no session's start is lost while others of the destination are busy") {
  LoopbackServer server;
  const auto busy = HoneyHiveTracer::init(config_for(server));
  std::atomic<bool> is_over{false};
  std::thread traffic([&] {
    while (!is_over) {
      auto span = busy.trace("traffic");
      span.set_attribute("text", std::string(8000, 'x'));
    }
  });
  int flushed = 0;
  constexpr int tracers = 60;
  for (int i = 0; i < tracers; ++i) {
    const auto tracer = HoneyHiveTracer::init(config_for(server));
    { auto span = tracer.trace("one"); }
    const bool done = tracer.flush(seconds(5));
    flushed += done;
    if (!done) break;
  }
  is_over = true;
  traffic.join();
  CHECK(flushed == tracers);
}

TEST_CASE("close gives a server that never answers two seconds, not all of export_timeout") {
  LoopbackServer server([](const fakes::ReceivedRequest&) { return Reply::never(); });
  auto config = config_for(server);
  config.export_timeout = seconds(60);
  const auto tracer = HoneyHiveTracer::init(config);
  { auto span = tracer.trace("work"); }
  const auto begin = std::chrono::steady_clock::now();
  tracer.close();
  const auto took = std::chrono::steady_clock::now() - begin;
  CHECK(took > milliseconds(1900));
  CHECK(took < seconds(20));
  { auto span = tracer.trace("late"); }
  CHECK(tracer.stats().spans_ended == 1);
  CHECK(tracer.stats().dropped_unsent == 1);
}

TEST_CASE("a span that ends after close is counted, and a new tracer works") {
  LoopbackServer server;
  auto tracer = HoneyHiveTracer::init(config_for(server));
  auto span = tracer.trace("open");
  tracer.close();
  span.end();
  CHECK(tracer.stats().dropped_closed == 1);
  tracer = HoneyHiveTracer::init(config_for(server));
  { auto again = tracer.trace("again"); }
  CHECK(tracer.flush(seconds(20)));
  CHECK(tracer.stats().spans_sent == 1);
}

TEST_CASE("the end of a span with disable_batch returns when the server has answered") {
  LoopbackServer server;
  auto config = config_for(server);
  config.disable_batch = true;
  const auto tracer = HoneyHiveTracer::init(config);
  for (std::size_t i = 1; i <= 3; ++i) {
    { auto span = tracer.trace("work"); }
    CHECK(tracer.stats().spans_sent == i);
    CHECK(count_to(server, "/opentelemetry/v1/traces") == i);
  }
}

TEST_CASE("the end of a span with disable_batch returns after export_timeout") {
  LoopbackServer server([](const fakes::ReceivedRequest&) { return Reply::never(); });
  auto config = config_for(server);
  config.disable_batch = true;
  config.export_timeout = milliseconds(200);
  const auto tracer = HoneyHiveTracer::init(config);
  const auto begin = std::chrono::steady_clock::now();
  { auto span = tracer.trace("work"); }
  const auto took = std::chrono::steady_clock::now() - begin;
  CHECK(took >= milliseconds(200));
  CHECK(took < seconds(5));  // the default
}

TEST_CASE("a project whose requests are not answered delays no other of the same server") {
  LoopbackServer server([](const fakes::ReceivedRequest& request) {
    const bool is_dead = request.header("authorization") == "Bearer hh_dead" &&
                         request.target == "/opentelemetry/v1/traces";
    return is_dead ? Reply::never() : Reply{};
  });
  auto config = config_for(server);
  config.export_timeout = seconds(60);
  config.api_key = "hh_dead";
  const auto dead = HoneyHiveTracer::init(config);
  for (int i = 0; i < 9 * 512; ++i) auto span = dead.trace("work");
  CHECK(server.wait_for_requests(1 + 8));
  const auto alive = HoneyHiveTracer::init(config_for(server));
  { auto span = alive.trace("work"); }
  CHECK(alive.flush(seconds(10)));
}

TEST_CASE("several threads flush at once, and all see everything sent") {
  LoopbackServer server;
  const auto tracer = HoneyHiveTracer::init(config_for(server));
  std::atomic<int> done{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 10; ++j) {
        { auto span = tracer.trace("work"); }
        done += tracer.flush(seconds(20));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(done == 80);
  CHECK(tracer.stats().spans_sent == 80);
}

TEST_CASE("nothing is sent in test mode") {
  LoopbackServer server;
  auto config = config_for(server);
  config.test_mode = true;
  const auto tracer = HoneyHiveTracer::init(config);
  { auto span = tracer.trace("work"); }
  CHECK(tracer.flush());
  CHECK(server.requests().empty());
}

TEST_CASE("a tracer that samples nothing sends its session's start and no span") {
  LoopbackServer server;
  auto config = config_for(server);
  config.sample_rate = 0;
  const auto tracer = HoneyHiveTracer::init(config);
  { auto span = tracer.trace("work"); }
  CHECK(tracer.flush(seconds(20)));
  CHECK(count_to(server, "/session/start") == 1);
  CHECK(server.requests().size() == 1);
  CHECK(tracer.stats().spans_sent == 0);
}

TEST_CASE("tracers come and go from several threads while spans are recorded") {
  LoopbackServer server;
  std::vector<std::thread> threads;
  std::atomic<int> bad{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int j = 0; j < 15; ++j) {
        auto config = config_for(server);
        config.project = "p" + std::to_string((i + j) % 3);
        const auto tracer = HoneyHiveTracer::init(config);
        for (int k = 0; k < 20; ++k) {
          auto span = tracer.trace("work");
          span.set_attribute("k", k);
        }
        bad += !tracer.flush(seconds(20));
        const auto stats = tracer.stats();
        bad += stats.spans_sent != 20;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(bad == 0);
}

TEST_SUITE_END();

}  // namespace
}  // namespace honeyhive
