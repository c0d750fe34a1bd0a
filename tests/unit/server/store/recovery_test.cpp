// What is found again at start: of logs that are damaged, foreign, or of another version.

#include "server/store/recovery.h"

#include "server/store/frame.h"
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

  // Where a restart finds one byte of the log changed.
  void restart_with_byte(std::size_t at, char byte) {
    store.reset();
    files.overwrite(first_segment, at, std::string(1, byte));
    restart_from_log();
  }

  std::string refusal() {
    store.reset();
    const auto refused = open_store(options_in(folder, files));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == core::Error::Code::unavailable);
    return refused.error().message;
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

  TEST_CASE_FIXTURE(Fixture,
                    "a damaged last commit costs the damaged frame only, and no byte is cut") {
    REQUIRE(append(*store, {make_span(1, 1)}) == 0);
    const std::size_t from = files.bytes(first_segment).size();
    REQUIRE(append(*store, {make_span(1, 2), make_span(2, 1)}) == 0);
    const std::string log = files.bytes(first_segment);
    const std::size_t commit = log.size() - commit_frame_bytes;
    for (std::size_t at = from; at < log.size(); at += at < commit ? 37 : 5) {
      CAPTURE(at - from);
      restart_with_byte(at, static_cast<char>(log[at] ^ 0x10));
      const auto damaged = files.bytes(first_segment);
      CHECK(store->stats().bytes_quarantined > 0);
      const std::string there = spans(1) + spans(2);
      CHECK(there == (at >= commit       ? "step 1;step 2;step 1;"
                      : spans(2).empty() ? "step 1;step 2;"
                                         : "step 1;step 1;"));
      // What follows goes elsewhere, and changes nothing of this.
      REQUIRE(append(*store, {make_span(3, 1)}) == 0);
      restart_from_log();
      CHECK(spans(1) + spans(2) == there);
      CHECK(spans(3) == "step 1;");
      CHECK(files.bytes(first_segment) == damaged);
      store.reset();
      REQUIRE(files.remove(second_segment));
      files.overwrite(first_segment, 0, log);
    }
    restart_from_log();
  }

  TEST_CASE_FIXTURE(Fixture, "a damaged tail is found again until a new segment is begun") {
    REQUIRE(append(*store, {make_span(1, 1), make_session("s", "{}")}) == 0);
    const std::size_t size = files.bytes(first_segment).size();
    restart_with_byte(size - 1, '?');
    const std::string list = all_traces(*store);
    for (int i = 0; i < 3; ++i) {
      restart();
      CHECK(store->stats().bytes_quarantined == commit_frame_bytes);
      CHECK(all_traces(*store) == list);
      CHECK(files.list("/data/seg")->size() == 1);
    }
    REQUIRE(append(*store, {make_span(1, 1), make_span(2, 1)}) == 0);
    CHECK(store->stats().spans_duplicate == 1);
    restart();
    restart();
    CHECK(store->stats().bytes_quarantined == 0);
    CHECK(store->stats().records_replayed == 0);
    CHECK(files.bytes(first_segment).size() == size);
  }

  TEST_CASE_FIXTURE(Fixture, "of a segment that lost its end, what is there still counts") {
    REQUIRE(append(*store, {make_span(1, 1), make_span(2, 1)}) == 0);
    files.fail_next_sync = true;
    CHECK(append(*store, {make_span(1, 2)}) == unavailable);
    REQUIRE(append(*store, {make_span(1, 3)}) == 0);  // in the second segment
    store.reset();
    const std::uint64_t left = files.bytes(first_segment).size() - 10;
    const auto file = *files.open(first_segment, FileSystem::Mode::append);
    REQUIRE(file->truncate(left));
    REQUIRE(file->sync());
    for (int i = 0; i < 2; ++i) {
      store = open_or_fail(options_in(folder, files));
      CHECK(spans(1) + spans(2) == "step 1;step 3;step 1;");
      CHECK(store->stats().records_replayed == (i == 0 ? 3 : 0));
      CHECK((store->stats().bytes_quarantined > 0) == (i == 0));
      CHECK(files.bytes(first_segment).size() == left);
      store.reset();
    }
  }

  TEST_CASE_FIXTURE(Fixture, "what a newer version wrote is refused and left as it is") {
    REQUIRE(append(*store, {make_span(1, 1)}) == 0);
    const std::string log = files.bytes(first_segment);
    // Of a segment.
    store.reset();
    std::string newer = log;
    newer[8] = 2;
    newer[44] = '?';
    files.overwrite(first_segment, 0, newer);
    CHECK(refusal().find("segment 1 was written by a newer version") != std::string::npos);
    CHECK(files.bytes(first_segment) == newer);
    // Of a frame.
    newer = log;
    newer[segment_header_bytes + 4] = 2;
    newer[segment_header_bytes + 28] = '?';
    files.overwrite(first_segment, 0, newer);
    delete_catalog(folder);
    CHECK(refusal().find("(frame version 2)") != std::string::npos);
    CHECK(files.bytes(first_segment) == newer);
    // A changed bit in a version is damage.
    files.overwrite(first_segment, 0, log);
    restart_with_byte(segment_header_bytes + 4, 2);
    CHECK(store->stats().bytes_quarantined > 0);
    restart_with_byte(segment_header_bytes + 4, 1);
    restart_with_byte(8, 2);
    CHECK(spans(1) == "step 1;");
    restart_with_byte(8, 1);
    // Of the catalogue.
    store.reset();
    change_catalog("PRAGMA user_version = 99");
    CHECK(refusal().find("(catalogue version 99") != std::string::npos);
    delete_catalog(folder);
    store = open_or_fail(options_in(folder, files));
    CHECK(spans(1) == "step 1;");
  }

  TEST_CASE_FIXTURE(Fixture, "what the disk cannot read costs what stands there, until it can") {
    std::vector<std::size_t> ends = {0};
    for (std::uint8_t span = 1; span <= 4; ++span) {
      REQUIRE(append(*store, {make_large_span(1, span)}) == 0);
      ends.push_back(files.bytes(first_segment).size());
    }
    const std::string log = files.bytes(first_segment);
    struct Loss {
      std::size_t at;
      const char* spans_of_1;
    };
    const Loss losses[] = {{20, "step 2;step 3;step 4;"},  // the segment's header, and its page
                           {ends[2] - 9'000, "step 1;step 3;step 4;"},
                           {ends[4] - 9'000, "step 1;step 2;step 3;"}};
    for (const Loss& loss : losses) {
      CAPTURE(loss.at);
      files.bad_sector = {first_segment, loss.at, loss.at + 512};
      restart_from_log();
      CHECK(spans(1) == loss.spans_of_1);
      CHECK(store->stats().bytes_quarantined > 0);
      restart();
      CHECK(list_traces(*store).front().spans == 3);
      CHECK(append(*store, {make_span(2, 1)}) == 0);
      files.bad_sector.reset();
      restart();
      CHECK(spans(1) == "step 1;step 2;step 3;step 4;");
      CHECK(list_traces(*store).back().spans == 4);
      CHECK(files.bytes(first_segment) == log);
      store.reset();
      REQUIRE(files.remove(second_segment));
      restart_from_log();
    }
  }

  TEST_CASE_FIXTURE(Fixture, "a trace that cannot be read after a restart is kept as it was") {
    REQUIRE(append(*store, {make_large_span(1, 1)}) == 0);
    REQUIRE(append(*store, {make_large_span(2, 1)}) == 0);
    store.reset();
    const std::string catalog = folder.path() + "/catalog.db";
    std::filesystem::copy_file(catalog, catalog + ".old");
    store = open_or_fail(options_in(folder, files));
    REQUIRE(append(*store, {make_large_span(1, 2)}) == 0);
    REQUIRE(append(*store, {make_large_span(2, 2)}) == 0);
    store.reset();
    std::filesystem::rename(catalog + ".old", catalog);
    files.bad_sector = {first_segment, 3'000, 3'001};
    for (int i = 0; i < 2; ++i) {
      restart();  // what came later is not known to be new
      CHECK(spans(2) == "step 1;step 2;");
      CHECK(store->stats().bytes_quarantined > 0);
    }
    REQUIRE(append(*store, {make_span(3, 1)}) == 0);  // nor does it hide what waits behind it
    files.bad_sector.reset();
    restart();
    CHECK(spans(1) == "step 1;step 2;");
    CHECK(store->stats().bytes_quarantined == 0);
    CHECK(store->stats().records_replayed == 1);
  }
}
