#include "server/store/seen_spans.h"

#include "store_fixture.h"

using namespace honeyhive;
using namespace honeyhive::server;

TEST_SUITE("server/store/seen_spans") {
  TEST_CASE("the least recent traces are forgotten, the most recent one is not") {
    SeenSpans seen(100);
    const auto key = [](std::uint8_t n) { return TraceKey{"p", trace_id(n)}; };
    for (std::uint8_t n = 1; n <= 3; ++n) seen.insert(key(n), {span_id(n)});
    seen.trim();
    CHECK(seen.traces() == 3);
    REQUIRE(seen.find(key(1)));
    seen.insert(key(4), std::vector<core::SpanId>(20));
    seen.trim();
    CHECK(seen.traces() == 2);
    CHECK(seen.find(key(1)));
    CHECK_FALSE(seen.find(key(2)));
    seen.insert(key(5), std::vector<core::SpanId>(1'000));
    seen.trim();
    CHECK(seen.traces() == 1);
    CHECK(seen.find(key(5)));
    seen.insert(key(6), {});
    seen.trim();
    CHECK(seen.traces() == 1);
    CHECK(seen.find(key(6)));
  }

  TEST_CASE("a trace above the budget is not read again at every commit") {
    const TemporaryFolder folder;
    MemoryFileSystem files;
    StoreOptions options = options_in(folder, files);
    options.known_spans = 4;
    const auto store = open_or_fail(options);
    REQUIRE(append(*store, {make_span(1, 1)}) == 0);
    std::uint64_t before = files.operations();
    REQUIRE(append(*store, {make_span(1, 2)}) == 0);
    const std::uint64_t first = files.operations() - before;
    for (std::uint8_t span = 3; span < 20; ++span) {
      before = files.operations();
      REQUIRE(append(*store, {make_span(1, span)}) == 0);
      CHECK(files.operations() - before == first);
    }
    CHECK(first == 2);  // the write and the sync
  }
}
