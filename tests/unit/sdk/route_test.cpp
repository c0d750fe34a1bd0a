#include <doctest/doctest.h>

#include "sdk/deliver/retry.h"
#include "station.h"

namespace honeyhive::testing {
namespace {

using fakes::HttpTape;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* traces = "/opentelemetry/v1/traces";
constexpr const char* start = "/session/start";

TEST_SUITE_BEGIN("sdk/deliver/route");

TEST_CASE("the session's start goes first, and its spans wait for the answer") {
  Station station;
  station.tape->script = [](const fakes::SentRequest&) { return HttpTape::silence(); };
  auto& tracer = station.add(Station::settings(), true);
  station.record(tracer);
  station.step();
  station.step(seconds(2));
  REQUIRE(station.tape->sent.size() == 1);
  CHECK(station.tape->sent[0].url == "http://one/session/start");
  CHECK(station.tape->sent[0].has_header("Content-Type: application/json"));
  CHECK(station.tape->sent[0].body == R"({"session":{"session_id":")" + tracer.session_id + "\"}}");
  station.tape->answer(0, *HttpTape::status(200));
  station.step();
  station.step();
  REQUIRE(station.tape->sent.size() == 2);
  CHECK(station.wire().at(0).flags.empty());
}

TEST_CASE("other tracers of the destination overtake a session that has not started") {
  Station station;
  station.tape->script = [](const fakes::SentRequest& sent) {
    return sent.url.ends_with(start) ? HttpTape::silence() : HttpTape::status(200);
  };
  auto& waiting = station.add(Station::settings(), true);
  auto& other = station.add();
  station.record(waiting, "waits");
  station.record(other, "overtakes");
  station.step();
  station.step(seconds(1));
  const auto spans = station.wire();
  REQUIRE(spans.size() == 1);
  CHECK(spans[0].name == "overtakes");
}

// The start fails twice; what the spans say then.
std::vector<WireSpan> spans_that_go_ahead(const std::function<void(sdk::SpanState*)>& write) {
  Station station;
  station.tape->script = [](const fakes::SentRequest& sent) {
    return sent.url.ends_with(start) ? HttpTape::status(503) : HttpTape::status(200);
  };
  auto& tracer = station.add(Station::settings(), true);
  sdk::SpanState* const span = sdk::start_span(tracer, "held");
  write(span);
  sdk::end_span(*span);
  station.step();
  station.step(seconds(1));  // the batch is closed, and held
  CHECK(station.tape->to(traces).empty());
  station.step(seconds(30));
  station.step(seconds(30));
  CHECK(station.tape->to(start).size() >= 2);
  return station.wire();
}

TEST_CASE("after two failed starts held spans go ahead and ask for the session to be made") {
  const auto spans = spans_that_go_ahead([](sdk::SpanState*) {});
  REQUIRE(spans.size() == 1);
  CHECK(spans[0].flags.at("honeyhive.session_auto_create"));
  CHECK(spans[0].text.at("honeyhive.session_name") == "s");
}

TEST_CASE("held spans that had to be repaired ask for the session to be made, too") {
  const auto spans = spans_that_go_ahead([](sdk::SpanState* span) {
    sdk::SpanWriter(span).text("k", "1");
    sdk::SpanWriter(span).text("k", "2");
  });
  REQUIRE(spans.size() == 1);
  CHECK(spans[0].text.at("k") == "2");
  REQUIRE(spans[0].flags.count("honeyhive.session_auto_create") == 1);
}

TEST_CASE("once a late start succeeds, new spans are sent as usual") {
  Station station;
  bool is_up = false;
  station.tape->script = [&](const fakes::SentRequest& sent) {
    return sent.url.ends_with(start) && !is_up ? HttpTape::status(503) : HttpTape::status(200);
  };
  auto& tracer = station.add(Station::settings(), true);
  for (int i = 0; i < 4; ++i) station.step(seconds(31));
  CHECK(station.tape->to(start).size() >= 2);
  is_up = true;
  for (int i = 0; i < 2; ++i) station.step(seconds(31));
  station.record(tracer, "later");
  station.step();
  station.step(seconds(1));
  REQUIRE(station.wire().size() == 1);
  CHECK(station.wire()[0].flags.empty());
}

TEST_CASE("a start that the worker reads before it knows the tracer is not lost") {
  Station station;
  auto& known = station.add();
  auto from = Station::settings();
  detail::TracerImpl tracer;
  tracer.index = 990;
  tracer.destination = known.destination;
  tracer.begin(from, "11111111-1111-4111-8111-111111111111");
  // The order of Runtime::open: first the tracer, then its start.
  station.worker.add_tracer(tracer, {"http://one", "key", "p"}, true);
  station.step();
  Station::record_session_start(tracer);
  station.record(tracer, "after");
  station.step();
  station.step(seconds(1));
  station.step();
  CHECK(station.tape->to(start).size() == 1);
  CHECK(station.wire().size() == 1);
  tracer.close_once();
  station.worker.drop_tracer(tracer);
}

TEST_CASE("what a status means for a batch") {
  using sdk::judge;
  using sdk::Verdict;
  for (const int status : {200, 201, 202, 204, 299}) CHECK(judge(status, 1) == Verdict::delivered);
  for (const int status : {0, 302, 303, 307, 408, 429, 502, 503, 504}) {
    CHECK(judge(status, 1) == Verdict::retry);
    CHECK(judge(status, 1000) == Verdict::retry);
  }
  CHECK(judge(500, 1) == Verdict::retry);
  CHECK(judge(500, 2) == Verdict::retry);
  CHECK(judge(500, 3) == Verdict::refused);
  for (const int status : {199, 301, 308, 400, 401, 403, 404, 413, 422, 501, 505, 599}) {
    CHECK(judge(status, 1) == Verdict::refused);
  }
}

TEST_CASE("the wait before a retry is random up to a bound that doubles to 30 s") {
  using sdk::retry_delay;
  CHECK(retry_delay(1, {}, 0.0) == milliseconds(0));
  CHECK(retry_delay(1, {}, 0.5) == milliseconds(500));
  CHECK(retry_delay(2, {}, 0.5) == milliseconds(1000));
  CHECK(retry_delay(5, {}, 0.5) == milliseconds(8000));
  CHECK(retry_delay(6, {}, 0.5) == milliseconds(15'000));
  CHECK(retry_delay(1000, {}, 0.5) == milliseconds(15'000));
  CHECK(retry_delay(1, seconds(7), 0.99) == seconds(7));
  CHECK(retry_delay(6, seconds(7), 0.5) == seconds(15));
  CHECK(retry_delay(1, seconds(86'400), 0.0) == seconds(300));
  CHECK(retry_delay(1, seconds(0), 0.0) == milliseconds(0));
}

TEST_CASE("a batch that failed is sent again with the same bytes") {
  Station station;
  int answers = 0;
  station.tape->script = [&](const fakes::SentRequest&) {
    return ++answers <= 3 ? HttpTape::status(503) : HttpTape::status(200);
  };
  auto& tracer = station.add();
  for (int i = 0; i < 20; ++i) station.record(tracer, "span", 3000);
  station.step();
  for (int i = 0; i < 5; ++i) station.step(seconds(31));
  REQUIRE(station.tape->sent.size() == 4);
  for (const auto& sent : station.tape->sent) CHECK(sent.body == station.tape->sent[0].body);
  const TracerStats stats = tracer.stats();
  CHECK(stats.spans_sent == 20);
  CHECK(stats.requests_retried == 3);
  CHECK(stats.last_error == "http://one: status 503");
}

TEST_CASE("a server that answers at once gets four requests at a time, a slow one eight") {
  Station station;
  station.tape->script = [](const fakes::SentRequest&) { return HttpTape::silence(); };
  auto& tracer = station.add();
  for (int i = 0; i < 512 * 10; ++i) CHECK(Station::record(tracer));
  station.step(milliseconds(0));
  CHECK(station.tape->sent.size() == 4);
  station.step(milliseconds(19));
  CHECK(station.tape->sent.size() == 4);
  station.step(milliseconds(1));
  CHECK(station.tape->sent.size() == 8);
  station.step(milliseconds(100));
  CHECK(station.tape->sent.size() == 8);
}

TEST_CASE("Retry-After holds a batch back") {
  Station station;
  station.tape->script = [&](const fakes::SentRequest&) {
    auto answer = HttpTape::status(429);
    answer->retry_after = seconds(120);
    return answer;
  };
  auto& tracer = station.add();
  station.record(tracer);
  station.step();
  station.step(seconds(1));
  station.step(seconds(119));
  CHECK(station.tape->sent.size() == 1);
  station.step(seconds(1));
  CHECK(station.tape->sent.size() == 2);
}

TEST_CASE("500 is tried three times, then the spans are refused and counted") {
  Station station;
  station.tape->script = [](const fakes::SentRequest&) { return HttpTape::status(500); };
  auto& tracer = station.add();
  station.record(tracer);
  station.record(tracer);
  station.step();
  for (int i = 0; i < 6; ++i) station.step(seconds(31));
  CHECK(station.tape->sent.size() == 3);
  CHECK(tracer.stats().dropped_refused == 2);
  CHECK(tracer.stats().spans_sent == 0);
}

TEST_CASE("only 500 counts towards the three times") {
  Station station;
  const std::vector<int> answers{0, 503, 503, 500, 0, 500, 200};
  station.tape->script = [&](const fakes::SentRequest&) {
    const std::size_t sent = station.tape->sent.size();
    return HttpTape::status(answers.at(sent));
  };
  auto& tracer = station.add();
  station.record(tracer);
  station.step();
  for (int i = 0; i < 8; ++i) station.step(seconds(31));
  CHECK(station.tape->sent.size() == answers.size());
  CHECK(tracer.stats().spans_sent == 1);
  CHECK(tracer.stats().dropped_refused == 0);
}

TEST_CASE("a page instead of an answer delivers nothing, an answer of any other kind does") {
  Station station;
  std::string body;
  station.tape->script = [&](const fakes::SentRequest&) {
    auto answer = HttpTape::status(200);
    answer->body = body;
    return answer;
  };
  auto& tracer = station.add(Station::settings(), true);
  for (const char* page :
       {"<html>", "\r\n <!DOCTYPE html><title>Log in</title>", "\xef\xbb\xbf<p>"}) {
    CAPTURE(page);
    body = page;
    station.record(tracer);
    for (int i = 0; i < 4; ++i) station.step(seconds(31));
    CHECK(tracer.stats().spans_sent == 0);
  }
  CHECK(tracer.stats().last_error == "http://one: a web page with status 200");
  std::uint64_t sent = 3;
  for (const char* answer : {"", "{\"success\":true}", " []", "OK", "\x0a"}) {
    CAPTURE(answer);
    body = answer;
    station.record(tracer);
    for (int i = 0; i < 4; ++i) station.step(seconds(31));
    CHECK(tracer.stats().spans_sent == ++sent);
  }
  CHECK(tracer.stats().dropped() == 0);
}

TEST_CASE("partial success counts what the server did not take") {
  Station station;
  // ExportTraceServiceResponse{partial_success{rejected_spans: 2, error_message: ...}}, with what a
  // terminal would obey
  station.tape->script = [](const fakes::SentRequest&) {
    auto answer = HttpTape::status(200);
    answer->body = std::string("\x0a\x0a\x08\x02\x12\x06", 6) + "bad\x1b\nd";
    return answer;
  };
  auto& tracer = station.add();
  for (int i = 0; i < 5; ++i) station.record(tracer);
  station.step();
  station.step(seconds(1));
  CHECK(tracer.stats().spans_sent == 3);
  CHECK(tracer.stats().dropped_refused == 2);
  CHECK(tracer.stats().last_error == "rejected by the server: bad  d");
}

TEST_CASE("what is unsent for an hour is dropped and counted") {
  Station station;
  station.tape->script = [](const fakes::SentRequest&) { return HttpTape::no_answer(); };
  auto& tracer = station.add();
  station.record(tracer);
  station.step();
  for (int minutes = 0; minutes < 59; ++minutes) station.step(std::chrono::minutes(1));
  CHECK(tracer.stats().dropped_expired == 0);
  station.step(std::chrono::minutes(2));
  CHECK(tracer.stats().dropped_expired == 1);
  CHECK(tracer.destination->pages_held() <= 1);
}

TEST_CASE("a dead destination does not delay another") {
  Station station;
  station.tape->script = [](const fakes::SentRequest& sent) {
    return sent.url.starts_with("http://dead") ? HttpTape::silence() : HttpTape::status(200);
  };
  auto& dead = station.add(Station::settings(), false, "http://dead");
  auto& alive = station.add(Station::settings(), false, "http://alive");
  for (int i = 0; i < 6000; ++i) station.record(dead);
  for (int i = 0; i < 600; ++i) station.record(alive);
  station.step();
  station.step(seconds(1));
  CHECK(alive.stats().spans_sent == 600);
  CHECK(dead.stats().spans_sent == 0);
  CHECK(station.tape->to(traces).size() == 8 + 2);  // at most 8 in flight to the dead one
}

TEST_SUITE_END();

}  // namespace
}  // namespace honeyhive::testing
