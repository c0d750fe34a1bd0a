#include <doctest/doctest.h>

#include <vector>

#include "station.h"

// Who gets how much of the buffer, and who makes room for whom.

namespace honeyhive::testing {
namespace {

using fakes::HttpTape;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_SUITE_BEGIN("sdk/deliver/room");

TEST_CASE("a small buffer waits for no batch to be full") {
  Station station;
  auto from = Station::settings();
  from.buffer_bytes.value = 256 << 10;
  auto& tracer = station.add(from);
  for (int i = 0; i < 1000; ++i) {  // within no time at all
    Station::record(tracer, "span", 2500);
    if (i % 20 == 19) station.step();
  }
  CHECK(tracer.stats().dropped_buffer_full == 0);
}

TEST_CASE("the batches of many tracers do not fill the buffer of their destination") {
  Station station;
  auto from = Station::settings();
  from.buffer_bytes.value = 1 << 20;
  std::vector<detail::TracerImpl*> tracers;
  for (int i = 0; i < 10; ++i) tracers.push_back(&station.add(from));
  for (int i = 0; i < 1000; ++i) {
    for (auto* const tracer : tracers) Station::record(*tracer, "span", 2500);
    station.step();
  }
  for (auto* const tracer : tracers) CHECK(tracer->stats().dropped_buffer_full == 0);
}

// Only http://alive answers.
HttpTape::Script answer_the_living() {
  return [](const fakes::SentRequest& sent) {
    return sent.url.starts_with("http://alive") ? HttpTape::status(200) : HttpTape::no_answer();
  };
}

void fill(Station& station, detail::TracerImpl& tracer) {
  for (int round = 0; round < 3; ++round) {
    while (Station::record(tracer, "span", 30'000)) continue;
    station.step(milliseconds(100));
  }
}

TEST_CASE("a dead destination that has filled the buffer makes room for the next one") {
  Station station;
  station.tape->script = answer_the_living();
  auto& dead = station.add(Station::settings(), false, "http://dead");
  fill(station, dead);
  CHECK(dead.destination->pages_held() > dead.destination->arena().pages() * 9 / 10);
  auto& alive = station.add(Station::settings(), false, "http://alive", Station::Sharing::yes);
  for (int i = 0; i < 100; ++i) CHECK(Station::record(alive, "span", 30'000));
}

TEST_CASE("two dead destinations leave half of the buffer to a third") {
  Station station;
  station.tape->script = answer_the_living();
  auto& dead = station.add(Station::settings(), false, "http://dead");
  auto& gone = station.add(Station::settings(), false, "http://gone");
  auto& alive = station.add(Station::settings(), false, "http://alive");
  station.share_the_arena();
  fill(station, dead);
  fill(station, gone);
  station.step();
  const std::uint32_t pages = dead.destination->arena().pages();
  CHECK(dead.destination->pages_held() + gone.destination->pages_held() <= pages / 2);
  CHECK(dead.destination->pages_held() > pages / 5);
  for (int i = 0; i < 100; ++i) CHECK(Station::record(alive, "span", 30'000));
}

TEST_CASE("pressure makes room among spans that wait for their session's start") {
  Station station;
  station.tape->script = [](const fakes::SentRequest&) { return HttpTape::silence(); };
  auto& tracer = station.add(Station::settings(), true);
  station.record(tracer, "first");
  station.step();
  station.step(seconds(2));
  fill(station, tracer);
  CHECK(Station::record(tracer, "newest", 30'000));
}

TEST_CASE("copies of spans that had to be repaired count as what the buffer holds") {
  Station station;
  station.tape->script = answer_the_living();
  auto& dead = station.add(Station::settings(), false, "http://dead");
  for (int i = 0; i < 512; ++i) Station::record(dead, "gr\xfc\xdf dich, und noch viel mehr Text");
  station.step();
  const std::uint32_t once = 512 * 150 / 4096;
  CHECK(dead.destination->pages_held() > 2 * once);
  dead.close_once();
  station.worker.drop_tracer(dead);
  CHECK(dead.destination->pages_held() <= 16);  // the chunk that this thread writes to
}

TEST_SUITE_END();

}  // namespace
}  // namespace honeyhive::testing
