// What becomes of transfers whose server's name is still being looked up. getaddrinfo is replaced
// for the whole program: it does not return before a test lets it, but for those that are waited
// for.
#include <doctest/doctest.h>
#include <netdb.h>

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "net/http_client.h"

namespace {

std::mutex mutex;
std::condition_variable changed;
bool is_held = false;
int lookups = 0, finished = 0;

}  // namespace

extern "C" int getaddrinfo(const char*, const char*, const addrinfo*, addrinfo**) {
  std::unique_lock lock(mutex);
  ++lookups;
  changed.notify_all();
  changed.wait_for(lock, std::chrono::seconds(10), [] { return !is_held; });
  ++finished;
  changed.notify_all();
  return EAI_AGAIN;
}

namespace honeyhive::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Holds every look-up while it lives.
class Hold {
 public:
  Hold() { set(true); }
  ~Hold() {
    set(false);
    std::unique_lock lock(mutex);
    changed.wait(lock, [] { return finished == lookups; });
  }
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;

  static bool is_looking_up() {
    const std::scoped_lock lock(mutex);
    return lookups > finished;
  }
  static void wait_for_lookup(HttpClient& client, std::vector<Completion>& done) {
    const auto deadline = std::chrono::steady_clock::now() + seconds(20);
    while (std::chrono::steady_clock::now() < deadline) {
      client.run(milliseconds(5), done);
      if (is_looking_up()) return;
    }
    FAIL("no name was looked up");
  }

 private:
  static void set(bool held) {
    const std::scoped_lock lock(mutex);
    is_held = held;
    changed.notify_all();
  }
};

HttpRequest get(milliseconds timeout) {
  HttpRequest request;
  request.url = "http://somewhere.example/";
  request.timeout = timeout;
  return request;
}

TEST_SUITE_BEGIN("net/lookup");

TEST_CASE("a transfer ends in its time though its server's name is still being looked up") {
  const auto client = make_http_client();
  std::vector<Completion> done;
  const Hold hold;
  client->start(1, get(milliseconds(50)));
  while (done.empty()) client->run(seconds(1), done);
  CHECK(done[0].answer.status == 0);
  CHECK(Hold::is_looking_up());
}

TEST_CASE("cancelling does not wait for the look-up of a name") {
  const auto client = make_http_client();
  std::vector<Completion> done;
  const Hold hold;
  client->start(1, get(seconds(30)));
  Hold::wait_for_lookup(*client, done);
  client->cancel_all();
  client->run(milliseconds(0), done);
  REQUIRE(done.size() == 1);
  CHECK(done[0].answer.error == "cancelled");
  CHECK(Hold::is_looking_up());
}

TEST_CASE("a client does not wait for the look-up of a name when it is destroyed") {
  auto client = make_http_client();
  std::vector<Completion> done;
  const Hold hold;
  client->start(1, get(seconds(30)));
  Hold::wait_for_lookup(*client, done);
  client.reset();
  CHECK(Hold::is_looking_up());
}

TEST_SUITE_END();

}  // namespace
}  // namespace honeyhive::net
