#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <thread>
#include <utility>

#include "station.h"

namespace honeyhive::testing {
namespace {

using fakes::HttpTape;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Steps the worker, in real time, until `done`.
template <typename Done>
void step_until(Station& station, Done done) {
  while (!done()) {
    station.step(milliseconds(50));
    std::this_thread::yield();
  }
}

TEST_SUITE_BEGIN("sdk/deliver/worker");

TEST_CASE("pressure drops the oldest batch that has failed, and counts it") {
  Station station;
  station.tape->script = [](const fakes::SentRequest&) { return HttpTape::no_answer(); };
  auto from = Station::settings();
  from.buffer_bytes.value = 256 << 10;
  auto& tracer = station.add(from);
  for (int i = 0; i < 20; ++i) CHECK(station.record(tracer, "old", 4000));
  station.step();
  station.step(seconds(1));
  std::uint64_t ended = 20;
  while (station.record(tracer, "new", 4000)) ++ended;
  ++ended;
  station.step();
  TracerStats stats = tracer.stats();
  CHECK(stats.spans_ended == ended);
  CHECK(stats.dropped_buffer_full == 1 + 20);  // the one without room, and the failed batch
  CHECK(station.record(tracer, "newer", 4000));
}

TEST_CASE("the worker does not sleep when a producer has just found the buffer full") {
  Station station;
  auto& tracer = station.add();
  bool is_full = false;
  station.tape->script = [&](const fakes::SentRequest&) {  // the worker is awake, and has looked
    tracer.destination->pressed = is_full;
    return HttpTape::status(200);
  };
  for (const bool full : {false, true}) {
    is_full = full;
    station.record(tracer);
    station.step();
    station.now += seconds(1);
    station.worker.run_once(station.now, true);
    CHECK((station.tape->last_wait == milliseconds(0)) == full);
  }
}

TEST_CASE("a full destination leaves half of the arena to another") {
  Station station;
  station.tape->script = [](const fakes::SentRequest&) { return HttpTape::silence(); };
  auto from = Station::settings();
  auto& dead = station.add(from, false, "http://dead");
  auto& alive = station.add(from, false, "http://alive");
  station.share_the_arena();
  while (station.record(dead, "span", 30'000)) {
  }
  const std::uint32_t pages = dead.destination->arena().pages();
  CHECK(dead.destination->pages_held() <= pages / 2);
  CHECK(dead.destination->pages_held() > pages / 2 - 32);
  for (int i = 0; i < 100; ++i) CHECK(station.record(alive, "span", 30'000));
  CHECK(dead.stats().dropped_buffer_full == 1);
  CHECK(alive.stats().dropped_buffer_full == 0);
}

// Longer than a test may take: who is not woken hangs, and ctest says so.
constexpr auto forever = std::chrono::hours(1);

TEST_CASE("who waits for room is woken when the server takes a batch") {
  Station station;
  auto from = Station::settings();
  from.buffer_bytes.value = 256 << 10;
  auto& tracer = station.add(from);
  bool found_room = false;
  std::atomic<bool> is_full{false}, is_over{false};
  std::thread producer([&] {
    tracer.on_full_wait = milliseconds(0);
    while (station.record(tracer, "span", 4000)) {
    }
    tracer.on_full_wait = forever;
    is_full = true;
    found_room = station.record(tracer, "waits", 4000);
    is_over = true;
  });
  while (!is_full) std::this_thread::yield();
  step_until(station, [&] { return is_over.load(); });
  producer.join();
  CHECK(found_room);
}

TEST_CASE("who waits for room is woken when the chunk of an idle thread is taken back") {
  Station station;
  auto from = Station::settings();
  from.buffer_bytes.value = 256 << 10;
  auto& tracer = station.add(from);
  // This thread holds a chunk, all of which is sent: only taking it back makes room.
  auto alone = from;
  alone.disable_batch.value = true;
  alone.export_timeout.value = milliseconds(1);
  auto& idle = station.add(alone);
  station.record(idle, "idle");
  station.step();
  CHECK(idle.stats().spans_sent == 1);
  station.tape->script = [](const fakes::SentRequest&) { return HttpTape::silence(); };
  // Small records: one page is enough for the span that waits.
  bool found_room = false;
  std::atomic<bool> is_full{false}, is_over{false};
  std::thread producer([&] {
    while (station.record(tracer, "span", 3000)) {
    }
    tracer.on_full_wait = forever;
    is_full = true;
    found_room = station.record(tracer, "waits", 3000);
    is_over = true;
  });
  while (!is_full) std::this_thread::yield();
  while (sdk::Recorder::get().room_waiters() == 0) std::this_thread::yield();
  station.step(seconds(1));
  while (!is_over) std::this_thread::yield();  // no more steps: this one had to wake it
  producer.join();
  CHECK(found_room);
}

TEST_CASE("flush says whether everything was sent in time") {
  Station station;
  station.worker.start();
  auto& tracer = station.add();
  station.record(tracer);
  CHECK(station.worker.flush(tracer, seconds(20)));
  CHECK(tracer.stats().spans_sent == 1);
  station.worker.stop();
}

TEST_CASE("flush says that something was not sent when it was refused") {
  Station station;
  station.tape->script = [&, requests = 0](const fakes::SentRequest&) mutable {
    return HttpTape::status(++requests == 1 ? 401 : 200);
  };
  station.worker.start();
  auto& tracer = station.add();
  station.record(tracer);
  CHECK_FALSE(station.worker.flush(tracer, seconds(20)));
  CHECK(tracer.stats().dropped_refused == 1);
  station.record(tracer);
  CHECK(station.worker.flush(tracer, seconds(20)));
  station.worker.stop();
}

TEST_CASE("flush gives up after its time when the server is silent") {
  Station station;
  station.tape->script = [](const fakes::SentRequest&) { return HttpTape::silence(); };
  auto& tracer = station.add();
  station.record(tracer);
  station.worker.start();
  CHECK_FALSE(station.worker.flush(tracer, milliseconds(30)));
  station.worker.stop();
  CHECK(tracer.stats().spans_sent == 0);
}

TEST_CASE("flush gives up after its time also when the worker is held up") {
  Station station;
  auto& tracer = station.add();
  std::promise<void> is_held, may_go_on;
  station.tape->script = [&, first = true](const fakes::SentRequest&) mutable {
    if (std::exchange(first, false)) {
      is_held.set_value();
      may_go_on.get_future().wait();
    }
    return HttpTape::status(200);
  };
  station.worker.start();
  station.record(tracer);
  is_held.get_future().wait();
  auto flushed = std::async(std::launch::async,
                            [&] { return station.worker.flush(tracer, milliseconds(30)); });
  CHECK(flushed.wait_for(seconds(5)) == std::future_status::ready);
  may_go_on.set_value();
  CHECK_FALSE(flushed.get());
  CHECK(station.worker.flush(tracer, milliseconds::max()));
  station.worker.stop();
}

TEST_CASE("orders given while the worker stops are carried out one at a time") {
  for (int round = 0; round < 50; ++round) {
    Station station;
    auto& tracer = station.add();
    station.worker.start();
    std::vector<std::thread> threads;
    std::atomic<int> ready{0};
    for (int i = 0; i < 3; ++i) {
      threads.emplace_back([&] {
        ++ready;
        for (int j = 0; j < 20; ++j) {
          station.worker.add_tracer(tracer, {"http://one", "key", "p"}, false);
          station.worker.forget_tracer(tracer);
        }
      });
    }
    while (ready < 3) std::this_thread::yield();
    station.worker.stop();
    for (auto& thread : threads) thread.join();
  }
}

TEST_CASE("closing ends the wait of a batch that failed before") {
  Station station;
  bool is_up = false;
  station.tape->script = [&](const fakes::SentRequest&) {
    auto answer = HttpTape::status(is_up ? 200 : 503);
    answer->retry_after = seconds(60);
    return answer;
  };
  auto& tracer = station.add();
  station.record(tracer);
  station.step();
  station.step(seconds(1));
  CHECK(station.tape->sent.size() == 1);
  is_up = true;
  station.step(seconds(1));
  CHECK(station.tape->sent.size() == 1);
  station.worker.end_waits(tracer);
  station.step();
  CHECK(tracer.stats().spans_sent == 1);
}

TEST_CASE("with disable_batch nobody waits for a span that comes after its tracer closed") {
  Station station;
  auto from = Station::settings();
  from.disable_batch.value = true;
  from.export_timeout.value = forever;
  auto& tracer = station.add(from);
  station.worker.drop_tracer(tracer);
  // The span passed the check of `closed` just before.
  std::atomic<bool> is_over{false};
  std::thread producer([&] {
    station.record(tracer);
    is_over = true;
  });
  step_until(station, [&] { return is_over.load(); });
  producer.join();
  CHECK(tracer.stats().dropped_unsent == 1);
}

TEST_CASE("everything that ended is sent or counted, with four threads and a small buffer") {
  Station station;
  auto from = Station::settings();
  from.buffer_bytes.value = 256 << 10;
  auto& tracer = station.add(from);
  constexpr int threads = 4, spans = 3000;
  std::vector<std::thread> producers;
  std::atomic<int> running{threads};
  for (int i = 0; i < threads; ++i) {
    producers.emplace_back([&, i] {
      for (int j = 0; j < spans; ++j)
        station.record(tracer, "span", static_cast<std::size_t>(i) * 900);
      --running;
    });
  }
  int step = 0;
  while (running > 0) {
    station.tape->script = [&](const fakes::SentRequest&) {
      return ++step % 3 == 0 ? HttpTape::status(503) : HttpTape::status(200);
    };
    station.step(milliseconds(50));
    station.tape->sent.clear();
  }
  for (auto& producer : producers) producer.join();
  for (int i = 0; i < 200; ++i) station.step(seconds(5));
  const TracerStats stats = tracer.stats();
  CHECK(stats.spans_started == threads * spans);
  CHECK(stats.spans_ended == threads * spans);
  CHECK(stats.spans_ended == stats.spans_sent + stats.dropped());
  CHECK(stats.dropped() == stats.dropped_buffer_full);
  CHECK(tracer.destination->pages_held() == 0);
}

TEST_SUITE_END();

}  // namespace
}  // namespace honeyhive::testing
