// Session starts and updates that say which record of which instance they are.

#include "server/store/sqlite.h"
#include "store_fixture.h"

using namespace honeyhive;
using namespace honeyhive::server;

namespace {

std::string record_id(std::uint64_t number, int instance = 1) {
  return "instance" + std::to_string(instance) + '-' + std::to_string(number);
}

struct Fixture : FaultFixture {
  // An update of "S" that sets `key` to its number among all that were made.
  int update(std::uint64_t sequence, const std::string& key, int from = 1,
             const std::string& project = "p") {
    Event event = make_update("S", "{\"" + key + "\":" + std::to_string(++made_) + "}", project);
    event.record_id = record_id(sequence, from);
    return append(*store, {event});
  }

  std::string metadata(std::string_view project = "p") {
    const auto session = store->event(project, "S");
    REQUIRE(session);
    return *session ? (*session)->bucket(Bucket::metadata) : "none";
  }

  // "first-last" of each range that the catalogue keeps.
  std::string ranges() {
    store.reset();
    std::string text;
    {
      const auto database = *Database::open(folder.path() + "/catalog.db");
      Statement query(*database, "SELECT first, last FROM kept_log ORDER BY instance, first");
      while (query.next()) {
        text += std::to_string(query.integer(0)) + '-' + std::to_string(query.integer(1)) + ' ';
      }
    }
    restart();
    return text;
  }

  int made_ = 0;
};

}  // namespace

TEST_SUITE("server/store/record_id") {
  TEST_CASE_FIXTURE(Fixture, "a record that is sent again does not undo a later one") {
    REQUIRE(append(*store, {make_session("S", "{}")}) == 0);
    CHECK(update(1, "a") == 0);
    CHECK(update(2, "a") == 0);
    CHECK(update(1, "a") == 0);
    CHECK(metadata() == R"({"a":2})");
    restart();
    CHECK(update(1, "a") == 0);
    CHECK(metadata() == R"({"a":2})");
    restart_from_log();
    CHECK(update(2, "b") == 0);
    CHECK(metadata() == R"({"a":2})");
    CHECK(update(3, "b") == 0);
    CHECK(metadata() == R"({"a":2,"b":6})");
  }

  TEST_CASE_FIXTURE(Fixture, "instances and projects count for themselves") {
    for (const char* project : {"p", "q"}) {
      REQUIRE(append(*store, {make_session("S", "{}", project)}) == 0);
    }
    CHECK(update(1, "a") == 0);
    CHECK(update(1, "b", 2) == 0);
    CHECK(update(1, "c", 1, "q") == 0);
    CHECK(metadata("p") == R"({"a":1,"b":2})");
    CHECK(metadata("q") == R"({"c":3})");
  }

  TEST_CASE_FIXTURE(Fixture, "what was applied is kept as ranges, in whatever order it comes") {
    for (const unsigned sequence : {5u, 1u, 2u, 7u, 6u, 0u, 9u, 5u, 2u}) {
      CHECK(update(sequence, "k" + std::to_string(sequence)) == 0);
    }
    CHECK(ranges() == "0-2 5-7 9-9 ");
    CHECK(update(3, "k") == 0);
    CHECK(update(4, "k") == 0);
    CHECK(update(8, "k") == 0);
    CHECK(ranges() == "0-9 ");
    restart_from_log();
    CHECK(ranges() == "0-9 ");
  }

  TEST_CASE_FIXTURE(Fixture, "of two in one append the first counts") {
    Event first = make_update("S", R"({"a":1})");
    first.record_id = record_id(1);
    Event second = make_update("S", R"({"a":2})");
    second.record_id = record_id(1);
    Event other = make_update("S", R"({"b":3})");
    REQUIRE(append(*store, {make_session("S", "{}"), first, second, other}) == 0);
    CHECK(metadata() == R"({"a":1,"b":3})");
    restart_from_log();
    CHECK(metadata() == R"({"a":1,"b":3})");
  }

  TEST_CASE_FIXTURE(Fixture,
                    "a record that did not reach the disk is applied when it comes again") {
    REQUIRE(append(*store, {make_session("S", "{}")}) == 0);
    files.fail_next_sync = true;
    CHECK(update(1, "a") == unavailable);
    CHECK(metadata() == "{}");
    CHECK(update(1, "a") == 0);
    CHECK(metadata() == R"({"a":2})");
  }
}
