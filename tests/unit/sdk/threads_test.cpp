#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "fakes/loopback_server.h"
#include "honeyhive/honeyhive.h"
#include "sdk/tracer_impl.h"

// What threads that record take of the buffer. The worker is the real one: it takes back what idle
// threads hold.

namespace honeyhive {
namespace {

using fakes::LoopbackServer;
using SteadyClock = std::chrono::steady_clock;

// Lets many threads record, then keeps them until they may go.
class Crowd {
 public:
  template <typename Record>
  Crowd(int count, Record record) {
    for (int i = 0; i < count; ++i) {
      threads_.emplace_back([this, record] {
        record();
        std::unique_lock lock(mutex_);
        ++arrived_;
        changed_.notify_all();
        changed_.wait(lock, [&] { return may_go_; });
      });
    }
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return arrived_ == count; });
  }
  ~Crowd() {
    {
      const std::scoped_lock lock(mutex_);
      may_go_ = true;
    }
    changed_.notify_all();
    for (auto& thread : threads_) thread.join();
  }
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int arrived_ = 0;
  bool may_go_ = false;
  std::vector<std::thread> threads_;
};

TEST_SUITE_BEGIN("sdk/threads");

TEST_CASE("two thousand threads with one span each take less than 10 MiB of the buffer") {
  LoopbackServer server;
  const auto tracer = HoneyHiveTracer::init({.api_key = "k", .server_url = server.url()});
  const sdk::Destination& destination = *detail::TracerAccess::of(tracer)->destination;
  const auto held_bytes = [&] { return destination.pages_held() * sdk::Arena::page_bytes; };
  std::atomic<std::size_t> most{0};
  {
    const Crowd crowd(2000, [&] {
      { auto span = tracer.trace("span", {{"k", 1}}); }
      const std::size_t held = held_bytes();
      std::size_t before = most;
      while (before < held && !most.compare_exchange_weak(before, held)) {
      }
    });
    CHECK(most.load() > 0);
    CHECK(most.load() < (10 << 20));
    CHECK(tracer.stats().spans_ended == 2000);
    // All of them are alive, and hold nothing once they have been idle.
    CHECK(tracer.flush(std::chrono::seconds(20)));
    const auto deadline = SteadyClock::now() + std::chrono::seconds(20);
    while (held_bytes() > 0 && SteadyClock::now() < deadline) {
      tracer.flush(std::chrono::milliseconds(100));
    }
    CHECK(held_bytes() == 0);
  }
  CHECK(tracer.stats().spans_sent == 2000);
  CHECK(tracer.stats().dropped() == 0);
}

TEST_SUITE_END();

}  // namespace
}  // namespace honeyhive
