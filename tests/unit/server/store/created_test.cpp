// Events that were posted with ids of their own.

#include "store_fixture.h"

using namespace honeyhive;
using namespace honeyhive::server;

namespace {

struct Fixture : FaultFixture {
  // Ids of what a session has besides itself, in order.
  std::string ids(std::string_view session, std::optional<std::string_view> project = "p") {
    const auto events = store->session_events(project, session);
    REQUIRE(events);
    std::string text;
    for (const Event& event : *events) {
      if (event.kind != Event::Kind::session) text += event.event_id + ';';
    }
    return text;
  }

  Event event(std::string_view id, std::optional<std::string_view> project = "p") {
    auto found = store->event(project, id);
    REQUIRE(found);
    REQUIRE_MESSAGE(found->has_value(), id);
    return **std::move(found);
  }

  SessionSummary session(std::string_view id) {
    const auto found = store->session("p", id);
    REQUIRE(found);
    REQUIRE(found->has_value());
    return **found;
  }
};

}  // namespace

TEST_SUITE("server/store/created") {
  TEST_CASE_FIXTURE(Fixture, "every field of a posted event comes back as it was stored") {
    Event posted = make_created("e", "S");
    posted.parent_id = "another";
    posted.children_ids = R"(["x","y"])";
    posted.error = "no";
    posted.tokens_in = 7;
    posted.bucket(Bucket::inputs) = R"({"q":1})";
    REQUIRE(append(*store, {posted}) == 0);
    const Event found = event("e");
    CHECK(found.kind == Event::Kind::created);
    CHECK(found.project == "p");
    CHECK(found.session_id == "S");
    CHECK(found.parent_id == "another");
    CHECK(found.children_ids == R"(["x","y"])");
    CHECK(found.error == "no");
    CHECK(found.tokens_in == 7);
    CHECK(found.bucket(Bucket::inputs) == R"({"q":1})");
    CHECK(found.start_ns == posted.start_ns);
  }

  TEST_CASE_FIXTURE(Fixture, "an id is stored once per project, whatever it is sent with") {
    Event other = make_created("e", "T");
    other.event_name = "second";
    Event twin = make_created("e", "S");
    twin.event_name = "third";
    REQUIRE(append(*store, {make_created("e", "S"), twin, make_created("f", "S")}) == 0);
    REQUIRE(append(*store, {other, make_created("g", "T")}) == 0);
    REQUIRE(append(*store, {make_created("e", "S", "q")}) == 0);
    const auto check = [this] {
      CHECK(event("e").event_name == "posted");
      CHECK(ids("S") == "e;f;");
      CHECK(ids("T") == "g;");
      CHECK(ids("S", "q") == "e;");
      CHECK(session("S").spans == 2);
      CHECK(session("S").created == 2);
      CHECK(session("T").created == 1);
    };
    check();
    restart();
    check();
    restart_from_log();
    check();
    REQUIRE(append(*store, {other}) == 0);
    check();
  }

  TEST_CASE_FIXTURE(Fixture, "ids that are UUIDs are the same in any case") {
    REQUIRE(append(*store, {make_created("6BA7B810-9DAD-41D1-80B4-00C04FD430C8", "S")}) == 0);
    REQUIRE(append(*store, {make_created("6ba7b810-9dad-41d1-80b4-00c04fd430c8", "S")}) == 0);
    CHECK(session("S").created == 1);
    CHECK(event("6ba7b810-9DAD-41d1-80b4-00c04fd430c8").event_name == "posted");
  }

  TEST_CASE_FIXTURE(Fixture, "they are listed by start among the spans of their session") {
    Event span = make_span(1, 1);
    span.session_id = "S";
    Event late = make_created("late", "S");
    late.start_ns = late.end_ns = noon + 5'000'000'000;
    Event early = make_created("early", "S");
    early.start_ns = early.end_ns = noon;
    REQUIRE(append(*store, {late, early, span}) == 0);
    const std::string span_id = store->trace("p", trace_id(1))->front().event_id;
    CHECK(ids("S") == "early;" + span_id + ";late;");
    CHECK(session("S").spans == 3);
    CHECK(session("S").created == 2);
    CHECK(session("S").start_ns == noon);
    CHECK(session("S").end_ns == late.end_ns);
  }

  TEST_CASE_FIXTURE(Fixture, "updates apply in any order, by id and in the session") {
    REQUIRE(append(*store, {make_update("e", R"({"a":1,"b":1})")}) == 0);
    REQUIRE(append(*store, {make_created("e", "S"), make_created("f", "S")}) == 0);
    REQUIRE(append(*store, {make_update("e", R"({"b":2})"), make_update("e", "{}", "q")}) == 0);
    const auto check = [this] {
      CHECK(event("e").bucket(Bucket::metadata) == R"({"a":1,"b":2})");
      const auto events = *store->session_events("p", "S");
      REQUIRE(events.size() == 3);
      CHECK(events[1].bucket(Bucket::metadata) == R"({"a":1,"b":2})");
      CHECK(events[2].bucket(Bucket::metadata).empty());
    };
    check();
    restart_from_log();
    check();
  }

  TEST_CASE_FIXTURE(Fixture, "a session that was started, or a span, comes before them") {
    Event span = make_span(1, 1);
    span.event_id = "mine";
    REQUIRE(append(*store, {make_created("S", "S"), make_created("mine", "S")}) == 0);
    CHECK(event("S").kind == Event::Kind::created);
    CHECK(event("mine").kind == Event::Kind::created);
    REQUIRE(append(*store, {make_session("S", "{}"), span}) == 0);
    CHECK(event("S").kind == Event::Kind::session);
    CHECK(event("mine").kind == Event::Kind::span);
  }

  TEST_CASE_FIXTURE(Fixture, "without ids they are refused, with the field") {
    constexpr int invalid = static_cast<int>(core::Error::Code::invalid_argument);
    CHECK(append(*store, {make_created("", "S")}) == invalid);
    CHECK(append(*store, {make_created("e", "")}) == invalid);
    CHECK(append(*store, {make_created(std::string(1025, 'x'), "S")}) == invalid);
  }

  TEST_CASE_FIXTURE(Fixture, "a damaged frame costs its own events only") {
    REQUIRE(append(*store, {make_created("e", "S")}) == 0);
    const std::size_t end = files.bytes(first_segment).size();
    REQUIRE(append(*store, {make_created("f", "S")}) == 0);
    files.overwrite(first_segment, end + 60, "damage");
    CHECK(ids("S") == "e;");
    CHECK_FALSE(store->event("p", "f")->has_value());
    restart_from_log();
    CHECK(ids("S") == "e;");
    REQUIRE(append(*store, {make_created("f", "S")}) == 0);
    CHECK(ids("S") == "e;f;");
  }

  TEST_CASE_FIXTURE(Fixture, "a sync that fails stores none of them, and the next try does") {
    files.fail_next_sync = true;
    CHECK(append(*store, {make_created("e", "S")}) == unavailable);
    CHECK(append(*store, {make_created("e", "S")}) == 0);
    CHECK(ids("S") == "e;");
  }
}
