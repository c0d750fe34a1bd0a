// A catalogue whose pages are damaged, while the log is whole.

#include <fstream>
#include <thread>

#include "server/store/sqlite.h"
#include "store_fixture.h"

using namespace honeyhive;
using namespace honeyhive::server;

namespace {

constexpr std::size_t page_bytes = 4096;

struct Fixture : FaultFixture {
  const std::string catalog = folder.path() + "/catalog.db";

  std::size_t pages() const { return std::filesystem::file_size(catalog) / page_bytes; }

  // A restart finds `text` in the file instead of what was there.
  void restart_with(std::size_t offset, const std::string& text) {
    store.reset();
    {
      std::fstream file(catalog, std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(static_cast<std::streamoff>(offset));
      file << text;
    }
    store = open_or_fail(options_in(folder, files));
  }

  // Asked again while the catalogue is being made again.
  template <typename Ask>
  static auto answer(Ask ask) {
    for (;;) {
      if (auto result = ask()) return *std::move(result);
      std::this_thread::yield();
    }
  }

  std::string everything() {
    TraceQuery query;
    query.limit = 1'000;
    std::string all = describe(answer([&] { return store->traces(query); }));
    for (std::uint8_t trace = 1; trace <= 9; ++trace) {
      all += describe(answer([&] { return store->trace("p", trace_id(trace)); }));
    }
    all += describe(answer([&] { return store->session_events("p", "s"); }));
    const auto event = answer([&] { return store->event("p", "its own id"); });
    return all + (event ? event->event_name : "nothing");
  }
};

}  // namespace

TEST_SUITE("server/store/damage") {
  TEST_CASE_FIXTURE(Fixture, "whichever page of the catalogue is damaged, it is made again") {
    for (std::uint8_t trace = 1; trace <= 8; ++trace) {
      std::vector<Event> spans;
      for (std::uint8_t span = 1; span <= 20; ++span) spans.push_back(make_span(trace, span));
      spans[1].event_id = "its own id";
      spans[2].session_id = "s";
      REQUIRE(append(*store, spans) == 0);
    }
    REQUIRE(append(*store, {make_session("s", "{}"), make_update("s", "{\"a\":1}")}) == 0);
    store.reset();
    REQUIRE(pages() > 10);
    for (std::size_t page = 0; page < pages(); ++page) {
      CAPTURE(page);
      restart_with(page * page_bytes, std::string(page_bytes, '\xa5'));
      const std::vector<Event> fresh = {make_span(9, static_cast<std::uint8_t>(page + 1))};
      const int first = append(*store, fresh);
      CHECK((first == 0 || (first == unavailable && append(*store, fresh) == 0)));
      const std::string seen = everything();
      restart_from_log();
      CHECK(everything() == seen);
      CHECK(list_traces(*store).size() == 9);
      store.reset();
    }
  }

  TEST_CASE_FIXTURE(Fixture, "a catalogue that was cut off, or overwritten, is made again") {
    for (std::uint8_t span = 1; span <= 200; ++span) {
      REQUIRE(append(*store, {make_span(1, span), make_span(span, 1)}) == 0);
    }
    const std::string before = everything();
    store.reset();
    const std::size_t whole = std::filesystem::file_size(catalog);
    std::filesystem::resize_file(catalog, whole / 2);
    store = open_or_fail(options_in(folder, files));
    CHECK(everything() == before);
    restart_with(0, std::string(whole, 'x'));
    CHECK(everything() == before);
    restart();
    CHECK(everything() == before);
    CHECK(store->stats().records_replayed == 0);
  }

  TEST_CASE_FIXTURE(Fixture, "readers find damage too, and are refused until it is mended") {
    REQUIRE(append(*store, {make_span(1, 1)}) == 0);
    const std::string before = everything();
    store.reset();
    std::int64_t root = 0;
    {
      const auto database = *Database::open(catalog);
      Statement query(*database, "SELECT rootpage FROM sqlite_schema WHERE name = 'project'");
      if (query.next()) root = query.integer(0);
    }
    REQUIRE(root > 1);
    restart_with(static_cast<std::size_t>(root - 1) * page_bytes, std::string(page_bytes, '\0'));
    CHECK(store->stats().records_replayed == 0);  // nothing has looked there yet
    const auto refused = store->traces({});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == core::Error::Code::unavailable);
    CHECK(everything() == before);  // nobody has appended
  }
}
