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

HttpAnswer get(HttpClient& client, std::string url,
               std::shared_ptr<const Transport> transport = nullptr) {
  HttpRequest request;
  request.transport = std::move(transport);
  request.url = std::move(url);
  request.headers = {"Authorization: Bearer key"};
  client.start(1, std::move(request));
  std::vector<Completion> done;
  while (done.empty()) client.run(std::chrono::seconds(1), done);
  return std::move(done[0].answer);
}

std::shared_ptr<const Transport> through(const LoopbackServer& proxy) {
  Transport transport;
  transport.proxy = proxy.url();
  return std::make_shared<const Transport>(transport);
}

}  // namespace

TEST_SUITE("net/proxy") {
  TEST_CASE("each request goes through the proxy that is its own, and no other does") {
    LoopbackServer first, second, environments, server;
    const ProxySetting setting(environments);
    const auto client = make_http_client();
    const char* const elsewhere = "http://other.example/a";
    for (int i = 1; i <= 2; ++i) {
      const auto count = static_cast<std::size_t>(i);
      CHECK(get(*client, elsewhere, through(first)).status == 200);
      CHECK(get(*client, elsewhere, through(second)).status == 200);
      CHECK(get(*client, server.url(), through(second)).status == 200);
      CHECK(get(*client, elsewhere).status == 200);
      CHECK(get(*client, elsewhere, std::make_shared<const Transport>()).status == 200);
      CHECK(get(*client, server.url()).status == 200);
      CHECK(first.requests().size() == count);
      CHECK(second.requests().size() == 2 * count);
      CHECK(environments.requests().size() == 2 * count);
      CHECK(server.requests().size() == count);
    }
  }

  TEST_CASE("hosts that are named are asked without the proxy of the request") {
    LoopbackServer proxy, server;
    const auto client = make_http_client();
    Transport transport = *through(proxy);
    transport.no_proxy = "a.example,127.0.0.1";
    const auto shared = std::make_shared<const Transport>(transport);
    CHECK(get(*client, server.url(), shared).status == 200);
    CHECK(get(*client, "http://b.example", shared).status == 200);
    CHECK(server.requests().size() == 1);
    CHECK(proxy.requests().size() == 1);
  }

  TEST_CASE("what one transport cannot use harms only its own requests") {
    LoopbackServer proxy, server;
    const auto client = make_http_client();
    Transport transport = *through(proxy);
    transport.proxy = "gopher://127.0.0.1:1";
    const auto unusable = std::make_shared<const Transport>(transport);
    CHECK(get(*client, "http://b.example", unusable).status == 0);
    CHECK(get(*client, server.url()).status == 200);
    CHECK(get(*client, "http://b.example", through(proxy)).status == 200);
  }

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
