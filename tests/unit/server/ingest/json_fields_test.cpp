#include "server/ingest/json_fields.h"

#include <doctest/doctest.h>

#include "unit/server/store/colliding_keys.h"

using namespace honeyhive;
using namespace honeyhive::server;

TEST_SUITE("server/ingest/json_fields") {
  JsonFields parse(std::string_view text) {
    auto fields = JsonFields::parse(text, "body");
    REQUIRE(fields);
    return *std::move(fields);
  }

  TEST_CASE("what is no object is refused with the offset") {
    for (const char* text : {"", "[]", "null", "{", "{\"a\":}", "{\"a\":1,}", "{} x", "{'a':1}"}) {
      CAPTURE(text);
      const auto fields = JsonFields::parse(text, "body");
      REQUIRE_FALSE(fields);
      CHECK(fields.error().code == core::Error::Code::malformed_data);
      CHECK(fields.error().message.starts_with("body: not a JSON object: unexpected byte at "));
    }
  }

  TEST_CASE("deep nesting is refused, not followed") {
    for (const char* bracket : {"[", "{\"a\":"}) {
      std::string text = "{\"a\":";
      for (int i = 0; i < 100'000; ++i) text += bracket;
      CHECK_FALSE(JsonFields::parse(text, "body"));
    }
  }

  TEST_CASE("null is the same as absent, and of a repeated key the last counts") {
    auto fields = parse(R"({"a":null,"b":"x","b":"y","c":"z","c":null})");
    CHECK_FALSE(fields.has("a"));
    CHECK(fields.text("b", 10) == "y");
    CHECK_FALSE(fields.has("c"));
    CHECK_FALSE(fields.error());
  }

  TEST_CASE("keys that a hash cannot tell apart cost no more than others") {
    CHECK(testing::is_as_fast([](const std::vector<std::string>& keys) {
      CHECK(JsonFields::parse(testing::object_of(keys), "body"));
    }));
  }

  TEST_CASE("the first field that is not what it should be is named with its value") {
    auto fields = parse(R"({"a":12,"b":[1, 2],"c":"long"})");
    CHECK(fields.text("a", 10) == "");
    CHECK(fields.object("b") == "");
    REQUIRE(fields.error());
    CHECK(fields.error()->message == "body.a: expected a string, got 12");
    auto second = parse(R"({"b":[1, 2]})");
    second.object("b");
    CHECK(second.error()->message == "body.b: expected an object, got [1,2]");
    auto third = parse(R"({"c":"long"})");
    third.text("c", 3);
    CHECK(third.error()->message == "body.c: expected at most 3 bytes, got \"long\"");
  }

  TEST_CASE("what is kept as JSON is canonical") {
    auto fields = parse(
        "{\"o\": { \"a b\" : [ 1 , { } ],\n\t\"s\":\"x \\\" y\", \"a b\":2.50 , \"u\":\"\\ud800!\","
        "\"v\":\"\\ud83d\\ude00\",\"w\":\"\xff\", \"n\": -1e999, \"m\":12345678901234567890}}");
    CHECK(fields.object("o") ==
          "{\"a b\":2.50,\"s\":\"x \\\" y\",\"u\":\"\\ufffd!\",\"v\":\"\\ud83d\\ude00\","
          "\"w\":\"\xef\xbf\xbd\",\"n\":null,\"m\":12345678901234567890}");
    CHECK(parse(R"({"o":{}})").object("o") == "");
  }

  TEST_CASE("text is unescaped, half of a surrogate pair becomes a replacement character") {
    auto fields = parse(R"({"a":"x\n\ud83d\ude00\udc00"})");
    CHECK(fields.text("a", 100) == "x\n\xf0\x9f\x98\x80\xef\xbf\xbd");
  }

  TEST_CASE("milliseconds become nanoseconds, and what is no usable number is none") {
    auto fields = parse(
        R"({"i":1700000000123,"d":1.5,"e":17e11,"f":1760000000210.0,"g":1760000000209.25,"neg":-1,"huge":1e300,"s":"5","b":true})");
    CHECK(fields.milliseconds_as_ns("i") == 1'700'000'000'123'000'000);
    CHECK(fields.milliseconds_as_ns("d") == 1'500'000);
    CHECK(fields.milliseconds_as_ns("e") == 1'700'000'000'000'000'000);
    CHECK(fields.milliseconds_as_ns("f") == 1'760'000'000'210'000'000);
    CHECK(fields.milliseconds_as_ns("g") == 1'760'000'000'209'250'000);
    for (const char* name : {"neg", "huge", "s", "b", "absent"}) {
      CAPTURE(name);
      CHECK_FALSE(fields.milliseconds_as_ns(name));
    }
  }
}
