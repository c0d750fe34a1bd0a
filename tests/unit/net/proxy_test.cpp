// Which requests the environment's proxy sees.
#include <doctest/doctest.h>

#include <cstdlib>

#include "fakes/loopback_server.h"
#include "net/http_client.h"

namespace honeyhive::net {
namespace {

using fakes::LoopbackServer;

// Sets the environment's proxy while it lives.
class ProxySetting {
 public:
  explicit ProxySetting(const LoopbackServer& proxy) {
    setenv("http_proxy", proxy.url().c_str(), 1);
    unsetenv("no_proxy");
    unsetenv("NO_PROXY");
  }
  ~ProxySetting() { unsetenv("http_proxy"); }
  ProxySetting(const ProxySetting&) = delete;
  ProxySetting& operator=(const ProxySetting&) = delete;
};

HttpAnswer get(HttpClient& client, std::string url) {
  HttpRequest request;
  request.url = std::move(url);
  request.headers = {"Authorization: Bearer key"};
  client.start(1, std::move(request));
  std::vector<Completion> done;
  while (done.empty()) client.run(std::chrono::seconds(1), done);
  return std::move(done[0].answer);
}

}  // namespace

TEST_SUITE("net/proxy") {
  TEST_CASE("a proxy is not asked for a server on this machine") {
    LoopbackServer proxy, server;
    const ProxySetting setting(proxy);
    const auto client = make_http_client();
    const std::string port = std::to_string(server.port());
    CHECK(get(*client, server.url()).status == 200);
    CHECK(get(*client, server.url("/a/b?c=http://other.example/")).status == 200);
    CHECK(get(*client, "http://LOCALHOST:" + port + "?q").status == 200);
    CHECK(server.requests().size() == 3);
    CHECK(proxy.requests().empty());
  }

  TEST_CASE("a proxy is asked for every other server, also between requests to this machine") {
    LoopbackServer proxy, server;
    const ProxySetting setting(proxy);
    const auto client = make_http_client();
    for (int i = 1; i <= 2; ++i) {
      CHECK(get(*client, server.url()).status == 200);
      CHECK(get(*client, "http://127.other.example/a").status == 200);
      CHECK(server.requests().size() == static_cast<std::size_t>(i));
      REQUIRE(proxy.requests().size() == static_cast<std::size_t>(i));
      CHECK(proxy.requests().back().target == "http://127.other.example/a");
    }
  }
}

}  // namespace honeyhive::net
