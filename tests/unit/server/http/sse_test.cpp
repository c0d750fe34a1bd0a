#include "server/http/sse.h"

#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <thread>

using namespace honeyhive::server;

TEST_SUITE("server/http/sse") {
  TEST_CASE("text with line breaks stays one event") {
    EventHub hub;
    const auto reader = hub.subscribe("", "");
    hub.publish("span", "", "one\ntwo");
    CHECK(reader->take() == "id: 0-1\nevent: span\ndata: one\ndata: two\n\n");
    CHECK(reader->take().empty());
  }

  TEST_CASE("a reader who falls behind keeps the latest and hears how many it missed") {
    EventHub hub({.events_per_subscriber = 2});
    const auto reader = hub.subscribe("", "");
    for (const char* data : {"1", "2", "3", "4"}) hub.publish("n", "", data);
    CHECK(reader->take() ==
          "event: gap\ndata: {\"missed\":2}\n\n"
          "id: 0-3\nevent: n\ndata: 3\n\nid: 0-4\nevent: n\ndata: 4\n\n");
    hub.publish("n", "", "5");
    CHECK(reader->take() == "id: 0-5\nevent: n\ndata: 5\n\n");
    CHECK(hub.stats().gaps == 1);
    CHECK(hub.stats().missed == 2);
  }

  TEST_CASE("the bound of a reader counts bytes, too") {
    EventHub hub({.bytes_per_subscriber = 1000});
    const auto reader = hub.subscribe("", "");
    hub.publish("n", "", std::string(2000, 'x'));
    CHECK(reader->take() == "event: gap\ndata: {\"missed\":1}\n\n");
  }

  TEST_CASE("resuming gives what is kept, or a gap when something is gone") {
    EventHub hub({.events_kept = 3, .epoch = 9});
    for (const char* data : {"1", "2", "3", "4", "5"}) hub.publish("n", "", data);
    const std::string last = "id: 9-5\nevent: n\ndata: 5\n\n";
    const std::string kept = "id: 9-3\nevent: n\ndata: 3\n\nid: 9-4\nevent: n\ndata: 4\n\n" + last;
    const std::string gap = "event: gap\ndata: {\"missed\":null}\n\n";
    CHECK(hub.subscribe("", "9-5")->take().empty());
    CHECK(hub.subscribe("", "9-4")->take() == last);
    CHECK(hub.subscribe("", "9-2")->take() == kept);
    CHECK(hub.subscribe("", "9-1")->take() == gap + kept);
    for (const char* foreign :
         {"8-4", "9-6", "4", "x", "9-", "-", "9-4x", "99999999999999999999-1"}) {
      CAPTURE(foreign);
      CHECK(hub.subscribe("", foreign)->take() == gap);
    }
    CHECK(hub.subscribe("", "")->take().empty());
  }

  TEST_CASE("the publisher wakes an idle reader once") {
    EventHub hub;
    const auto reader = hub.subscribe("a", "");
    int woken = 0;
    reader->on_ready([&] { ++woken; });
    CHECK(reader->take().empty());
    hub.publish("n", "b", "not for it");
    CHECK(woken == 0);
    hub.publish("n", "a", "1");
    hub.publish("n", "a", "2");
    CHECK(woken == 1);
    CHECK_FALSE(reader->take().empty());
    CHECK(reader->take().empty());
    hub.close();
    CHECK(woken == 2);
    CHECK(reader->is_closed());
    CHECK_FALSE(hub.subscribe("", ""));
  }

  TEST_CASE("nobody watches a hub that never had a reader") {
    EventHub hub({.subscribers = 1});
    CHECK_FALSE(hub.is_watched());
    auto reader = hub.subscribe("", "");
    CHECK(hub.is_watched());
    CHECK_FALSE(hub.subscribe("", ""));
    reader.reset();
    CHECK(hub.is_watched());  // it may come back
    CHECK(hub.subscribe("", ""));
  }

  TEST_CASE("readers come and go while events are published") {
    EventHub hub;
    std::atomic<bool> is_done{false};
    std::thread publisher([&] {
      while (!is_done) hub.publish("n", "", "data");
    });
    for (int i = 0; i < 200; ++i) {
      const auto reader = hub.subscribe("", "0-1");
      while (reader->take().find("data: data") == std::string::npos) std::this_thread::yield();
    }
    is_done = true;
    publisher.join();
    CHECK(hub.stats().subscribers == 0);
  }
}
