#include <doctest/doctest.h>

#include <deque>

#include "station.h"

// Starts and updates of sessions on their way to the server.

namespace honeyhive::testing {
namespace {

using fakes::HttpTape;
using sdk::Session;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* start = "/session/start";
constexpr const char* events = "/events";

HttpTape::Script silence() {
  return [](const fakes::SentRequest&) { return HttpTape::silence(); };
}

TEST_SUITE_BEGIN("sdk/deliver/calls");

TEST_CASE("a slow server gets up to 64 calls at a time besides its eight requests with spans") {
  Station station;
  station.tape->script = silence();
  auto& tracer = station.add();
  for (int i = 0; i < 100; ++i) release_session(Station::begin(tracer));
  for (int i = 0; i < 512 * 9; ++i) CHECK(Station::record(tracer));
  station.step();
  CHECK(station.tape->to(start).size() == 4);
  CHECK(station.tape->sent.size() == 4 + 4);
  station.step(milliseconds(19));
  CHECK(station.tape->sent.size() == 4 + 4);
  station.step(milliseconds(1));
  CHECK(station.tape->to(start).size() == 64);
  CHECK(station.tape->sent.size() == 64 + 8);
  station.step(milliseconds(500));
  CHECK(station.tape->sent.size() == 64 + 8);
}

TEST_CASE("500 sessions a second of three spans each arrive at a server that takes 100 ms") {
  Station station;
  station.tape->script = silence();
  auto& tracer = station.add();
  std::deque<std::pair<sdk::SteadyTime, std::size_t>> under_way;
  std::size_t seen = 0, most = 0;
  const auto serve = [&] {
    for (; seen < station.tape->sent.size(); ++seen) under_way.emplace_back(station.now, seen);
    most = std::max(most, under_way.size());
    while (!under_way.empty() && station.now - under_way.front().first >= milliseconds(100)) {
      station.tape->answer(under_way.front().second, *HttpTape::status(200));
      under_way.pop_front();
    }
  };
  constexpr int sessions = 2000;
  for (int i = 0; i < sessions; i += 2) {
    for (int j = 0; j < 2; ++j) {
      Session& session = Station::begin(tracer);
      for (int k = 0; k < 3; ++k) Station::record_in(session);
      release_session(session);
    }
    station.step(milliseconds(4));
    serve();
  }
  // All but the last tenths of a second is there already: nothing piles up.
  CHECK(tracer.stats().session_calls_sent > sessions - 100);
  for (int i = 0; i < 200; ++i) {
    station.step(milliseconds(10));
    serve();
  }
  CHECK(tracer.stats().session_calls_sent == sessions);
  CHECK(tracer.stats().spans_sent == 3 * sessions);
  CHECK(tracer.stats().dropped() == 0);
  CHECK(tracer.holders == 0);
  CHECK(most <= 64 + 8);
  for (const WireSpan& span : station.wire()) REQUIRE(span.flags.empty());
}

TEST_CASE("while the server fails, one call at a time asks whether it still does") {
  Station station;
  station.tape->script = [](const fakes::SentRequest&) { return HttpTape::status(503); };
  auto& tracer = station.add();
  for (int i = 0; i < 20; ++i) release_session(Station::begin(tracer));
  station.step();
  std::size_t sent = station.tape->sent.size();
  CHECK(sent <= 4);
  for (int i = 0; i < 5; ++i) {
    station.step(seconds(31));
    CHECK(station.tape->sent.size() == ++sent);
  }
  station.tape->script = [](const fakes::SentRequest&) { return HttpTape::status(200); };
  for (int i = 0; i < 12; ++i) station.step(seconds(31));
  CHECK(tracer.stats().session_calls_sent == 20);
  CHECK(tracer.holders == 0);
}

TEST_CASE("an update is a PUT with its body as it was recorded") {
  Station station;
  auto& tracer = station.add();
  Station::record_update(tracer, nullptr, "elsewhere", R"("feedback":{"rating":5})");
  station.step();
  REQUIRE(station.tape->sent.size() == 1);
  const auto& sent = station.tape->sent[0];
  CHECK(sent.method == "PUT");
  CHECK(sent.url == "http://one/events");
  CHECK(sent.has_header("Content-Type: application/json"));
  CHECK(sent.has_header("Authorization: Bearer key"));
  CHECK(sent.body == R"({"event_id":"elsewhere","feedback":{"rating":5}})");
  CHECK(tracer.stats().session_calls_sent == 1);
  CHECK(tracer.stats().bytes_sent == sent.body.size());
}

std::string record_id_of(const fakes::SentRequest& sent) {
  constexpr std::string_view name = "hh-record-id: ";
  for (const std::string& header : sent.headers) {
    if (header.starts_with(name)) return header.substr(name.size());
  }
  return {};
}

TEST_CASE("each call has a record id of its own, also when it is sent again, and spans have none") {
  Station station;
  auto& tracer = station.add();
  station.tape->script = [&](const fakes::SentRequest&) {
    return HttpTape::status(station.tape->sent.empty() ? 503 : 200);
  };
  Station::record_update(tracer, nullptr, "a", R"("outputs":{})");
  station.step();
  station.step(seconds(31));
  Station::record_update(tracer, nullptr, "a", R"("outputs":{})");
  Station::record(tracer);
  station.step();
  station.step(seconds(1));
  station.step(seconds(1));
  const auto calls = station.tape->to(events), batches = station.tape->to("/traces");
  REQUIRE(calls.size() == 3);
  const std::string first = record_id_of(station.tape->sent[calls[0]]);
  CHECK(first.size() == 36 + 2);
  CHECK(first.ends_with("-1"));
  CHECK(record_id_of(station.tape->sent[calls[1]]) == first);
  CHECK(record_id_of(station.tape->sent[calls[2]]) == first.substr(0, 36) + "-2");
  REQUIRE(batches.size() == 1);
  CHECK(record_id_of(station.tape->sent[batches[0]]).empty());
}

TEST_CASE("an update waits for its session's start, whatever spans do") {
  Station station;
  station.tape->script = [](const fakes::SentRequest& sent) {
    return sent.url.ends_with(start) ? HttpTape::silence() : HttpTape::status(200);
  };
  auto& tracer = station.add(Station::settings(), true);
  Session& odd = Station::begin(tracer, "order-17");
  Station::update(odd);
  Station::record_in(odd);
  Station::record_update(tracer, nullptr, tracer.session_id, R"("outputs":{})");
  station.step();
  station.step(seconds(2));
  station.step(seconds(1));
  CHECK(station.wire().size() == 1);  // has gone ahead
  CHECK(station.tape->to(events).empty());
  const auto starts = station.tape->to(start);
  REQUIRE(starts.size() == 2);
  for (const std::size_t at : starts) station.tape->answer(at, *HttpTape::status(200));
  station.step();
  station.step();
  CHECK(station.tape->to(events).size() == 2);
  release_session(odd);
  CHECK(tracer.holders == 0);
}

TEST_CASE("updates of one event go one after another, those of others overtake") {
  Station station;
  station.tape->script = silence();
  auto& tracer = station.add();
  const auto update = [&](const char* id, const char* more) {
    Station::record_update(tracer, nullptr, id, more);
  };
  update("a", R"("n":1)");
  update("a", R"("n":2)");
  update("b", R"("n":3)");
  update("a", R"("n":4)");
  station.step();
  const auto& sent = station.tape->sent;
  REQUIRE(sent.size() == 2);
  CHECK(sent[0].body == R"({"event_id":"a","n":1})");
  CHECK(sent[1].body == R"({"event_id":"b","n":3})");
  // A failed one is sent again before what comes behind it.
  station.tape->answer(0, *HttpTape::status(503));
  station.step();
  station.tape->answer(1, *HttpTape::status(200));
  station.step();
  station.step(seconds(31));
  REQUIRE(sent.size() == 3);
  CHECK(sent[2].body == R"({"event_id":"a","n":1})");
  station.tape->answer(2, *HttpTape::status(200));
  station.step();
  station.step();
  REQUIRE(sent.size() == 4);
  CHECK(sent[3].body == R"({"event_id":"a","n":2})");
  station.tape->answer(3, *HttpTape::status(200));
  station.step();
  station.step();
  REQUIRE(sent.size() == 5);
  CHECK(sent[4].body == R"({"event_id":"a","n":4})");
  update("a", R"("n":5)");
  station.step();
  CHECK(sent.size() == 5);
  station.tape->answer(4, *HttpTape::status(200));
  station.step();
  station.step();
  REQUIRE(sent.size() == 6);
  CHECK(sent[5].body == R"({"event_id":"a","n":5})");
}

TEST_CASE("an update of what the server does not know is refused, and the next one is sent") {
  Station station;
  station.tape->script = [](const fakes::SentRequest& sent) {
    return HttpTape::status(sent.body.find("\"n\":1") != std::string::npos ? 404 : 200);
  };
  auto& tracer = station.add();
  Station::record_update(tracer, nullptr, "a", R"("n":1)");
  Station::record_update(tracer, nullptr, "a", R"("n":2)");
  for (int i = 0; i < 3; ++i) station.step();
  CHECK(station.tape->sent.size() == 2);
  CHECK(tracer.stats().session_calls_dropped == 1);
  CHECK(tracer.stats().session_calls_sent == 1);
  CHECK(tracer.stats().last_error == "http://one: status 404");
  CHECK(tracer.stats().dropped() == 0);
}

TEST_CASE("a row of updates stays in order when some of it are dropped") {
  Station station;
  bool is_up = false;
  station.tape->script = [&](const fakes::SentRequest&) {
    return HttpTape::status(is_up ? 200 : 503);
  };
  auto from = Station::settings();
  from.buffer_bytes.value = 256 << 10;
  auto& tracer = station.add(from);
  const std::string text(3000, 'x');
  int recorded = 0;
  for (int i = 0; i < 400; ++i) {
    const std::string more = "\"n\":" + std::to_string(i) + ",\"text\":\"" + text + "\"";
    recorded += Station::record_update(tracer, nullptr, "a", more) ? 1 : 0;
    if (i % 10 == 0) station.step(milliseconds(100));
  }
  is_up = true;
  const std::size_t before = station.tape->sent.size();
  for (int i = 0; i < 500; ++i) station.step(seconds(31));
  const TracerStats stats = tracer.stats();
  CHECK(stats.session_calls_dropped > 0);
  CHECK(stats.session_calls_sent > 0);
  CHECK(stats.session_calls_sent + stats.session_calls_dropped ==
        static_cast<std::uint64_t>(recorded));
  int last = -1;
  for (std::size_t at = before; at < station.tape->sent.size(); ++at) {
    const int n = std::stoi(
        station.tape->sent[at].body.substr(std::string(R"({"event_id":"a","n":)").size()));
    CHECK(n > last);
    last = n;
  }
}

TEST_CASE("an update whose lengths do not fit is dropped") {
  Station station;
  auto& tracer = station.add();
  using sdk::RecordType;
  for (const std::string& record :
       {std::string(), std::string("\x01"), std::string("\x00\x00{}", 4),
        std::string("\x05\x00"
                    "abcd",
                    6),
        std::string("\xff\xff"
                    "a",
                    3)}) {
    Station::append(tracer, nullptr, RecordType::event_update, record);
  }
  station.step();
  CHECK(station.tape->sent.empty());
  CHECK(tracer.stats().session_calls_dropped == 5);
  for (int i = 0; i < 2; ++i) station.step(seconds(1));
  CHECK(tracer.destination->pages_held() == 0);
}

TEST_SUITE_END();

}  // namespace
}  // namespace honeyhive::testing
