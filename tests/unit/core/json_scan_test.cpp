#include "core/json_scan.h"

#include <doctest/doctest.h>

#include "core/json_canonical.h"
#include "core/limits.h"

using namespace honeyhive::core;

TEST_SUITE("core/json_scan") {
  TEST_CASE("an object comes apart into its members, values as they were written") {
    const std::string text = R"( { "a" : 1.50 , "b":{"x":[1,"}"]}, "c":"\"q\"" ,"d":null } )";
    const auto members = scan_json_object(text);
    REQUIRE(members);
    REQUIRE(members->size() == 4);
    CHECK((*members)[0].key == "a");
    CHECK((*members)[0].value == "1.50");
    CHECK((*members)[1].value == R"({"x":[1,"}"]})");
    CHECK((*members)[2].value == R"("\"q\"")");
    CHECK((*members)[3].key == "d");
    CHECK((*members)[3].value == "null");
    CHECK(scan_json_object("{}")->empty());
  }

  TEST_CASE("keys are unescaped") {
    const auto members = scan_json_object(R"({"\u0061\n\/":1,"\ud83d\ude00\u00e9\u20ac":2})");
    REQUIRE(members);
    CHECK((*members)[0].key == "a\n/");
    CHECK((*members)[1].key == "\xf0\x9f\x98\x80\xc3\xa9\xe2\x82\xac");
  }

  TEST_CASE("half a surrogate pair becomes the replacement character") {
    const auto members = scan_json_object(R"({"\ud83dx":1,"\ude00":2,"\ud83d\u0041":3})");
    REQUIRE(members);
    CHECK((*members)[0].key == "\xef\xbf\xbdx");
    CHECK((*members)[1].key == "\xef\xbf\xbd");
    CHECK((*members)[2].key ==
          "\xef\xbf\xbd"
          "A");
  }

  TEST_CASE("what is not well-formed is refused, with the place") {
    for (const char* text : {"",
                             "[]",
                             "1",
                             "{",
                             "{}x",
                             "{\"a\"}",
                             "{\"a\":}",
                             "{\"a\":1,}",
                             "{,}",
                             "{a:1}",
                             "{\"a\":01}",
                             "{\"a\":1.}",
                             "{\"a\":.5}",
                             "{\"a\":1e}",
                             "{\"a\":+1}",
                             "{\"a\":-}",
                             "{\"a\":tru}",
                             "{\"a\":NaN}",
                             "{\"a\":\"\\x\"}",
                             "{\"a\":\"\\u12g4\"}",
                             "{\"a\":\"\\u12",
                             "{\"a\":\"\n\"}",
                             "{\"a\":\"",
                             "{\"a\":[1,]}",
                             "{\"a\":[1}",
                             "{\"a\":1 \"b\":2}"}) {
      CAPTURE(text);
      CHECK_FALSE(scan_json_object(text));
    }
    const auto refused = scan_json_object(R"({"a":1,"b":x})");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Error::Code::malformed_data);
    CHECK(refused.error().message == "not a JSON object: unexpected byte at offset 11");
  }

  TEST_CASE("depth is bounded") {
    const auto nested = [](std::size_t depth) {
      return "{\"a\":" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
    };
    CHECK(scan_json_object(nested(limits::json_depth)));
    CHECK_FALSE(scan_json_object(nested(limits::json_depth + 1)));
    CHECK_FALSE(scan_json_object("{\"a\":" + std::string(1 << 20, '[')));
  }

  TEST_CASE("a string says what it says, and nothing else is one") {
    CHECK(json_text(R"("a\u00e9\n\ud83d\ude00")") == "a\xc3\xa9\n\xf0\x9f\x98\x80");
    CHECK(json_text(R"("")") == "");
    for (const char* const none : {"", "\"", "null", "7", "\"a\"b", " \"a\"", "\"a\" ", "\"\\x\"",
                                   "[\"a\"]", "\"\n\"", "\"\\u12\""}) {
      CAPTURE(none);
      CHECK_FALSE(json_text(none).has_value());
    }
  }

  TEST_CASE("any value can be checked") {
    for (const char* text :
         {"0", "-0.5e+10", "\"\"", "true", " [1 , {} ] ", "null", "{\"a\":[]}"}) {
      CAPTURE(text);
      CHECK(is_json(text));
    }
    for (const char* text : {"", " ", "1 2", "[", "truely", "\"a", "{}}"}) {
      CAPTURE(text);
      CHECK_FALSE(is_json(text));
    }
  }

  TEST_CASE("the depth of a value can be bounded further") {
    CHECK(is_json("[[[]]]", 3));
    CHECK_FALSE(is_json("[[[]]]", 2));
    CHECK_FALSE(is_json("[]", 0));
    CHECK(is_json("1", 0));
  }

  TEST_CASE("an array comes apart into its elements") {
    const auto elements = scan_json_array(R"( [ 1 , {"a":[2]}, "x,]" ,null ] )");
    REQUIRE(elements);
    CHECK(*elements == std::vector<std::string_view>{"1", R"({"a":[2]})", R"("x,]")", "null"});
    CHECK(scan_json_array("[]")->empty());
    for (const char* text : {"", "{}", "[1,]", "[,]", "[1", "[1]x", "[1 2]"}) {
      CAPTURE(text);
      CHECK_FALSE(scan_json_array(text));
    }
    CHECK(scan_json_array("[1,x]").error().message ==
          "not a JSON array: unexpected byte at offset 3");
  }

  TEST_CASE("what is kept is canonical") {
    CHECK(canonical_json(" { \"a b\" : [ 1.50 , -0e1, 1e999 ] } ") ==
          R"({"a b":[1.50,-0e1,null]})");
    CHECK(canonical_json("\"\\ud83d\\ude00 \\ud83d x\\\" 1\"") ==
          "\"\\ud83d\\ude00 \\ufffd x\\\" 1\"");
    CHECK(canonical_json("\"\xff\"") == "\"\xef\xbf\xbd\"");
  }

  TEST_CASE("the strings of an array are what they say, and other elements are left out") {
    CHECK(json_strings(R"([1,"\u0061",[],"b\n"])") == std::vector<std::string>{"a", "b\n"});
    for (const char* bad : {"", "{}", "[\"a\",]", "[\"a\"", "\"a\""}) {
      CAPTURE(bad);
      CHECK(json_strings(bad).empty());
    }
  }
}
