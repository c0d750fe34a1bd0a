#include "server/http/exchange.h"

#include <doctest/doctest.h>

#include <new>
#include <optional>
#include <stdexcept>
#include <string>

#include "core/log.h"

using namespace honeyhive::server;

namespace {

struct Ask {
  std::string method = "POST";
  std::string target = "/write/x";
  std::vector<Header> headers = {{"host", "localhost"}, {"content-type", "application/json"}};
  BodyHead body{true, 4};
};

struct Fixture {
  Fixture() : service(GuardOptions{"127.0.0.1", "secret", false}, 1000) {
    service.max_encoded_bytes = 100;
    service.router.add("POST", "/write/{name}",
                       {.access = Access::ingest, .media = Media::json, .max_body_bytes = 50},
                       [this](Request request, Responder answer) {
                         handled = std::move(request);
                         answer({});
                       });
  }

  // 0: the body is wanted; else the status of a refusal that ends the connection.
  int begin(Exchange& exchange, const Ask& ask = {}) {
    Request head;
    head.method = ask.method;
    head.headers = ask.headers;
    return exchange.begin(std::move(head), ask.target, ask.body) ? 0 : exchange.refusal().status;
  }

  int finish(Exchange& exchange) {
    int status = 0;
    exchange.finish(Responder([&](Response response) { status = response.status; }));
    return status;
  }

  Service service;
  std::optional<Request> handled;
};

}  // namespace

TEST_SUITE("server/http/exchange") {
  TEST_CASE("the handler gets the decoded path and the whole body") {
    Fixture fixture;
    Exchange exchange(fixture.service);
    CHECK(fixture.begin(exchange, {.target = "/write/a%20b?q=1%2B1&r=a+b"}) == 0);
    CHECK(exchange.append("bo", 2));
    CHECK(exchange.append("dy", 2));
    CHECK(fixture.finish(exchange) == 200);
    REQUIRE(fixture.handled);
    CHECK(fixture.handled->body == "body");
    CHECK(fixture.handled->path_value("name") == "a b");
    CHECK(fixture.handled->query_value("q") == "1+1");
    CHECK(fixture.handled->query_value("r") == "a b");
    CHECK_FALSE(fixture.handled->query_value("s"));
  }

  TEST_CASE("a refused request is read to its end, keeps nothing and never reaches the handler") {
    Fixture fixture;
    Exchange exchange(fixture.service);
    CHECK(fixture.begin(exchange, {.target = "/nowhere"}) == 0);
    CHECK(exchange.append("body", 4));
    CHECK(fixture.service.budget.used() == 0);
    CHECK(fixture.finish(exchange) == 404);
    CHECK_FALSE(fixture.handled);
  }

  TEST_CASE("lengths above the limits are refused before the body, others while it comes") {
    Fixture fixture;
    Exchange announced(fixture.service);
    CHECK(fixture.begin(announced, {.body = {true, 51}}) == 413);
    Exchange chunked(fixture.service);
    CHECK(fixture.begin(chunked, {.body = {true, std::nullopt}}) == 0);
    CHECK(chunked.append(std::string(50, 'x'), 50));
    CHECK_FALSE(chunked.append("x", 1));
    CHECK(chunked.refusal().status == 413);
  }

  TEST_CASE("the framing of chunks may take as much as a body, and no more") {
    Fixture fixture;
    Exchange exchange(fixture.service);
    CHECK(fixture.begin(exchange, {.body = {true, std::nullopt}}) == 0);
    CHECK(exchange.append("x", 101));
    CHECK_FALSE(exchange.append("x", 2));
    CHECK(exchange.refusal().status == 413);
  }

  TEST_CASE("a compressed body may be longer than what it decodes to, up to the limit as sent") {
    Fixture fixture;
    Ask ask;
    ask.headers.push_back({"content-encoding", "gzip"});
    ask.body.length = 100;
    Exchange longest(fixture.service);
    CHECK(fixture.begin(longest, ask) == 0);
    ask.body.length = 101;
    Exchange too_long(fixture.service);
    CHECK(fixture.begin(too_long, ask) == 413);
  }

  TEST_CASE("memory is taken while the exchange lives and given back with it") {
    Fixture fixture;
    {
      Exchange exchange(fixture.service);
      CHECK(fixture.begin(exchange) == 0);
      CHECK(exchange.append("body", 4));
      CHECK(fixture.service.budget.used() == 4);
      CHECK(fixture.finish(exchange) == 200);
      CHECK(fixture.service.budget.used() == 4);  // until the answer is sent
    }
    CHECK(fixture.service.budget.used() == 0);
  }

  TEST_CASE("targets that are no path are refused") {
    Fixture fixture;
    for (const char* target : {"", "*", "https://localhost/write/x", "/write/x?a=%zz"}) {
      CAPTURE(target);
      Exchange exchange(fixture.service);
      CHECK(fixture.begin(exchange, {.target = target}) == 0);
      CHECK(fixture.finish(exchange) == 400);
    }
  }

  TEST_CASE("a handler that memory runs out for is 503, one that fails otherwise 500") {
    honeyhive::core::set_log_sink([](honeyhive::core::LogLevel, std::string_view) {});
    Fixture fixture;
    const auto add = [&](const char* path, auto thrown) {
      fixture.service.router.add("POST", path, {.access = Access::ingest, .media = Media::json},
                                 [thrown](Request, const Responder&) { throw thrown; });
    };
    add("/full", std::bad_alloc());
    add("/broken", std::runtime_error("a bug"));
    const auto ask = [&](const char* path) {
      Exchange exchange(fixture.service);
      CHECK(fixture.begin(exchange, {.target = path}) == 0);
      Response answer;
      exchange.finish(Responder([&](Response response) { answer = std::move(response); }));
      return answer;
    };
    const Response full = ask("/full");
    CHECK(full.status == 503);
    REQUIRE(full.headers.size() == 1);
    CHECK(full.headers[0].name == "Retry-After");
    CHECK(ask("/broken").status == 500);
    honeyhive::core::set_log_sink(nullptr);
  }
}
