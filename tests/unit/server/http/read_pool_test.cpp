#include "server/http/read_pool.h"

#include <doctest/doctest.h>

#include <future>
#include <memory>
#include <thread>

using namespace honeyhive::server;

TEST_SUITE("server/http/read_pool") {
  TEST_CASE("a pool that refuses drops what waits and does not wait for what runs") {
    ReadPool pool({.threads = 1, .waiting = 10});
    std::promise<void> started;
    std::promise<void> go;
    REQUIRE(pool.post([&] {
      started.set_value();
      go.get_future().wait();
    }));
    started.get_future().wait();
    const auto held = std::make_shared<int>();
    REQUIRE(pool.post([held] {}));
    CHECK(held.use_count() == 2);
    pool.refuse();
    CHECK(held.use_count() == 1);
    CHECK_FALSE(pool.is_idle());
    CHECK_FALSE(pool.post([] {}));
    go.set_value();
    while (!pool.is_idle()) std::this_thread::yield();
    pool.close();
  }
}
