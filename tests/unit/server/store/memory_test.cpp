// A program of its own: it lets zstd and SQLite find no memory.

#include <functional>
#include <new>
#include <stdexcept>
#include <thread>

#include "fakes/short_malloc.h"
#include "server/store/committer.h"
#include "server/store/compression.h"
#include "store_fixture.h"

using namespace honeyhive;
using namespace honeyhive::server;

namespace {

using fakes::FailingMalloc;

// zstd's contexts are as large; what else is so is not asked for in these tests.
constexpr fakes::Sizes reading_context = {90'000, 200'000};
constexpr fakes::Sizes writing_context = {4'500, 6'500};
constexpr fakes::Sizes writing_tables = {250'000, 4'000'000};

// A new thread has no context yet.
void on_new_thread(const std::function<void()>& step) { std::thread(step).join(); }

bool lacks_memory(const std::function<void()>& step) {
  try {
    step();
  } catch (const std::bad_alloc&) {
    return true;
  }
  return false;
}

}  // namespace

TEST_SUITE("server/store/memory") {
  TEST_CASE("compression that finds no memory says so, and the next call tries again") {
    const std::string text(20'000, 'x');
    on_new_thread([&] {
      for (const fakes::Sizes& sizes : {writing_context, writing_tables}) {
        const FailingMalloc shortage(sizes);
        CHECK(lacks_memory([&] { (void)compress(text); }));
        CHECK(shortage.has_failed());
      }
      const auto packed = compress(text);
      REQUIRE(packed);
      {
        const FailingMalloc shortage(reading_context);
        CHECK(lacks_memory([&] { (void)decompress(*packed, text.size()); }));
      }
      CHECK(*decompress(*packed, text.size()) == text);
    });
  }

  TEST_CASE_FIXTURE(FaultFixture, "a trace that there is no memory for is not taken for damaged") {
    REQUIRE(append(*store, {make_span(1, 1)}) == 0);
    on_new_thread([this] {
      const FailingMalloc shortage(reading_context);
      CHECK(lacks_memory([this] { (void)store->trace("p", trace_id(1)); }));
      CHECK(shortage.has_failed());
      CHECK(spans(1) == "step 1;");
    });
  }

  TEST_CASE_FIXTURE(FaultFixture,
                    "what cannot be compared for want of memory is not stored twice") {
    REQUIRE(append(*store, {make_span(1, 1)}) == 0);
    restart();
    {
      const FailingMalloc shortage(reading_context);
      CHECK(append(*store, {make_span(1, 1)}) == unavailable);
      CHECK(shortage.has_failed());
    }
    CHECK(append(*store, {make_span(1, 1)}) == 0);
    CHECK(store->stats().spans_duplicate == 1);
    CHECK(list_traces(*store).front().spans == 1);
  }

  TEST_CASE_FIXTURE(FaultFixture, "memory that runs out inside a transaction costs one commit") {
    std::vector<Event> events = {make_span(1, 1)};
    events.front().session_id = std::string(200, 's');
    {
      const FailingMalloc shortage({201, 201});  // a key of the catalogue
      CHECK(append(*store, std::move(events)) == unavailable);
      CHECK(shortage.has_failed());
    }
    CHECK(spans(1).empty());
    CHECK(append(*store, {make_span(1, 2)}) == 0);
    CHECK(spans(1) == "step 1;step 2;");  // both were on disk
    CHECK(list_traces(*store).front().spans == 2);
  }

  TEST_CASE_FIXTURE(FaultFixture, "a failure is told also when there is no memory to say why") {
    store.reset();
    // Between the exception and its line in the log nobody finds memory for a text like this.
    core::set_log_sink([](core::LogLevel, std::string_view) { fakes::failing_from = 0; });
    const std::runtime_error failure(std::string(2'000, '?'));
    const auto fail = [&failure] {
      fakes::failing_to = 2'100;
      fakes::failing_from = 2'001;
      throw failure;
    };
    std::atomic<bool> fails_to_store{false};
    StoreOptions options = options_in(folder, files);
    options.now_ns = [&] { return fails_to_store.exchange(false) ? (fail(), noon) : noon; };
    store = open_or_fail(options);
    store->on_stored([&](const Event&) { fail(); });
    CHECK(append(*store, {make_span(1, 1)}) == 0);
    REQUIRE(store->append({make_span(1, 2)}, [&](const core::Result<void>&) { fail(); }));
    CHECK(append(*store, {make_span(1, 3)}) == 0);
    fails_to_store = true;
    CHECK(append(*store, {make_span(1, 4)}) == unavailable);
    CHECK(append(*store, {make_span(1, 4)}) == 0);
    CHECK(spans(1) == "step 1;step 2;step 3;step 4;");
    store.reset();  // before what it refers to
  }

  TEST_CASE_FIXTURE(FaultFixture, "a read without memory does not make later ones see the past") {
    Event span = make_span(1, 1);
    span.event_name = std::string(300, 'n');
    REQUIRE(append(*store, {span}) == 0);
    {
      const FailingMalloc shortage({301, 301});
      CHECK(lacks_memory([this] { (void)store->traces({}); }));
      CHECK(shortage.has_failed());
    }
    REQUIRE(append(*store, {make_span(2, 1)}) == 0);
    CHECK(spans(2) == "step 1;");
    CHECK(list_traces(*store).size() == 2);
  }

  TEST_CASE_FIXTURE(FaultFixture, "what finds no room in the queue does not count as waiting") {
    std::promise<void> held;
    std::promise<void> go;
    bool is_first = true;
    store->on_stored([&](const Event&) {
      if (!std::exchange(is_first, false)) return;
      held.set_value();
      go.get_future().wait();
    });
    const auto send = [this](std::uint8_t span) {
      return store->append({make_span(1, span)}, [](const core::Result<void>&) {});
    };
    REQUIRE(send(1));
    held.get_future().wait();
    for (std::uint8_t span = 2; span < 34; ++span) REQUIRE(send(span));
    {
      constexpr std::size_t grown = 64 * sizeof(PendingAppend);
      const FailingMalloc shortage({grown, grown});
      CHECK(lacks_memory([&] { send(34); }));
      CHECK(shortage.has_failed());
    }
    go.set_value();
    store->close();
    CHECK(store->stats().queued_bytes == 0);
    CHECK(store->stats().spans_stored == 33);
    store.reset();  // before what it refers to
  }

  TEST_CASE_FIXTURE(FaultFixture, "a start without memory for a frame does not pass over it") {
    REQUIRE(append(*store, {make_span(1, 1)}) == 0);
    store.reset();
    delete_catalog(folder);
    on_new_thread([this] {
      const FailingMalloc shortage(reading_context);
      CHECK(lacks_memory([this] { (void)open_store(options_in(folder, files)); }));
      CHECK(shortage.has_failed());
    });
    for (int i = 0; i < 2; ++i) {
      restart();
      CHECK(spans(1) == "step 1;");
      CHECK(store->stats().bytes_quarantined == 0);
    }
  }
}
