#include <doctest/doctest.h>

#include <algorithm>
#include <thread>

#include "station.h"

// Created sessions: flush, close, age and a full buffer. Every path ends with all references gone.

namespace honeyhive::testing {
namespace {

using fakes::HttpTape;
using sdk::Session;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* start = "/session/start";

HttpTape::Script silent_starts() {
  return [](const fakes::SentRequest& sent) {
    return sent.url.ends_with(start) ? HttpTape::silence() : HttpTape::status(200);
  };
}

// A start, two spans and an update; the creator keeps no reference.
std::uint32_t record_session(detail::TracerImpl& tracer) {
  Session& session = Station::begin(tracer);
  const std::uint32_t slot = session.slot;
  Station::record_in(session, "one");
  Station::record_in(session, "two");
  Station::update(session);
  release_session(session);
  return slot;
}

TEST_SUITE_BEGIN("sdk/deliver/gate");

TEST_CASE("flush waits for what waits for a start, and sends it as soon as that is answered") {
  Station station;
  station.tape->script = silent_starts();
  auto& tracer = station.add();
  record_session(tracer);
  station.worker.start();
  CHECK_FALSE(station.worker.flush(tracer, milliseconds(50)));
  CHECK(tracer.stats().spans_sent == 0);
  station.worker.stop();
}

TEST_CASE("what was flushed does not wait for more spans when its start is answered") {
  Station station;
  bool is_sent = false;
  station.tape->script = [&](const fakes::SentRequest& sent) {
    is_sent |= sent.url.ends_with(start);
    return HttpTape::status(200);
  };
  auto& tracer = station.add();
  record_session(tracer);
  station.worker.start();
  const auto begin = std::chrono::steady_clock::now();
  CHECK(station.worker.flush(tracer, seconds(20)));
  CHECK(std::chrono::steady_clock::now() - begin < milliseconds(900));
  CHECK(tracer.stats().spans_sent == 2);
  CHECK(tracer.stats().session_calls_sent == 2);
  CHECK(is_sent);
  station.worker.stop();
  CHECK(tracer.holders == 0);
}

TEST_CASE("a tracer that closes drops what waits, counts it, and says that the start is lost") {
  Station station;
  station.tape->script = [](const fakes::SentRequest&) { return HttpTape::silence(); };
  auto& tracer = station.add();
  Session& in_flight = Station::begin(tracer);
  Station::record_in(in_flight);
  station.step();
  Session& unsent = Station::begin(tracer);
  Station::record_in(unsent);
  Station::update(unsent);
  tracer.close_once();
  station.worker.drop_tracer(tracer);
  CHECK(unsent.outcome == Session::Outcome::refused);
  CHECK(in_flight.outcome == Session::Outcome::pending);
  CHECK(tracer.stats().dropped_unsent == 2);
  CHECK(tracer.stats().session_calls_dropped == 2);
  CHECK_FALSE(station.worker.forget_tracer(tracer));
  station.tape->answer(0, *HttpTape::no_answer());
  station.step();
  CHECK(in_flight.outcome == Session::Outcome::refused);
  CHECK(tracer.stats().session_calls_dropped == 3);
  // Recorded by a thread that had passed the check of `closed`.
  Session& late = Station::begin(tracer);
  Station::record_in(late);
  Station::update(late);
  station.step();
  CHECK(late.outcome == Session::Outcome::refused);
  CHECK(tracer.stats().dropped_unsent == 3);
  CHECK(tracer.stats().session_calls_dropped == 5);
  for (Session* const session : {&in_flight, &unsent, &late}) release_session(*session);
  CHECK(tracer.holders == 0);
  CHECK(station.worker.forget_tracer(tracer));
}

TEST_CASE("what a session has unsent for an hour is dropped and counted") {
  Station station;
  station.tape->script = [](const fakes::SentRequest&) { return HttpTape::no_answer(); };
  auto& tracer = station.add();
  const std::uint32_t slot = record_session(tracer);
  Session& headless = Station::create(tracer, sdk::random_uuid().text());
  Station::record_in(headless);
  Station::update(headless);
  for (int minutes = 0; minutes < 59; ++minutes) station.step(std::chrono::minutes(1));
  CHECK(tracer.stats().dropped_expired == 0);
  CHECK(tracer.stats().session_calls_dropped == 0);
  for (int i = 0; i < 3; ++i) station.step(std::chrono::minutes(2));
  CHECK(tracer.stats().dropped_expired == 3);
  CHECK(tracer.stats().session_calls_dropped == 3);
  CHECK(sdk::session_at(slot) == nullptr);
  release_session(headless);
  CHECK(tracer.holders == 0);
  CHECK(tracer.destination->pages_held() <= 1);
}

TEST_CASE("pressure lets spans go ahead of a start that is not answered") {
  Station station;
  station.tape->script = silent_starts();
  auto from = Station::settings();
  from.buffer_bytes.value = 256 << 10;
  auto& tracer = station.add(from);
  Session& session = Station::begin(tracer);
  Station::record_in(session, "held");
  station.step();
  station.step(milliseconds(500));
  CHECK(station.wire().empty());
  while (Station::record(tracer, "span", 4000)) continue;
  station.step();
  CHECK(station.wire().size() > 1);
  const auto spans = station.wire();
  const auto held = std::find_if(spans.begin(), spans.end(),
                                 [](const WireSpan& span) { return span.name == "held"; });
  REQUIRE(held != spans.end());
  CHECK(held->flags.count("honeyhive.session_auto_create") == 1);
  release_session(session);
}

TEST_CASE("sessions that a dead server leaves behind do not fill the buffer for good") {
  Station station;
  station.tape->script = [](const fakes::SentRequest&) { return HttpTape::no_answer(); };
  auto from = Station::settings();
  from.buffer_bytes.value = 256 << 10;
  auto& tracer = station.add(from, true);
  std::uint64_t calls = 1, spans = 0;
  bool is_said = false;
  for (int i = 0; i < 4000; ++i) {
    Session& session = Station::create(tracer, sdk::random_uuid().text());
    if (Station::record_start(session)) {
      ++calls;
    } else {
      session.start_is_lost = true;
    }
    spans += Station::record_in(session, "span") ? 1 : 0;
    calls += Station::update(session) ? 1 : 0;
    release_session(session);
    if (i % 50 != 0) continue;
    station.step(milliseconds(100));
    is_said |= tracer.stats().last_error ==
               "the buffer was full, and a session's start or update was dropped";
  }
  CHECK(tracer.stats().dropped_buffer_full > 0);
  CHECK(tracer.stats().session_calls_dropped > 0);
  CHECK(is_said);
  // The newest are there: the server is back, and what was kept is sent.
  station.tape->script = [](const fakes::SentRequest&) { return HttpTape::status(200); };
  const std::size_t sent = station.tape->sent.size();
  for (int i = 0; i < 400; ++i) station.step(seconds(1));
  CHECK(station.tape->sent.size() > sent);
  const TracerStats stats = tracer.stats();
  CHECK(stats.session_calls_sent + stats.session_calls_dropped == calls);
  CHECK(stats.spans_sent + stats.dropped_buffer_full == spans);
  CHECK(tracer.holders == 0);
  // The tracer's own start was kept.
  std::size_t own = 0;
  for (std::size_t at = sent; at < station.tape->sent.size(); ++at) {
    own += station.tape->sent[at].body.find(tracer.session_id) != std::string::npos &&
           station.tape->sent[at].url.ends_with(start);
  }
  CHECK(own == 1);
}

TEST_CASE("sessions of four threads arrive whole, while others create and leave theirs") {
  Station station;
  auto& tracer = station.add();
  station.worker.start();
  constexpr int threads = 4, sessions = 200;
  std::vector<std::thread> producers;
  for (int i = 0; i < threads; ++i) {
    producers.emplace_back([&] {
      for (int j = 0; j < sessions; ++j) {
        Session& session = Station::begin(tracer);
        Station::record_in(session);
        Station::update(session);
        Station::record_in(session);
        if (j % 50 == 0) {
          CHECK(sdk::wait_for_session(session, seconds(20)) == Session::Outcome::started);
        }
        release_session(session);
      }
    });
  }
  for (auto& producer : producers) producer.join();
  CHECK(station.worker.flush(tracer, seconds(60)));
  station.worker.stop();
  CHECK(tracer.stats().spans_sent == 2 * threads * sessions);
  CHECK(tracer.stats().session_calls_sent == 2 * threads * sessions);
  CHECK(tracer.holders == 0);
}

TEST_CASE("a started session is named in the verbose line, made fit for a line") {
  Station station;
  auto from = Station::settings();
  from.verbose.value = true;
  auto& tracer = station.add(from);
  static std::vector<std::string> lines;
  core::set_log_sink([](core::LogLevel, std::string_view line) { lines.emplace_back(line); });
  release_session(Station::begin(tracer, "order\xff"));
  station.step();
  core::set_log_sink(nullptr);
  CHECK(lines == std::vector<std::string>{"session order\xef\xbf\xbd started"});
}

TEST_SUITE_END();

}  // namespace
}  // namespace honeyhive::testing
