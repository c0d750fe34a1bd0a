#include "server/http/guard.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace honeyhive::server;

namespace {

Request with(std::vector<Header> headers) {
  Request request;
  request.headers = std::move(headers);
  return request;
}

int status_of(const std::optional<Response>& refusal) { return refusal ? refusal->status : 200; }

Guard make_guard(bool no_auth = false) { return Guard({"127.0.0.2", "token", no_auth}); }

}  // namespace

TEST_SUITE("server/http/guard") {
  TEST_CASE("Host must be one of the names of this machine, with any port or none") {
    const Guard guard = make_guard();
    const auto status = [&](const char* host) {
      return status_of(guard.check_source(with({{"host", host}})));
    };
    for (const char* host : {"localhost", "LOCALHOST:4318", "127.0.0.1", "127.0.0.1:9", "[::1]",
                             "[::1]:4318", "127.0.0.2:4318"}) {
      CAPTURE(host);
      CHECK(status(host) == 200);
    }
    for (const char* host : {"", "evil.example", "localhost.evil.example", "evil.example:4318",
                             "127.0.0.3", "localhost:", "localhost:x", "localhost:4318:1", "[::1",
                             "[::1]x", "localhost@evil.example", "127.0.0.1.nip.io"}) {
      CAPTURE(host);
      CHECK(status(host) == 421);
    }
    CHECK(status_of(guard.check_source(with({}))) == 400);
    CHECK(status_of(guard.check_source(with({{"host", "localhost"}, {"host", "evil.example"}}))) ==
          400);
  }

  TEST_CASE("Origin must be the origin that the request is for") {
    const Guard guard = make_guard();
    const auto status = [&](const char* origin) {
      return status_of(guard.check_source(with({{"host", "localhost:4318"}, {"origin", origin}})));
    };
    CHECK(status("http://localhost:4318") == 200);
    for (const char* origin :
         {"null", "", "http://localhost", "http://localhost:3000", "https://localhost:4318",
          "http://127.0.0.1:4318", "http://evil.example", "http://localhost:4318.evil.example"}) {
      CAPTURE(origin);
      CHECK(status(origin) == 403);
    }
  }

  TEST_CASE("reading needs the token, ingest and open pages do not") {
    const Guard guard = make_guard();
    const auto status = [&](const char* authorization, Access access) {
      return status_of(guard.check_access(with({{"authorization", authorization}}), access));
    };
    CHECK(status("Bearer token", Access::read) == 200);
    CHECK(status("bearer token", Access::read) == 200);
    for (const char* wrong : {"", "token", "Bearer", "Bearer ", "Bearer toke", "Bearer tokens",
                              "Bearer Token", "Basic token", "Bearer  token"}) {
      CAPTURE(wrong);
      CHECK(status(wrong, Access::read) == 401);
      CHECK(status(wrong, Access::ingest) == 200);
      CHECK(status(wrong, Access::open) == 200);
    }
    CHECK(status_of(guard.check_access(with({}), Access::read)) == 401);
    CHECK(status_of(make_guard(true).check_access(with({}), Access::read)) == 200);
  }

  TEST_CASE("a refusal does not repeat what was sent") {
    const auto refusal =
        make_guard().check_access(with({{"authorization", "Bearer s3cret"}}), Access::read);
    REQUIRE(refusal);
    CHECK(refusal->body.find("s3cret") == std::string::npos);
    CHECK(refusal->headers.at(0).value == "Bearer");
  }

  TEST_CASE("media types are compared without parameters and case") {
    const auto status = [&](const char* type, Media accepted) {
      return status_of(check_media(with({{"content-type", type}}), accepted));
    };
    CHECK(status("application/json", Media::json) == 200);
    CHECK(status("Application/JSON ; charset=utf-8", Media::json) == 200);
    CHECK(status("application/x-protobuf", Media::json_or_protobuf) == 200);
    CHECK(status("application/x-protobuf", Media::json) == 415);
    CHECK(status("application/json", Media::protobuf) == 415);
    CHECK(status("application/json, text/plain", Media::json) == 415);
    CHECK(status("text/plain", Media::json) == 415);
    CHECK(status("application/json", Media::none) == 415);
  }

  TEST_CASE("only loopback addresses can be listened on, and the refusal says why and what to do") {
    const auto text = [](const char* listen) {
      const auto address = ListenAddress::parse(listen);
      return address ? address->host_text() + ":" + std::to_string(address->port)
                     : address.error().message;
    };
    CHECK(text("127.0.0.1:4318") == "127.0.0.1:4318");
    CHECK(text("localhost:0") == "127.0.0.1:0");
    CHECK(text("127.9.9.9:1") == "127.9.9.9:1");
    CHECK(text("[::1]:65535") == "[::1]:65535");
    for (const char* other : {"0.0.0.0:4318", "[::]:4318", "192.168.1.2:4318", "example.com:4318",
                              "127.0.0.1.example.com:1", "128.0.0.1:1"}) {
      CAPTURE(other);
      CHECK(text(other).find("no API keys") != std::string::npos);
      CHECK(text(other).find("ssh -L") != std::string::npos);
    }
    CHECK(text("4318") == "cannot listen on \"4318\": give host:port, as 127.0.0.1:4318");
    CHECK(text("127.0.0.1:70000") ==
          "cannot listen on \"127.0.0.1:70000\": port 70000 is above "
          "65535");
  }
}
