#include "server/store/event_reader.h"

#include <doctest/doctest.h>

#include "otlp/event_id.h"
#include "unit/server/store/store_fixture.h"

using namespace honeyhive;
using namespace honeyhive::server;

namespace {

struct Fixture {
  QuietLog quiet;
  TemporaryFolder folder;
  MemoryFileSystem files;
  std::unique_ptr<Store> store = open_small();

  std::unique_ptr<Store> open_small() {
    StoreOptions options = options_in(folder, files);
    options.read_bytes = 64 << 10;
    return open_or_fail(options);
  }
  ~Fixture() { store->close(); }

  std::optional<Event> find(std::string_view id) {
    const auto found = store->event(std::nullopt, id);
    REQUIRE_MESSAGE(found, found.error().message);
    return *found;
  }
};

std::string own_id(const Event& event) {
  return otlp::event_id(event.trace_id, event.span_id).text();
}

// As Datadog's: 64 bits, filled up with zeros. All of them begin alike.
Event short_trace_span(std::uint16_t trace, std::uint8_t span) {
  Event event = make_span(1, span);
  event.trace_id = {};
  event.trace_id.bytes[14] = static_cast<std::uint8_t>(trace >> 8);
  event.trace_id.bytes[15] = static_cast<std::uint8_t>(trace & 0xff);
  event.span_id.bytes[5] = static_cast<std::uint8_t>(trace >> 8);
  event.span_id.bytes[6] = static_cast<std::uint8_t>(trace & 0xff);
  return event;
}

}  // namespace

TEST_SUITE("server/store/event_reader") {
  TEST_CASE_FIXTURE(Fixture, "an event takes its own room only, however many traces begin alike") {
    constexpr std::uint16_t traces = 300;
    std::vector<Event> events;
    for (std::uint16_t n = 1; n <= traces; ++n) events.push_back(short_trace_span(n, 1));
    REQUIRE(append(*store, events) == 0);
    for (const std::size_t n : {0u, 150u, 299u}) {
      CAPTURE(n);
      const auto found = find(own_id(events[n]));
      REQUIRE(found);
      CHECK(found->trace_id == events[n].trace_id);
    }
    CHECK_FALSE(find(own_id(short_trace_span(traces + 1, 1))));
  }

  TEST_CASE_FIXTURE(Fixture, "an event takes its own room only, however large its trace is") {
    std::vector<Event> events;
    for (std::uint8_t n = 1; n <= 5; ++n) {
      Event event = make_span(1, n);
      event.bucket(Bucket::inputs) = "{\"text\":\"" + std::string(40 << 10, 'x') + "\"}";
      event.session_id = n == 1 ? "s" : "";
      if (n == 4) event.event_id = "order-4711";
      REQUIRE(append(*store, {event}) == 0);
      events.push_back(event);
    }
    CHECK_FALSE(store->trace("p", trace_id(1)));
    const auto last = find(own_id(events[4]));
    REQUIRE(last);
    CHECK(last->event_name == "step 5");
    CHECK(last->session_id == "s");  // its trace's
    const auto named = find("order-4711");
    REQUIRE(named);
    CHECK(named->span_id == events[3].span_id);
  }

  TEST_CASE_FIXTURE(Fixture, "an event has the updates of both its ids, in their order") {
    Event event = make_span(1, 1);
    event.event_id = "order-4711";
    const std::string own = own_id(event);
    REQUIRE(append(*store, {make_update("order-4711", R"({"a":1,"b":1})")}) == 0);
    REQUIRE(append(*store, {event}) == 0);
    REQUIRE(append(*store, {make_update(own, R"({"b":2,"c":2})")}) == 0);
    REQUIRE(append(*store, {make_update("order-4711", R"({"c":3})")}) == 0);
    for (const std::string& id : {own, std::string("order-4711")}) {
      CAPTURE(id);
      const auto found = find(id);
      REQUIRE(found);
      CHECK(found->bucket(Bucket::metadata) == R"({"n":1,"a":1,"b":2,"c":3})");
    }
  }

  TEST_CASE_FIXTURE(Fixture,
                    "an id that two spans were given is the first one's, its updates too") {
    Event first = make_span(1, 1);
    Event second = make_span(1, 2);
    first.event_id = second.event_id = "same";
    REQUIRE(append(*store, {first, second}) == 0);
    REQUIRE(append(*store, {make_update("same", R"({"a":1})")}) == 0);
    CHECK(find("same")->span_id == first.span_id);
    CHECK(find("same")->bucket(Bucket::metadata) == R"({"n":1,"a":1})");
    CHECK(find(own_id(second))->bucket(Bucket::metadata) == R"({"n":2})");
    CHECK(describe(*store->trace("p", trace_id(1))).find(R"({"n":2})") != std::string::npos);
  }
}
