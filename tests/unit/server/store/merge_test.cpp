#include "server/store/merge.h"

#include <doctest/doctest.h>

#include <limits>

#include "colliding_keys.h"

using namespace honeyhive;
using namespace honeyhive::server;

TEST_SUITE("server/store/merge") {
  TEST_CASE("objects merge key by key at the top level, the later value wins") {
    CHECK(merge_objects(R"({"a":1,"b":{"x":1}})", R"({"b":{"y":2},"c":[3]})") ==
          R"({"a":1,"b":{"y":2},"c":[3]})");
    CHECK(merge_objects(R"({"a":1,"a":2})", R"({"\u0061":3})") == R"({"a":3})");
    CHECK(merge_objects("{}", "{}") == "{}");
  }

  TEST_CASE("keys that a hash cannot tell apart cost no more than others") {
    CHECK(testing::is_as_fast([](const std::vector<std::string>& keys) {
      const std::string object = testing::object_of(keys);
      CHECK(merge_objects(object, object).size() >= object.size());
    }));
  }

  TEST_CASE("a start that is sent again does not undo an update") {
    const auto record = [](Event::Kind kind, const char* metadata, std::int64_t start_ns) {
      Event event;
      event.kind = kind;
      event.start_ns = start_ns;
      event.bucket(Bucket::metadata) = metadata;
      return event;
    };
    const Event start = record(Event::Kind::session, R"({"a":1})", 1);
    const Event update = record(Event::Kind::update, R"({"a":2})", 0);
    const Event again = record(Event::Kind::session, R"({"a":1})", 9);  // no start_time: now
    const Event other = record(Event::Kind::session, R"({"a":3})", 9);
    const auto metadata = [](const std::vector<Event>& records) {
      return merge_session(records, {}).bucket(Bucket::metadata);
    };
    CHECK(metadata({start, update, again}) == R"({"a":2})");
    CHECK(metadata({start, update, other}) == R"({"a":3})");
    CHECK(metadata({start, other, update, other, again}) == R"({"a":2})");
    CHECK(metadata({update, start}) == R"({"a":2})");
    CHECK(metadata({update}) == R"({"a":2})");
  }

  TEST_CASE("what is no object counts as an empty one") {
    CHECK(merge_objects("", R"({"a":1})") == R"({"a":1})");
    CHECK(merge_objects(R"({"a":1})", "[1]") == R"({"a":1})");
    CHECK(merge_objects("{", "}") == "{}");
  }

  TEST_CASE("an update replaces outputs and merges the other buckets") {
    Event event;
    event.bucket(Bucket::outputs) = R"({"old":1})";
    event.bucket(Bucket::metrics) = R"({"old":1})";
    Event update;
    update.bucket(Bucket::outputs) = R"({"new":2})";
    update.bucket(Bucket::metrics) = R"({"new":2})";
    apply_update(event, update);
    CHECK(event.bucket(Bucket::outputs) == R"({"new":2})");
    CHECK(event.bucket(Bucket::metrics) == R"({"old":1,"new":2})");
    CHECK(event.bucket(Bucket::feedback).empty());
  }

  TEST_CASE("an update moves the end by time or by duration, never before the start") {
    Event event;
    event.start_ns = 100;
    event.end_ns = 200;
    Event update;
    update.has_duration = true;
    update.duration_ns = 50;
    apply_update(event, update);
    CHECK(event.end_ns == 150);
    update.duration_ns = std::numeric_limits<std::int64_t>::max();
    apply_update(event, update);
    CHECK(event.end_ns == std::numeric_limits<std::int64_t>::max());
    CHECK_FALSE(event.clock_odd);
    update.has_end = true;
    update.end_ns = 50;
    apply_update(event, update);
    CHECK(event.end_ns == 100);
    CHECK(event.clock_odd);
  }

  TEST_CASE("a second start of a session merges metadata and user properties only") {
    Event session;
    session.session_name = "first";
    session.bucket(Bucket::metadata) = R"({"a":1})";
    Event start;
    start.session_name = "second";
    start.bucket(Bucket::metadata) = R"({"b":2})";
    start.bucket(Bucket::user_properties) = R"({"u":3})";
    start.bucket(Bucket::inputs) = R"({"i":4})";
    merge_session_start(session, start);
    CHECK(session.session_name == "first");
    CHECK(session.bucket(Bucket::metadata) == R"({"a":1,"b":2})");
    CHECK(session.bucket(Bucket::user_properties) == R"({"u":3})");
    CHECK(session.bucket(Bucket::inputs).empty());
  }
}
