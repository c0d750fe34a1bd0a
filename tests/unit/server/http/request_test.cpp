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

  TEST_CASE("a target may be a whole URL, whose host is the one that counts") {
    struct Case {
      const char* target;
      const char* path;
      const char* host;
    };
    for (const Case& wanted : {Case{"http://localhost:4318/a?x=1", "/a", "localhost:4318"},
                               {"HTTP://[::1]/a/b?x=1", "/a/b", "[::1]"},
                               {"http://evil.example?x=1", "/", "evil.example"},
                               {"http://me@localhost/?x=1", "/", "me@localhost"},
                               {"http:///a?x=1", "/a", ""}}) {
      CAPTURE(wanted.target);
      Request request;
      request.add_header("Host", "127.0.0.1");
      REQUIRE(parse_target(wanted.target, request));
      CHECK(request.path == wanted.path);
      CHECK(request.header("host") == wanted.host);
      CHECK(request.query_value("x") == "1");
    }
    for (const char* wrong :
         {"", "*", "a", "https://localhost/", "http:/localhost/", "localhost:1"}) {
      CAPTURE(wrong);
      Request request;
      CHECK_FALSE(parse_target(wrong, request));
    }
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
