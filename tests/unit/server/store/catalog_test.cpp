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
}
