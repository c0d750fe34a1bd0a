// What arrives is taken while reads are stuck on the disk.

#include <doctest/doctest.h>

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "unit/server/http/test_server.h"
#include "unit/server/ingest/api_fixture.h"

using namespace honeyhive;
using namespace honeyhive::server;
using honeyhive::server::testing::get;
using honeyhive::server::testing::post;
using honeyhive::server::testing::RawClient;
using honeyhive::server::testing::test_token;
using honeyhive::server::testing::TestServer;

namespace {

// Stores at once; reads of a trace or an event wait to be let go.
class StuckStore final : public HeldStore {
 public:
  bool append(std::vector<Event>, Done when_done) override {
    when_done({});
    return true;
  }
  core::Result<std::vector<Event>> trace(std::optional<std::string_view>,
                                         const core::TraceId&) override {
    get_stuck();
    return std::vector<Event>{};
  }
  core::Result<std::optional<Event>> event(std::optional<std::string_view>,
                                           std::string_view) override {
    get_stuck();
    return std::optional<Event>{};
  }
  void wait_for_stuck(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return stuck_ >= count; });
  }
  void let_go() {
    const std::scoped_lock lock(mutex_);
    is_free_ = true;
    changed_.notify_all();
  }

 private:
  void get_stuck() {
    std::unique_lock lock(mutex_);
    ++stuck_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return is_free_; });
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  int stuck_ = 0;
  bool is_free_ = false;
};

// One thread listens: whatever blocks it blocks everything.
ListenerOptions one_thread() {
  ListenerOptions options;
  options.threads = 1;
  return options;
}

const std::string show =
    get("/api/v0/traces/" + std::string(32, 'a'), "Authorization: Bearer " + test_token + "\r\n");

}  // namespace

TEST_SUITE("server/query/slow_reads") {
  TEST_CASE("what arrives is answered while reads are stuck, and more reads than wait get 503") {
    StuckStore store;
    EventHub hub;
    ReadPool reads({.threads = 2, .waiting = 3});
    TestServer server(one_thread());
    register_ingest(server.service.router, {store, [] { return noon; }});
    register_query(server.service.router, {store, hub, reads, [] { return noon; }});
    server.start();
    std::vector<RawClient> readers;
    const auto read_one_more = [&] {
      readers.push_back(server.connect());
      readers.back().send(show);
    };
    read_one_more();
    read_one_more();
    store.wait_for_stuck(2);
    for (int i = 0; i < 3; ++i) read_one_more();
    while (reads.stats().waiting < 3) std::this_thread::yield();

    const auto refused = server.connect().ask(show);
    CHECK(refused.status == 503);
    CHECK(refused.field("Retry-After") == "1");
    CHECK(reads.stats().refused == 1);
    CHECK(server.connect().ask(post("/session/start", R"({"session":{}})")).status == 200);
    CHECK(server.connect().ask(get("/open")).status == 200);

    store.let_go();
    for (RawClient& reader : readers) CHECK(reader.read().status == 404);
    server.listener->stop();
    reads.close();
  }

  TEST_CASE("what arrives is answered while updates look for their events") {
    StuckStore store;
    ReadPool lookups({.threads = 1, .waiting = 1});
    TestServer server(one_thread());
    IngestDeps deps{store, [] { return noon; }};
    deps.lookups = &lookups;
    register_ingest(server.service.router, deps);
    server.start();
    std::string update = post("/events", R"({"event_id":"e"})");
    update.replace(0, 4, "PUT");
    RawClient first = server.connect();
    first.send(update);
    store.wait_for_stuck(1);
    RawClient second = server.connect();
    second.send(update);
    while (lookups.stats().waiting < 1) std::this_thread::yield();

    CHECK(server.connect().ask(update).status == 503);
    CHECK(server.connect().ask(post("/session/start", R"({"session":{}})")).status == 200);
    std::string named = post("/events", R"({"event_id":"e","project":"p"})");
    named.replace(0, 4, "PUT");
    CHECK(server.connect().ask(named).status == 200);  // needs no lookup

    store.let_go();
    CHECK(first.read().status == 200);
    CHECK(second.read().status == 200);
    server.listener->stop();
    lookups.close();
  }

  TEST_CASE("a read that memory runs out for is 503") {
    class FullStore final : public HeldStore {
     public:
      core::Result<std::vector<Event>> trace(std::optional<std::string_view>,
                                             const core::TraceId&) override {
        throw std::bad_alloc();
      }
    };
    FullStore store;
    Api api(store);
    const Response full = api.get("/api/v0/traces/" + std::string(32, 'a'));
    CHECK(full.status == 503);
    REQUIRE(full.headers.size() == 1);
    CHECK(full.headers[0].name == "Retry-After");
  }

  TEST_CASE("a pool that closes drops what waits and refuses what comes") {
    ReadPool pool({.threads = 1, .waiting = 10});
    std::promise<void> started;
    std::promise<void> go_on;
    auto dropped = std::make_shared<int>(0);
    pool.post([&] {
      started.set_value();
      go_on.get_future().wait();
    });
    started.get_future().wait();
    CHECK(pool.post([dropped] { ++*dropped; }));
    std::thread closing([&] { pool.close(); });
    while (pool.stats().waiting > 0) std::this_thread::yield();  // dropped: nobody takes it
    go_on.set_value();
    closing.join();
    CHECK(*dropped == 0);
    CHECK(dropped.use_count() == 1);
    CHECK_FALSE(pool.post([] {}));
  }

  TEST_CASE("a read that throws is logged and the pool goes on") {
    const QuietLog quiet;
    ReadPool pool({.threads = 1, .waiting = 10});
    std::promise<void> done;
    pool.post([] { throw std::bad_alloc(); });
    pool.post([&] { done.set_value(); });
    done.get_future().wait();
  }
}
