// What becomes of transfers when the client's own allocations fail: each of them, one at a time.
#include <doctest/doctest.h>

#include <map>

#include "fakes/loopback_server.h"
#include "fakes/short_memory.h"
#include "net/http_client.h"

namespace honeyhive::net {
namespace {

using fakes::LoopbackServer;
using fakes::Reply;
using fakes::Shortage;
using fakes::ShortMemory;
using std::chrono::milliseconds;

constexpr std::uint64_t transfers = 4;

HttpRequest request_to(const LoopbackServer& server, std::uint64_t id) {
  HttpRequest request;
  request.url = server.url("/a/path/that/does/not/fit/into/the/string/itself");
  request.headers = {"Authorization: Bearer a-key-that-does-not-fit-into-the-string"};
  if (id == 2) request.headers.push_back("Refused: \n");
  return request;
}

// Starts four transfers, one that is refused and one that is cancelled among them, and returns how
// often each was answered. At most `count` allocations succeed before one fails.
std::map<std::uint64_t, int> answers(const LoopbackServer& server, long count, Shortage how,
                                     std::map<std::uint64_t, int>& started) {
  const auto client = make_http_client();
  std::vector<Completion> done;
  {
    for (std::uint64_t id = 1; id <= transfers; ++id) started[id] = 0;
    HttpRequest requests[transfers];
    for (std::uint64_t id = 1; id <= transfers; ++id) requests[id - 1] = request_to(server, id);
    const ShortMemory memory(count, how);
    for (std::uint64_t id = 1; id <= transfers; ++id) {
      try {
        client->start(id, std::move(requests[id - 1]));
        started.at(id) = 1;
        if (id == 3) client->cancel_all();
        client->run(milliseconds(0), done);
      } catch (const std::bad_alloc&) {
      }
    }
  }
  for (int i = 0; i < 100 && done.size() < transfers; ++i) {
    int open = 0;
    for (const auto& [id, count_started] : started) open += count_started;
    if (done.size() == static_cast<std::size_t>(open)) break;
    client->run(milliseconds(100), done);
  }
  std::map<std::uint64_t, int> out;
  for (std::uint64_t id = 1; id <= transfers; ++id) out[id] = 0;
  for (const Completion& completion : done) ++out[completion.id];
  return out;
}

TEST_SUITE_BEGIN("net/memory");

TEST_CASE("what was started is answered once, and what was not never, wherever memory runs out") {
  LoopbackServer server([](const fakes::ReceivedRequest&) {
    return Reply{.headers = {"Retry-After: 1"}, .body = std::string(100, 'x')};
  });
  for (const Shortage how : {Shortage::once, Shortage::lasting}) {
    bool has_failed = true;
    for (long count = 0; has_failed; ++count) {
      CAPTURE(count);
      std::map<std::uint64_t, int> started;
      const auto answered = answers(server, count, how, started);
      has_failed = fakes::has_failed;
      REQUIRE((answered == started));
    }
  }
}

TEST_SUITE_END();

}  // namespace
}  // namespace honeyhive::net
