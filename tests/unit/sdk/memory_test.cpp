// What becomes of spans when the worker's allocations fail: each of them, one at a time, and all
// from then on.
#include <doctest/doctest.h>

#include <set>

#include "fakes/loopback_server.h"
#include "fakes/short_memory.h"
#include "honeyhive/honeyhive.h"
#include "station.h"

namespace honeyhive::testing {
namespace {

using fakes::HttpTape;
using fakes::Shortage;
using fakes::ShortMemory;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int steps = 6;

std::optional<net::HttpAnswer> failure(int status) {
  auto answer = HttpTape::status(status);
  answer->error = "an error text that does not fit into the string itself";
  return answer;
}

void record_spans(detail::TracerImpl& tracer) {
  for (int i = 0; i < 20; ++i) Station::record(tracer, "span", 3000);
  sdk::SpanState* const repaired = sdk::start_span(tracer, "repaired");
  sdk::SpanWriter(repaired).text("k", "1");
  sdk::SpanWriter(repaired).text("k", "2");
  sdk::end_span(*repaired);
}

// Steps the worker, the `short_step`th time with memory for `count` allocations. False if they were
// enough.
bool step_short_of_memory(Station& station, int short_step, long count, Shortage how) {
  bool has_failed = false;
  for (int i = 0; i < steps; ++i) {
    station.now += i == 0 ? seconds(0) : seconds(2);
    if (i != short_step) {
      station.worker.run_once(station.now, false);
      continue;
    }
    const ShortMemory memory(count, how);
    try {
      station.worker.run_once(station.now, false);
    } catch (const std::bad_alloc&) {
    }
    has_failed = fakes::has_failed;
  }
  for (int i = 0; i < 8; ++i) station.step(seconds(31));
  return has_failed;
}

// All spans of two tracers, one with a session whose start fails `failed_starts` times, arrive once
// and are counted, wherever memory runs out.
void sweep(Shortage how, int failed_starts, const sdk::Settings& settings = Station::settings()) {
  for (int short_step = 0; short_step < steps; ++short_step) {
    bool has_failed = true;
    for (long count = 0; has_failed; ++count) {
      CAPTURE(short_step);
      CAPTURE(count);
      Station station;
      int starts = 0, requests = 0;
      std::multiset<std::string> arrived;
      station.tape->script = [&](const fakes::SentRequest& sent) {
        if (sent.url.ends_with("/session/start")) {
          return ++starts <= failed_starts ? failure(503) : HttpTape::status(200);
        }
        return ++requests == 1 ? failure(503) : HttpTape::status(200);
      };
      auto& plain = station.add(settings);
      auto& with_session = station.add(settings, true);
      record_spans(plain);
      record_spans(with_session);
      has_failed = step_short_of_memory(station, short_step, count, how);
      for (const auto* tracer : {&plain, &with_session}) {
        auto& its = const_cast<detail::TracerImpl&>(*tracer);
        REQUIRE(its.stats().spans_ended == 21);
        REQUIRE(its.stats().spans_sent == 21);
      }
      std::set<std::string> ids;
      for (const auto& span : station.wire()) ids.insert(span.span_id);
      REQUIRE(ids.size() == 42);
      REQUIRE(plain.destination->pages_held() == 0);
    }
  }
}

TEST_SUITE_BEGIN("sdk/memory");

TEST_CASE("no span is lost or left uncounted when one allocation of the worker fails") {
  sweep(Shortage::once, 0);
  sweep(Shortage::once, 2);
}

TEST_CASE("no span is lost or left uncounted when the worker's memory runs out for a while") {
  sweep(Shortage::lasting, 0);
  sweep(Shortage::lasting, 2);
}

TEST_CASE("no span is lost or left uncounted when there is no memory to compress it") {
  sdk::Settings compressing = Station::settings();
  compressing.compression.value = sdk::Compression::gzip;
  sweep(Shortage::once, 0, compressing);
  sweep(Shortage::lasting, 0, compressing);
}

// Sessions whose starts fail `failed_starts` times in all: their spans, starts and updates arrive
// once and are counted, and nothing refers to them then, wherever memory runs out.
void sweep_sessions(Shortage how, int failed_starts) {
  for (int short_step = 0; short_step < steps; ++short_step) {
    bool has_failed = true;
    for (long count = 0; has_failed; ++count) {
      CAPTURE(short_step);
      CAPTURE(count);
      Station station;
      int starts = 0;
      station.tape->script = [&](const fakes::SentRequest& sent) {
        if (!sent.url.ends_with("/session/start")) return HttpTape::status(200);
        if (++starts <= failed_starts) return failure(503);
        auto answer = HttpTape::status(200);
        answer->body = R"({"session_id":"an id that does not fit into the string itself"})";
        return answer;
      };
      auto& tracer = station.add(Station::settings(), true);
      std::vector<std::string> ids{"order-17 of a customer", sdk::random_uuid().text()};
      for (const std::string& id : ids) {
        sdk::Session& session = Station::begin(tracer, id);
        for (int i = 0; i < 20; ++i) Station::record_in(session);
        for (int i = 0; i < 3; ++i) Station::update(session);
        release_session(session);
      }
      Station::record_update(tracer, nullptr, tracer.session_id, R"("outputs":{})");
      has_failed = step_short_of_memory(station, short_step, count, how);
      const TracerStats stats = tracer.stats();
      REQUIRE(stats.spans_sent == 40);
      REQUIRE(stats.session_calls_sent == 1 + 2 + 6 + 1);
      REQUIRE(stats.session_calls_dropped == 0);
      std::set<std::string> spans;
      for (const auto& span : station.wire()) spans.insert(span.span_id);
      REQUIRE(spans.size() == 40);
      REQUIRE(tracer.holders == 0);
      REQUIRE(tracer.destination->pages_held() == 0);
    }
  }
}

TEST_CASE("no session is lost when one allocation of the worker fails") {
  sweep_sessions(Shortage::once, 0);
  sweep_sessions(Shortage::once, 5);
}

TEST_CASE("no session is lost when the worker's memory runs out for a while") {
  sweep_sessions(Shortage::lasting, 0);
  sweep_sessions(Shortage::lasting, 5);
}

TEST_CASE("what a server refuses is counted when the worker's memory runs out") {
  for (long count = 0, has_failed = 1; has_failed != 0; ++count) {
    CAPTURE(count);
    Station station;
    station.tape->script = [](const fakes::SentRequest&) { return failure(400); };
    auto& tracer = station.add();
    record_spans(tracer);
    has_failed = step_short_of_memory(station, 1, count, Shortage::lasting) ? 1 : 0;
    REQUIRE(tracer.stats().dropped_refused == 21);
    REQUIRE(tracer.destination->pages_held() == 0);
  }
}

TEST_CASE("who gives an order that fails is told, and later ones are carried out") {
  Station station;
  auto& tracer = station.add();
  station.worker.start();
  {
    const fakes::StarvedOthers others;
    CHECK_THROWS_AS(station.worker.add_tracer(tracer, {"http://another", "key", "p"}, false),
                    std::bad_alloc);
  }
  station.record(tracer);
  CHECK(station.worker.flush(tracer, seconds(20)));
  station.worker.stop();
}

TEST_CASE("a worker that stops without memory does so") {
  for (long count = 0; count < 20; ++count) {
    Station station;
    station.tape->script = [](const fakes::SentRequest&) { return HttpTape::silence(); };
    auto& tracer = station.add();
    record_spans(tracer);
    station.step();
    station.step(seconds(1));
    const ShortMemory memory(count, Shortage::lasting);
    station.worker.stop();
  }
}

TEST_CASE("a tracer that could not be made leaves the next one room") {
  fakes::LoopbackServer server;
  TracerConfig config{.api_key = "hh_test_key_1234", .project = "p", .server_url = server.url()};
  {
    const auto tracer = HoneyHiveTracer::init(config);
    config.project = "q";
    const fakes::StarvedOthers others;
    CHECK_THROWS_AS(HoneyHiveTracer::init(config), ConfigError);
  }
  const auto tracer = HoneyHiveTracer::init(config);
  { auto span = tracer.trace("work"); }
  CHECK(tracer.flush(seconds(20)));
  CHECK(tracer.stats().spans_sent == 1);
}

TEST_CASE("try_init says that memory ran out, wherever it does, and then works") {
  fakes::LoopbackServer server;
  const TracerConfig config{.api_key = "hh_test_key_1234",
                            .project = "a project whose name does not fit into the string itself",
                            .server_url = server.url(),
                            .inputs = {{"query", "a question"}},
                            .require_connection = true};
  for (const Shortage how : {Shortage::once, Shortage::lasting}) {
    bool has_failed = true;
    int refused = 0;
    for (long count = 0; has_failed; ++count) {
      CAPTURE(count);
      std::optional<Expected<HoneyHiveTracer>> made;
      {
        const ShortMemory memory(count, how);
        made.emplace(HoneyHiveTracer::try_init(config));
        has_failed = fakes::has_failed;
      }
      if (made->has_value()) continue;  // what failed was not needed, as a line of a log
      ++refused;
      REQUIRE(made->error().code == Error::Code::unavailable);
      REQUIRE_FALSE(made->error().message.empty());
    }
    CHECK(refused > 10);
  }
  const auto tracer = HoneyHiveTracer::init(config);
  { auto span = tracer.trace("work"); }
  CHECK(tracer.flush(seconds(20)));
}

TEST_SUITE_END();

}  // namespace
}  // namespace honeyhive::testing
