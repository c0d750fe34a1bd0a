// What is found again at start: of logs that are damaged, foreign, or of another version.

#include "server/store/recovery.h"

#include "server/store/sqlite.h"
#include "store_fixture.h"

using namespace honeyhive;
using namespace honeyhive::server;

namespace {

struct Fixture : FaultFixture {
  // A log that another server wrote, of the same day and number.
  static std::string another_log(std::uint8_t traces) {
    const TemporaryFolder folder;
    MemoryFileSystem files;
    const auto store = open_or_fail(options_in(folder, files));
    for (std::uint8_t trace = 1; trace <= traces; ++trace) {
      REQUIRE(append(*store, {make_span(trace, 2), make_span(trace, 3)}) == 0);
    }
    return files.bytes(first_segment);
  }

  // Behind the store's back.
  void change_catalog(const char* sql) const {
    const auto database = *Database::open(folder.path() + "/catalog.db");
    database->run(sql);
    REQUIRE(database->ok());
  }
};

}  // namespace

TEST_SUITE("server/store/recovery") {
  TEST_CASE_FIXTURE(Fixture,
                    "a larger log beside the catalogue of another one is read from its start") {
    REQUIRE(append(*store, {make_span(99, 1)}) == 0);
    store.reset();
    const std::string other = another_log(12);
    REQUIRE(other.size() > files.bytes(first_segment).size());
    files.overwrite(first_segment, 0, other);
    store = open_or_fail(options_in(folder, files));
    CHECK(files.bytes(first_segment) == other);
    CHECK(store->stats().records_replayed == 24);
    CHECK(store->stats().bytes_quarantined == 0);
    CHECK(list_traces(*store).size() == 12);
    CHECK(spans(1) == "step 2;step 3;");
    CHECK(spans(99) == "");
  }

  TEST_CASE_FIXTURE(Fixture, "a catalogue that ends within a commit is made again") {
    for (std::uint8_t span = 1; span <= 3; ++span)
      REQUIRE(append(*store, {make_span(1, span)}) == 0);
    store.reset();
    const std::string log = files.bytes(first_segment);
    change_catalog("UPDATE segment SET applied = applied - 7");
    store = open_or_fail(options_in(folder, files));
    CHECK(files.bytes(first_segment) == log);
    CHECK(store->stats().records_replayed == 3);
    CHECK(spans(1) == "step 1;step 2;step 3;");
  }
}
