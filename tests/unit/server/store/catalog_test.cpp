// What the catalogue's lists say of events.

#include "server/store/catalog.h"

#include "core/limits.h"
#include "store_fixture.h"

using namespace honeyhive;
using namespace honeyhive::server;

namespace {

struct Fixture {
  const TemporaryFolder folder;
  MemoryFileSystem files;
  std::unique_ptr<Store> store = open_or_fail(options_in(folder, files));
};

}  // namespace

TEST_SUITE("server/store/catalog") {
  TEST_CASE_FIXTURE(Fixture, "names in lists are short, whatever was stored") {
    const std::string large(1 << 20, 'x');
    Event span = make_span(1, 1);
    span.event_name = span.session_name = span.source = large;
    span.session_id = "s";
    Event start = make_session("t", "");
    start.session_name = start.source = large;
    REQUIRE(append(*store, {span, start}) == 0);
    CHECK(list_traces(*store).front().name.size() == core::limits::name_bytes);
    for (const char* id : {"s", "t"}) {
      const auto session = *store->session("p", id);
      REQUIRE(session);
      CHECK(session->name.size() == core::limits::name_bytes);
      CHECK(session->source.size() == core::limits::name_bytes);
    }
    CHECK(store->trace("p", trace_id(1)).operator*().front().event_name == large);
  }

  // A trace's or a session's times, in seconds after noon.
  template <typename Row>
  std::string seconds(const Row& row) {
    const auto after_noon = [](std::int64_t ns) {
      return std::to_string((ns - noon) / 1'000'000'000);
    };
    return after_noon(row.start_ns) + " to " + after_noon(row.end_ns);
  }

  TEST_CASE_FIXTURE(Fixture, "a wrong clock moves its trace only while no other clock is there") {
    const auto odd = [](std::uint8_t trace, std::uint8_t number, std::int64_t start_ns) {
      Event span = make_span(trace, number);
      span.session_id = "s";
      span.start_ns = span.end_ns = start_ns;
      span.clock_odd = true;
      span.arrival_ns = noon + 60'000'000'000;
      return span;
    };
    Event sound = make_span(1, 3);
    sound.session_id = "s";
    Event backwards = make_span(1, 5);
    backwards.end_ns = backwards.start_ns;
    backwards.clock_odd = true;
    const std::int64_t far = noon + (std::int64_t{1} << 60);
    REQUIRE(append(*store, {odd(1, 1, 0), odd(1, 2, far)}) == 0);
    CHECK(seconds(list_traces(*store).front()) == "60 to 60");
    CHECK(seconds(**store->session("p", "s")) == "60 to 60");
    REQUIRE(append(*store, {sound}) == 0);
    REQUIRE(append(*store, {odd(1, 4, 0), backwards}) == 0);
    CHECK(seconds(list_traces(*store).front()) == "3 to 5");
    CHECK(seconds(**store->session("p", "s")) == "3 to 4");
    REQUIRE(append(*store, {odd(2, 1, 0), make_span(2, 3), odd(2, 4, far), make_span(2, 6)}) == 0);
    CHECK(seconds(list_traces(*store).front()) == "3 to 7");
  }
}
