// Servers that are there, are not, or come and go with tracers.
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <set>

#include "fakes/loopback_server.h"
#include "honeyhive/honeyhive.h"
#include "sdk/tracer_impl.h"

namespace honeyhive {
namespace {

using fakes::LoopbackServer;
using fakes::Reply;
using std::chrono::milliseconds;
using std::chrono::seconds;

// A port on which nothing listens, for as long as this lives.
class DeadPort {
 public:
  DeadPort() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(socket_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
  }
  ~DeadPort() { ::close(socket_); }
  DeadPort(const DeadPort&) = delete;
  DeadPort& operator=(const DeadPort&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  int socket_;
  int port_ = 0;
};

TracerConfig requiring(std::string url) {
  return {.api_key = "hh_test_key_1234", .server_url = std::move(url), .require_connection = true};
}

TEST_SUITE_BEGIN("sdk/reachable");

TEST_CASE("any answer in HTTP means that the server is there") {
  for (const int status : {200, 301, 401, 404, 405, 500, 503}) {
    LoopbackServer server([status](const fakes::ReceivedRequest& request) {
      return Reply{.status = request.method == "HEAD" ? status : 200};
    });
    const auto tracer = HoneyHiveTracer::init(requiring(server.url()));
    CHECK(tracer);
    const auto probe = server.requests().at(0);
    CHECK(probe.method == "HEAD");
    CHECK(probe.header("authorization").empty());
  }
}

TEST_CASE("without a server that is required there is no tracer") {
  const DeadPort dead;
  std::string message;
  try {
    HoneyHiveTracer::init(requiring(dead.url()));
  } catch (const ConnectionError& error) {
    message = error.what();
  }
  CHECK(message.starts_with("require_connection: " + dead.url() + " cannot be reached: "));
  CHECK(message.find("hh_test_key") == message.npos);

  const auto tried = HoneyHiveTracer::try_init(requiring(dead.url()));
  REQUIRE_FALSE(tried);
  CHECK(tried.error().code == Error::Code::unavailable);
  // Up to there: libcurl says how many milliseconds it took.
  CHECK(tried.error().message.substr(0, message.find(" after ")) ==
        message.substr(0, message.find(" after ")));
}

TEST_CASE("without a server that is not required there is a tracer, and its spans are counted") {
  const DeadPort dead;
  auto config = requiring(dead.url());
  config.require_connection = false;
  const auto tracer = HoneyHiveTracer::init(config);
  { auto span = tracer.trace("work"); }
  tracer.close();
  CHECK(tracer.stats().dropped_unsent == 1);
}

TEST_CASE("a server that is silent, or speaks no HTTP, is not there, and costs export_timeout") {
  LoopbackServer silent([](const auto&) { return Reply::never(); });
  LoopbackServer other([](const auto&) { return Reply::bytes("220 mail.example.com ready\r\n"); });
  for (const auto* const server : {&silent, &other}) {
    auto config = requiring(server->url());
    config.export_timeout = milliseconds(300);
    const auto begin = std::chrono::steady_clock::now();
    CHECK_THROWS_AS(HoneyHiveTracer::init(config), ConnectionError);
    CHECK(std::chrono::steady_clock::now() - begin < seconds(5));
  }
}

TEST_CASE("in test mode no server is required") {
  const DeadPort dead;
  auto config = requiring(dead.url());
  config.test_mode = true;
  CHECK(HoneyHiveTracer::init(config));
}

TEST_CASE("a tracer may be closed and made again any number of times, and nothing is lost") {
  LoopbackServer server;
  std::set<std::uint32_t> slots;
  std::set<std::string> sessions;
  constexpr std::size_t times = 200;
  for (std::size_t i = 0; i < times; ++i) {
    const auto tracer = HoneyHiveTracer::init(
        {.api_key = "hh_test_key_1234", .project = "p", .server_url = server.url()});
    slots.insert(detail::TracerAccess::of(tracer)->index);
    sessions.insert(tracer.session_id());
    for (int j = 0; j < 3; ++j) auto span = tracer.trace("work");
    tracer.close();
    const auto stats = tracer.stats();
    REQUIRE(stats.spans_sent == 3);
    REQUIRE(stats.dropped() == 0);
  }
  CHECK(sessions.size() == times);
  CHECK(slots.size() <= 2);
  std::size_t starts = 0;
  for (const auto& request : server.requests()) starts += request.target == "/session/start";
  CHECK(starts == times);
  CHECK(server.requests().size() == 2 * times);
}

TEST_SUITE_END();

}  // namespace
}  // namespace honeyhive
