#include "server/query/filter.h"

#include <doctest/doctest.h>

using namespace honeyhive;
using namespace honeyhive::server;

TEST_SUITE("server/query/filter") {
  Event event() {
    Event event;
    event.project = "p";
    event.event_id = "e";
    event.session_id = "s";
    event.trace_id.bytes.fill(0x0a);
    event.span_id.bytes.fill(0x01);
    event.event_type = "model";
    event.event_name = "Ask the \"model\"";
    event.start_ns = 1'700'000'000'000'000'000;  // 2023-11-14T22:13:20Z
    event.end_ns = event.start_ns + 2'500'000'000;
    event.bucket(Bucket::metadata) =
        R"({"cost":0.25,"n":10,"user":"u1","flag":true,"a.b":"dotted","c":{"d":{"e":5}},)"
        R"("list":["x","y"],"none":null,"when":"2023-11-15T00:00:00Z","digits":"42"})";
    return event;
  }

  bool holds(const char* field, const char* op, const char* value, const char* type = nullptr) {
    Filter filter{.field = field, .value = value};
    REQUIRE(parse_operator(op));
    filter.op = *parse_operator(op);
    if (type != nullptr) filter.type = *parse_filter_type(type);
    return matches(event(), filter);
  }

  TEST_CASE("is and is not compare whole values by type") {
    CHECK(holds("event_type", "is", R"("model")", "string"));
    CHECK_FALSE(holds("event_type", "is", R"("Model")", "string"));
    CHECK(holds("event_type", "is not", R"("tool")", "string"));
    CHECK(holds("event_name", "is", R"("Ask the \"model\"")"));
    CHECK(holds("metadata.cost", "is", "0.25", "number"));
    CHECK(holds("metadata.n", "is", "10.0"));
    CHECK(holds("metadata.n", "is", R"("10")", "number"));
    CHECK_FALSE(holds("metadata.user", "is", "5", "number"));
    CHECK(holds("metadata.flag", "is", "true", "boolean"));
    CHECK_FALSE(holds("metadata.flag", "is", "false", "boolean"));
    CHECK(holds("metadata.digits", "is", R"("42")", "string"));
  }

  TEST_CASE("keys with dots are found, and nested ones") {
    CHECK(holds("metadata.a.b", "is", R"("dotted")"));
    CHECK(holds("metadata.c.d.e", "is", "5"));
    CHECK(holds("metadata.c.d", "exists", "null"));
    CHECK(holds("metadata.c.x", "not exists", "null"));
    CHECK(holds("metadata.trace_id", "is", R"("0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a")"));
  }

  TEST_CASE("contains looks into text and into lists") {
    CHECK(holds("event_name", "contains", R"("the \"mod")"));
    CHECK(holds("event_name", "not contains", R"("ask")"));
    CHECK(holds("metadata.list", "contains", R"("x")"));
    CHECK_FALSE(holds("metadata.list", "contains", R"("z")"));
  }

  TEST_CASE("greater and less compare numbers as numbers and text as text") {
    CHECK(holds("metadata.n", "greater than", "9", "number"));
    CHECK_FALSE(holds("metadata.n", "greater than", "10", "number"));
    CHECK(holds("metadata.cost", "less than", "0.3"));
    CHECK(holds("duration", "greater than", "2000", "number"));
    CHECK(holds("duration", "less than", "2500.5", "number"));
    CHECK(holds("metadata.user", "less than", R"("u2")", "string"));
    CHECK_FALSE(holds("metadata.user", "greater than", "5", "number"));
  }

  TEST_CASE("whole numbers are compared exactly, also where a double has them alike") {
    const auto orders = [](const std::string& field, const char* op, const std::string& value,
                           FilterType type = FilterType::none) {
      Event stored;
      stored.bucket(Bucket::metadata) = "{\"n\":" + field + "}";
      return matches(stored, Filter{"metadata.n", *parse_operator(op), value, type});
    };
    const std::string large = "9223372036854775806", larger = "9223372036854775807";
    CHECK(orders(larger, "is", larger));
    CHECK_FALSE(orders(larger, "is", large));
    CHECK_FALSE(orders('"' + larger + '"', "is", large, FilterType::number));
    CHECK(orders(larger, "greater than", large));
    CHECK_FALSE(orders(large, "greater than", larger));
    CHECK(orders("-" + larger, "less than", "-" + large));
    CHECK(orders("-1", "less than", "1"));
    CHECK(orders("0", "is", "-0"));
    CHECK(orders("\"007\"", "is", "7"));
    CHECK(orders("2.0", "is", "2"));
    const std::string huge = '"' + std::string(400, '9') + '"';
    CHECK(orders(huge, "greater than", larger));
    CHECK(orders(huge, "greater than", "0.5"));
    CHECK_FALSE(orders("\"\"", "is", "0"));
  }

  TEST_CASE("after and before take ISO times and milliseconds on both sides") {
    CHECK(holds("start_time", "after", R"("2023-11-14T22:13:19Z")", "datetime"));
    CHECK_FALSE(holds("start_time", "after", R"("2023-11-14T22:13:20Z")"));
    CHECK(holds("start_time", "before", "1700000000001"));
    CHECK(holds("metadata.when", "after", "1700000000000"));
    CHECK_FALSE(holds("metadata.user", "after", "1700000000000"));
  }

  TEST_CASE("what is absent or null fulfils only the negations and is null") {
    for (const char* field : {"metadata.none", "metadata.absent", "error", "nonsense", "outputs"}) {
      CAPTURE(field);
      CHECK(holds(field, "not exists", "null"));
      CHECK(holds(field, "is", "null"));
      CHECK(holds(field, "is not", R"("x")"));
      CHECK(holds(field, "not contains", R"("x")"));
      CHECK_FALSE(holds(field, "exists", "null"));
      CHECK_FALSE(holds(field, "is", R"("")"));
      CHECK_FALSE(holds(field, "is not", "null"));
      CHECK_FALSE(holds(field, "contains", R"("")"));
      CHECK_FALSE(holds(field, "less than", "5"));
      CHECK_FALSE(holds(field, "after", "5"));
    }
    CHECK(holds("event_id", "exists", "null"));
    CHECK(holds("event_id", "is not", "null"));
    CHECK(holds("source", "is", R"("unknown")"));
  }
}
