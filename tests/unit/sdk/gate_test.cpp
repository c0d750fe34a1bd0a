#include <doctest/doctest.h>

#include <algorithm>

#include "core/uuid.h"
#include "station.h"

// Created sessions: what waits for the answer to the start, and when it waits no longer.

namespace honeyhive::testing {
namespace {

using fakes::HttpTape;
using sdk::Session;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* traces = "/opentelemetry/v1/traces";
constexpr const char* start = "/session/start";

// Starts are answered by the test, everything else with 200.
HttpTape::Script silent_starts() {
  return [](const fakes::SentRequest& sent) {
    return sent.url.ends_with(start) ? HttpTape::silence() : HttpTape::status(200);
  };
}

net::HttpAnswer started(const std::string& body = "{}") {
  net::HttpAnswer answer;
  answer.status = 200;
  answer.body = body;
  return answer;
}

std::vector<std::string> names_of(const std::vector<WireSpan>& spans) {
  std::vector<std::string> out;
  for (const WireSpan& span : spans) out.push_back(span.name);
  return out;
}

bool is_ahead(const WireSpan& span) {
  return span.flags.count("honeyhive.session_auto_create") == 1;
}

TEST_SUITE_BEGIN("sdk/deliver/gate");

TEST_CASE("spans of a created session wait for its start, in their order, and others overtake") {
  Station station;
  station.tape->script = silent_starts();
  auto& tracer = station.add();
  Session& session = Station::begin(tracer);
  Session& other = Station::create(tracer, "joined", false);
  Station::record_in(session, "first");
  Station::record(tracer, "of the tracer");
  Station::record_in(other, "of another");
  station.step();
  Station::record_in(session, "second");
  station.step(seconds(1));
  CHECK(names_of(station.wire()) == std::vector<std::string>{"of the tracer", "of another"});
  REQUIRE(station.tape->to(start).size() == 1);
  CHECK(station.tape->sent[0].body == R"({"session":{"session_id":")" + session.text.id + "\"}}");
  Station::record_in(session, "third");
  station.tape->answer(0, started());
  station.step();
  CHECK(session.outcome == Session::Outcome::started);
  Station::record_in(session, "fourth");
  station.step();
  station.step(seconds(1));
  const auto spans = station.wire();
  CHECK(names_of(spans) == std::vector<std::string>{"of the tracer", "of another", "first",
                                                    "second", "third", "fourth"});
  for (std::size_t at = 2; at < spans.size(); ++at) CHECK_FALSE(is_ahead(spans[at]));
  CHECK(tracer.stats().spans_sent == 6);
  release_session(session);
  release_session(other);
  CHECK(tracer.holders == 0);
}

TEST_CASE("a span says which session it is of, and what else its tracer says") {
  Station station;
  auto& tracer = station.add();
  Session& session = Station::begin(tracer);
  Session* const joined = sdk::make_session(tracer, {"x", "", "theirs"}, false);
  REQUIRE(joined != nullptr);
  Station::record_in(session, "created", 2);
  Station::record_in(*joined, "joined");
  Station::record(tracer, "own");
  station.step();
  station.step(seconds(1));
  station.step(seconds(1));
  auto spans = station.wire();
  REQUIRE(spans.size() == 3);
  std::sort(spans.begin(), spans.end(), [](auto& a, auto& b) { return a.name < b.name; });
  CHECK(spans[0].text.at("honeyhive.session_id") == session.text.id);
  CHECK(spans[0].text.at("honeyhive.session_name") == "named " + session.text.id);
  CHECK(spans[0].text.at("honeyhive.source") == "dev");
  CHECK(spans[0].text.at("honeyhive.project") == "p");
  CHECK(spans[0].text.at("honeyhive_event_type") == "tool");
  CHECK(spans[1].text.at("honeyhive.session_id") == "x");
  CHECK(spans[1].text.count("honeyhive.session_name") == 0);
  CHECK(spans[1].text.at("honeyhive.source") == "theirs");
  CHECK(spans[2].text.at("honeyhive.session_id") == tracer.session_id);
  CHECK(spans[2].text.at("honeyhive.session_name") == "s");
  release_session(session);
  release_session(*joined);
}

TEST_CASE("a session is there as long as its spans need it, and its slot is free then") {
  Station station;
  station.tape->script = [](const fakes::SentRequest&) { return HttpTape::silence(); };
  auto& tracer = station.add();
  Session& session = Station::begin(tracer);
  const std::uint32_t slot = session.slot;
  Station::record_in(session);
  release_session(session);
  station.step();
  station.tape->answer(0, started());
  station.step();
  station.step(seconds(1));
  REQUIRE(station.tape->sent.size() == 2);
  CHECK(sdk::session_at(slot) != nullptr);
  station.tape->answer(1, started());
  station.step();
  CHECK(sdk::session_at(slot) == nullptr);
  CHECK(tracer.holders == 0);
}

TEST_CASE("a span that is read before its session's start waits for it, too") {
  Station station;
  auto& tracer = station.add();
  Session& session = Station::create(tracer, sdk::random_uuid().text());
  Station::record_in(session);
  station.step();
  station.step(seconds(10));
  CHECK(station.tape->sent.empty());
  Station::record_start(session);
  release_session(session);
  for (int i = 0; i < 3; ++i) station.step(seconds(1));
  CHECK(station.tape->to(start).size() == 1);
  CHECK(tracer.stats().spans_sent == 1);
  CHECK(tracer.holders == 0);
}

TEST_CASE("after two failed starts the spans go ahead, and after a late one as usual") {
  Station station;
  int failing = 3;
  station.tape->script = [&](const fakes::SentRequest& sent) {
    return sent.url.ends_with(start) && failing-- > 0 ? HttpTape::status(503)
                                                      : HttpTape::status(200);
  };
  auto& tracer = station.add();
  Session& session = Station::begin(tracer);
  Station::record_in(session, "held");
  for (int i = 0; i < 4; ++i) station.step(seconds(31));
  Station::record_in(session, "ahead");
  for (int i = 0; i < 3; ++i) station.step(seconds(31));
  Station::record_in(session, "later");
  for (int i = 0; i < 2; ++i) station.step(seconds(31));
  const auto spans = station.wire();
  REQUIRE(spans.size() == 3);
  CHECK(is_ahead(spans[0]));
  CHECK(spans[0].text.at("honeyhive.session_name") == "named " + session.text.id);
  CHECK_FALSE(is_ahead(spans[2]));
  release_session(session);
  CHECK(tracer.holders == 0);
}

TEST_CASE("a refused start lets its spans and updates go, and says so") {
  Station station;
  station.tape->script = [](const fakes::SentRequest& sent) {
    return HttpTape::status(sent.url.ends_with(start) ? 400 : 200);
  };
  auto& tracer = station.add();
  Session& session = Station::begin(tracer);
  Station::record_in(session);
  Station::update(session);
  for (int i = 0; i < 3; ++i) station.step(seconds(1));
  CHECK(session.outcome == Session::Outcome::refused);
  REQUIRE(station.wire().size() == 1);
  CHECK(is_ahead(station.wire()[0]));
  CHECK(station.tape->to("/events").size() == 1);
  CHECK(tracer.stats().session_calls_dropped == 1);
  CHECK(tracer.stats().session_calls_sent == 1);
  CHECK(tracer.stats().last_error == "http://one: status 400");
  release_session(session);
  CHECK(tracer.holders == 0);
}

TEST_CASE("a start that found no room holds nothing up") {
  Station station;
  auto& tracer = station.add();
  Session& session = Station::create(tracer, sdk::random_uuid().text());
  session.start_is_lost = true;
  Station::record_in(session);
  station.step();
  station.step(seconds(1));
  REQUIRE(station.wire().size() == 1);
  CHECK(is_ahead(station.wire()[0]));
  release_session(session);
}

TEST_CASE("a session that was only joined waits for nothing") {
  Station station;
  station.tape->script = silent_starts();
  auto& tracer = station.add(Station::settings(), true);
  Session& session = Station::create(tracer, "theirs", false);
  Station::record_in(session);
  Station::update(session);
  station.step();
  station.step(seconds(1));
  REQUIRE(station.wire().size() == 1);
  CHECK_FALSE(is_ahead(station.wire()[0]));
  CHECK(station.tape->to("/events").size() == 1);
  release_session(session);
}

TEST_CASE("where more than 64 sessions wait, the oldest go ahead") {
  Station station;
  station.tape->script = silent_starts();
  auto& tracer = station.add();
  std::vector<Session*> sessions;
  for (int i = 0; i < 70; ++i) {
    sessions.push_back(&Station::begin(tracer));
    Station::record_in(*sessions.back(), std::to_string(i));
  }
  station.step();
  station.step(seconds(1));
  CHECK(names_of(station.wire()) == std::vector<std::string>{"0", "1", "2", "3", "4", "5"});
  for (const WireSpan& span : station.wire()) CHECK(is_ahead(span));
  for (Session* const session : sessions) release_session(*session);
}

TEST_CASE("spans whose session's id is no UUID go ahead after two seconds") {
  Station station;
  station.tape->script = silent_starts();
  auto& tracer = station.add();
  Session& odd = Station::begin(tracer, "order-17");
  Session& usual = Station::begin(tracer);
  Station::record_in(odd, "odd");
  Station::record_in(usual, "usual");
  station.step();
  station.step(milliseconds(1999));
  CHECK(station.wire().empty());
  station.step(milliseconds(1));
  station.step(seconds(60));
  REQUIRE(names_of(station.wire()) == std::vector<std::string>{"odd"});
  CHECK(is_ahead(station.wire()[0]));
  release_session(odd);
  release_session(usual);
}

TEST_CASE("the worker wakes when the two seconds are over") {
  Station station;
  station.tape->script = silent_starts();
  auto& tracer = station.add();
  Session& odd = Station::begin(tracer, "order-17");
  Station::record_in(odd);
  station.step();
  station.now += milliseconds(1500);
  station.worker.run_once(station.now, true);
  CHECK(station.tape->last_wait <= milliseconds(500));
  CHECK(station.tape->last_wait > milliseconds(0));
  release_session(odd);
}

TEST_CASE("the server may give a session another id, which its spans and updates then have") {
  Station station;
  station.tape->script = silent_starts();
  auto& tracer = station.add();
  Session& session = Station::begin(tracer, "order-17");
  Station::record_in(session, "held");
  Station::update(session, R"("metadata":{"k":"\u00e9"})");
  Station::record_update(tracer, &session, "another", R"("outputs":{})");
  station.step();
  station.tape->answer(0, started(R"({"a":[{}], "session_id" : "gi\u0076en", "z":null})"));
  station.step();
  Station::record_in(session, "later");
  Station::update(session);
  for (int i = 0; i < 3; ++i) station.step(seconds(1));
  const auto spans = station.wire();
  REQUIRE(spans.size() == 2);
  for (const WireSpan& span : spans) CHECK(span.text.at("honeyhive.session_id") == "given");
  const auto updates = station.tape->to("/events");
  REQUIRE(updates.size() == 3);
  CHECK(station.tape->sent[updates[0]].body == R"({"metadata":{"k":"\u00e9"},"event_id":"given"})");
  CHECK(station.tape->sent[updates[1]].body == R"({"event_id":"another","outputs":{}})");
  CHECK(station.tape->sent[updates[2]].body == R"({"metadata":{"k":1},"event_id":"given"})");
  CHECK(session.text.id == "order-17");
  release_session(session);
  CHECK(tracer.holders == 0);
}

TEST_CASE("an answer that gives no usable id leaves the session its own") {
  const std::string deep = std::string(100, '[') + std::string(100, ']');
  for (const std::string& body :
       {std::string(), std::string("null"), std::string("[]"), std::string(R"({"session_id":)"),
        std::string(R"({"session_id":7})"), std::string(R"({"session_id":""})"),
        std::string(R"({"session":{"session_id":"inner"}})"),
        R"({"session_id":")" + std::string(257, 'x') + "\"}",
        std::string("{\"session_id\":\"\xff\"}"), R"({"session_id":"x","deep":)" + deep + "}"}) {
    CAPTURE(body);
    Station station;
    station.tape->script = silent_starts();
    auto& tracer = station.add();
    Session& session = Station::begin(tracer, "order-17");
    Station::record_in(session);
    station.step();
    station.tape->answer(0, started(body));
    for (int i = 0; i < 3; ++i) station.step(seconds(1));
    REQUIRE(station.wire().size() == 1);
    CHECK(station.wire()[0].text.at("honeyhive.session_id") == "order-17");
    CHECK(session.outcome == Session::Outcome::started);
    release_session(session);
  }
}

TEST_CASE("with disable_batch held spans are requests of their own, once the start is answered") {
  Station station;
  station.tape->script = silent_starts();
  auto& tracer = station.add();
  Session& session = Station::begin(tracer);
  for (const char* const name : {"a", "b", "c"}) {
    Station::record_in(session, name, sdk::record_flag::alone);
  }
  station.step();
  station.step(seconds(5));
  CHECK(station.tape->to(traces).empty());
  station.tape->answer(0, started());
  station.step();
  station.step();
  CHECK(station.tape->to(traces).size() == 3);
  CHECK(names_of(station.wire()) == std::vector<std::string>{"a", "b", "c"});
  release_session(session);
}

TEST_SUITE_END();

}  // namespace
}  // namespace honeyhive::testing
