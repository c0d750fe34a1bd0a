#include "sdk/deliver/backoff.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "station.h"

namespace honeyhive::testing {
namespace {

using fakes::HttpTape;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr const char* traces = "/opentelemetry/v1/traces";
constexpr const char* start = "/session/start";

// A span per second for `time`, while the worker looks ten times a second.
void trickle(Station& station, detail::TracerImpl& tracer, seconds time) {
  for (seconds past{0}; past < time; past += seconds(1)) {
    Station::record(tracer);
    for (int i = 0; i < 10; ++i) station.step(milliseconds(100));
  }
}

HttpTape::Script answer_all(int status, std::optional<seconds> retry_after = {}) {
  return [=](const fakes::SentRequest&) {
    auto answer = HttpTape::status(status);
    answer->retry_after = retry_after;
    return answer;
  };
}

TEST_SUITE_BEGIN("sdk/deliver/backoff");

TEST_CASE("failures that were under way together count once, and their answers do not release") {
  const sdk::SteadyTime now = std::chrono::steady_clock::now();
  sdk::Backoff backoff;
  const auto first = backoff.sent(), second = backoff.sent(), third = backoff.sent();
  CHECK_FALSE(first.is_probe);
  backoff.failed(first, {}, now, 0.5);
  CHECK(backoff.next_attempt() == now + milliseconds(500));
  backoff.failed(second, {}, now, 0.9);
  CHECK(backoff.failures() == 1);
  CHECK(backoff.next_attempt() == now + milliseconds(500));
  backoff.answered(third);
  CHECK(backoff.is_failing());
  backoff.failed(third, seconds(7), now, 0.9);
  CHECK(backoff.next_attempt() == now + seconds(7));
}

TEST_CASE("one probe is sent at a time, and its answer decides") {
  const sdk::SteadyTime now = std::chrono::steady_clock::now();
  sdk::Backoff backoff;
  backoff.failed(backoff.sent(), {}, now, 0.5);
  const auto probe = backoff.sent();
  CHECK(probe.is_probe);
  CHECK(backoff.next_attempt() == sdk::SteadyTime::max());
  backoff.failed(probe, {}, now, 0.5);
  CHECK(backoff.next_attempt() == now + seconds(1));
  backoff.answered(backoff.sent());
  CHECK_FALSE(backoff.is_failing());
  CHECK(backoff.next_attempt() <= now);
}

TEST_CASE("the probe that ends a wait decides, whatever becomes of the one before") {
  const sdk::SteadyTime now = std::chrono::steady_clock::now();
  for (const bool old_fails_first : {true, false}) {
    CAPTURE(old_fails_first);
    sdk::Backoff backoff;
    backoff.failed(backoff.sent(), {}, now, 0.5);
    const auto old = backoff.sent();
    backoff.end_wait();
    CHECK(backoff.next_attempt() <= now);
    const auto fresh = backoff.sent();
    CHECK(fresh.is_probe);
    if (old_fails_first) backoff.failed(old, {}, now, 0.9);
    backoff.answered(fresh);
    if (!old_fails_first) backoff.failed(old, {}, now, 0.9);
    CHECK_FALSE(backoff.is_failing());
    CHECK(backoff.next_attempt() <= now);
  }
}

TEST_CASE("a tracer that closes beside a probe that hangs delivers what waits") {
  for (const bool old_fails_first : {true, false}) {
    CAPTURE(old_fails_first);
    Station station;
    station.tape->script = answer_all(503);
    auto& tracer = station.add();
    trickle(station, tracer, minutes(2));
    station.tape->script = [](const fakes::SentRequest&) { return HttpTape::silence(); };
    const std::size_t hanging = station.tape->sent.size();
    while (station.tape->sent.size() == hanging) station.step(milliseconds(100));
    station.worker.end_waits(tracer);
    station.step();
    REQUIRE(station.tape->sent.size() == hanging + 2);
    station.tape->script = answer_all(200);
    if (old_fails_first) station.tape->answer(hanging, *HttpTape::no_answer());
    station.tape->answer(hanging + 1, *HttpTape::status(200));
    for (int i = 0; i < 20; ++i) station.step(milliseconds(100));
    const auto stats = tracer.stats();
    CHECK(stats.spans_sent >= stats.spans_ended - 2);  // but for what hangs
  }
}

TEST_CASE("a session that begins while the server is down makes room from its oldest spans on") {
  Station station;
  station.tape->script = answer_all(429, seconds(300));
  auto settings = Station::settings();
  settings.buffer_bytes.value = 256 << 10;
  station.record(station.add(settings));
  station.step();
  station.step(seconds(1));
  auto& tracer = station.add(settings, true);
  for (int i = 0; i < 100; ++i) {
    Station::record(tracer, "span " + std::to_string(i), 20'000);
    for (int j = 0; j < 10; ++j) station.step(milliseconds(100));
  }
  station.tape->script = answer_all(200);
  for (int i = 0; i < 400; ++i) station.step(seconds(1));
  std::set<std::string> arrived;
  for (const auto& span : station.wire()) arrived.insert(span.name);
  CHECK(arrived.count("span 0") == 0);
  CHECK(arrived.count("span 99") == 1);
}

TEST_CASE("a server that is down is asked as often for many batches as for one") {
  Station station;
  station.tape->script = answer_all(503);
  auto& tracer = station.add();
  trickle(station, tracer, minutes(50));
  // A wait is 15 s on average.
  CHECK(station.tape->sent.size() > 100);
  CHECK(station.tape->sent.size() < 350);
  CHECK(tracer.stats().dropped() == 0);
}

TEST_CASE("what waited for a server goes out at once when it answers again") {
  Station station;
  station.tape->script = answer_all(503);
  auto& tracer = station.add();
  trickle(station, tracer, minutes(2));
  station.tape->script = answer_all(200);
  const std::size_t before = station.tape->sent.size();
  while (station.tape->sent.size() == before) station.step(milliseconds(100));
  CHECK(station.tape->sent.size() == before + 1);
  station.step();
  CHECK(station.tape->sent.size() == before + 1 + 4);
  for (int i = 0; i < 60; ++i) station.step();
  CHECK(tracer.stats().spans_sent >= 119);
}

TEST_CASE("Retry-After holds back everything for its server") {
  Station station;
  station.tape->script = answer_all(429, seconds(120));
  auto& tracer = station.add();
  auto& other = station.add(Station::settings(), false, "http://other");
  trickle(station, tracer, seconds(3));
  CHECK(station.tape->sent.size() == 1);
  station.record(other);
  trickle(station, tracer, seconds(115));
  CHECK(station.tape->sent.size() == 2);
  CHECK(station.tape->sent[1].url.starts_with("http://other"));
  trickle(station, tracer, seconds(10));
  CHECK(station.tape->sent.size() == 4);
}

TEST_CASE("Retry-After holds also when another request is answered meanwhile") {
  sdk::Backoff backoff;
  const sdk::SteadyTime now{std::chrono::hours(1)};
  const auto first = backoff.sent(), second = backoff.sent();
  backoff.failed(first, std::nullopt, now, 0.5);
  const auto probe = backoff.sent();
  backoff.answered(probe);
  const auto later = backoff.sent();
  backoff.failed(second, seconds(60), now, 0.5);
  backoff.answered(later);
  CHECK(backoff.next_attempt() == now + seconds(60));
}

TEST_CASE("a session whose start is answered with 503 for ever is not asked for all the time") {
  Station station;
  station.tape->script = [](const fakes::SentRequest& sent) {
    return HttpTape::status(sent.url.ends_with(start) ? 503 : 200);
  };
  auto& tracer = station.add(Station::settings(), true);
  trickle(station, tracer, minutes(50));
  CHECK(station.tape->to(start).size() < 350);
  CHECK(station.tape->to(traces).size() > 1000);
  CHECK(tracer.stats().spans_sent >= 2990);
}

TEST_CASE("one batch that the server fails at does not keep others waiting") {
  Station station;
  station.tape->script = [](const fakes::SentRequest& sent) {
    return HttpTape::status(spans_of(sent.body)[0].name == "poison" ? 503 : 200);
  };
  auto& tracer = station.add();
  station.record(tracer, "poison");
  station.step();
  station.step(seconds(1));
  trickle(station, tracer, minutes(10));
  CHECK(tracer.stats().spans_sent >= 595);
}

TEST_CASE("spans of a session that began while the server was down expire as all do") {
  Station station;
  station.tape->script = answer_all(503);
  auto& tracer = station.add();
  trickle(station, tracer, minutes(1));
  auto& late = station.add(Station::settings(), true);
  station.record(late);
  trickle(station, tracer, seconds(1));
  for (int i = 0; i < 130; ++i) station.step(seconds(31));
  CHECK(late.stats().dropped_expired == 1);
  CHECK(tracer.destination->pages_held() == 0);
}

TEST_CASE("pressure makes room among batches that wait for their first attempt, too") {
  Station station;
  station.tape->script = answer_all(503, seconds(300));
  auto from = Station::settings();
  from.buffer_bytes.value = 256 << 10;
  auto& tracer = station.add(from);
  station.record(tracer, "first");
  station.step();
  station.step(seconds(1));
  for (int i = 0; i < 20; ++i) CHECK(station.record(tracer, "old", 4000));
  station.step();
  station.step(seconds(1));
  CHECK(station.tape->sent.size() == 1);
  for (int i = 0; i < 2; ++i) {  // each drops one batch
    while (station.record(tracer, "new", 4000)) continue;
    station.step();
  }
  CHECK(station.record(tracer, "newest", 4000));
  CHECK(tracer.stats().dropped_buffer_full >= 20);
}

TEST_SUITE_END();

}  // namespace
}  // namespace honeyhive::testing
