#include "server/http/router.h"

#include <doctest/doctest.h>

#include <string>

using namespace honeyhive::server;

namespace {

Router make_router() {
  Router router;
  for (const char* pattern : {"/", "/events", "/events/export", "/events/{id}", "/a/{x}/b/{y}"}) {
    router.add("GET", pattern, {}, nullptr);
  }
  router.add("PUT", "/events", {}, nullptr);
  return router;
}

std::string found(const Router& router, std::string_view method, std::string_view path) {
  const Router::Match match = router.find(method, path);
  if (match.route == nullptr) return match.allow.empty() ? "404" : "405 " + match.allow;
  std::string text = match.route->pattern;
  for (const Parameter& parameter : match.path_parameters) {
    text += " " + parameter.name + "=" + parameter.value;
  }
  return text;
}

}  // namespace

TEST_SUITE("server/http/router") {
  TEST_CASE("paths find their route, exact ones before names") {
    const Router router = make_router();
    CHECK(found(router, "GET", "/") == "/");
    CHECK(found(router, "GET", "/events") == "/events");
    CHECK(found(router, "GET", "/events/export") == "/events/export");
    CHECK(found(router, "GET", "/events/17") == "/events/{id} id=17");
    CHECK(found(router, "GET", "/events/a%2Fb%20c+d") == "/events/{id} id=a/b c+d");
    CHECK(found(router, "GET", "/a/1/b/2") == "/a/{x}/b/{y} x=1 y=2");
    CHECK(found(router, "HEAD", "/events/17") == "/events/{id} id=17");
  }

  TEST_CASE("what almost matches does not match") {
    const Router router = make_router();
    for (const char* path : {"", "//", "/events/", "/events//", "/events/1/2", "/event", "/eventss",
                             "/a/1/b", "/a//b/2", "/events/%zz", "events"}) {
      CAPTURE(path);
      CHECK(found(router, "GET", path) == "404");
    }
  }

  TEST_CASE("a path with other methods names them") {
    const Router router = make_router();
    CHECK(found(router, "POST", "/events") == "405 GET, HEAD, PUT");
    CHECK(found(router, "put", "/events") == "405 GET, HEAD, PUT");  // methods have case
    CHECK(found(router, "DELETE", "/events/17") == "405 GET, HEAD");
  }
}
