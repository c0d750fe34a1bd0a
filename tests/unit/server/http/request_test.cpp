#include "server/http/request.h"

#include <doctest/doctest.h>

#include <string>

using namespace honeyhive::server;

TEST_SUITE("server/http/request") {
  TEST_CASE("a target is split, and its parameters are decoded once") {
    Request request;
    REQUIRE(parse_target("/a%2Fb?x=1&empty=&flag&&x=2&sum=1%2B1%2526", request));
    CHECK(request.path == "/a%2Fb");
    REQUIRE(request.query.size() == 5);
    CHECK(request.query_value("x") == "1");
    CHECK(request.query_value("empty") == "");
    CHECK(request.query_value("flag") == "");
    CHECK(request.query_value("sum") == "1+1%26");
  }

  TEST_CASE("more than 64 parameters are refused") {
    std::string target = "/?";
    for (int i = 0; i < 64; ++i) target += "a=1&";
    Request request;
    CHECK(parse_target(target, request));
    Request another;
    const auto refused = parse_target(target + "a=1", another);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message == "more than 64 query parameters");
  }

  TEST_CASE("percent signs need two hex digits") {
    CHECK(percent_decode("%41%7a", false) == "Az");
    CHECK(percent_decode("a+b", false) == "a+b");
    for (const char* wrong : {"%", "%4", "%4g", "%%41", "abc%"}) {
      CAPTURE(wrong);
      CHECK_FALSE(percent_decode(wrong, false));
    }
  }
}
