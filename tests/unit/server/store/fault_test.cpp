// What the store does when the disk fails, fills up or lies.

#include <condition_variable>
#include <cstdio>
#include <mutex>

#include "server/store/frame.h"
#include "server/store/sqlite.h"
#include "store_fixture.h"

using namespace honeyhive;
using namespace honeyhive::server;

namespace {

using Tear = MemoryFileSystem::Tear;

using Fixture = FaultFixture;

}  // namespace

TEST_SUITE("server/store/faults") {
  TEST_CASE_FIXTURE(Fixture, "after a failed sync nothing counts and a new segment is begun") {
    REQUIRE(append(*store, {make_span(1, 1)}) == 0);
    files.fail_next_sync = true;
    CHECK(append(*store, {make_span(1, 2)}) == unavailable);
    CHECK(spans(1) == "step 1;");
    CHECK_FALSE(files.exists(second_segment));
    CHECK(append(*store, {make_span(1, 2)}) == 0);
    CHECK(files.exists(second_segment));
    CHECK(store->stats().commit_errors == 1);
    files.crash();
    restart_from_log();
    CHECK(spans(1) == "step 1;step 2;");
    CHECK(list_traces(*store).front().spans == 2);
  }

  TEST_CASE("a sync that fails in a segment without commits does not break the log apart") {
    for (const bool restarts_between : {false, true}) {
      CAPTURE(restarts_between);
      Fixture scene;
      REQUIRE(append(*scene.store, {make_span(1, 1)}) == 0);
      const FramePlace end{1, scene.files.bytes(first_segment).size()};
      scene.store.reset();
      {  // stopped between the header of a segment and its first commit
        const auto file = *scene.files.open(second_segment, FileSystem::Mode::create);
        REQUIRE(file->append(encode_segment_header({2, noon, end, 7})));
        REQUIRE(file->sync());
        REQUIRE(scene.files.sync_directory("/data/seg"));
      }
      scene.restart();  // now the catalogue knows it
      scene.files.fail_next_sync = true;
      CHECK(append(*scene.store, {make_span(1, 2)}) == unavailable);
      CHECK_FALSE(scene.files.exists(second_segment));
      if (restarts_between) {
        scene.restart();
        CHECK(scene.store->stats().records_replayed == 0);
      }
      REQUIRE(append(*scene.store, {make_span(1, 2)}) == 0);
      if (!restarts_between) {  // else the first segment is continued
        const auto next = parse_segment_header(scene.files.bytes(third_segment));
        REQUIRE(next);
        CHECK(next->previous_end.segment == end.segment);
        CHECK(next->previous_end.offset == end.offset);
      }
      scene.restart();
      CHECK(scene.store->stats().records_replayed == 0);
      CHECK(scene.spans(1) == "step 1;step 2;");
    }
  }

  TEST_CASE_FIXTURE(Fixture, "what a failed sync left behind is not taken for stored later") {
    REQUIRE(append(*store, {make_span(1, 1)}) == 0);
    const std::string good = files.bytes(first_segment);
    files.fail_next_sync = true;
    CHECK(append(*store, {make_update("s", "{\"never\":1}")}) == unavailable);
    REQUIRE(append(*store, {make_session("s", "{}")}) == 0);
    // As if cutting the tail off had failed too: the same commit, whole, but void.
    store.reset();
    const TemporaryFolder other_folder;
    MemoryFileSystem twin;
    {
      const auto other = open_or_fail(options_in(other_folder, twin));
      REQUIRE(append(*other, {make_span(1, 1)}) == 0);
      REQUIRE(append(*other, {make_update("s", "{\"never\":1}")}) == 0);
    }
    files.overwrite(first_segment, good.size(), twin.bytes(first_segment).substr(good.size()));
    const auto commits = [](const MemoryFileSystem& in) {
      return in.bytes(first_segment).substr(segment_header_bytes);
    };
    CHECK(commits(files) == commits(twin));
    restart_from_log();
    CHECK((*store->event("p", "s"))->bucket(Bucket::metadata) == "{}");
    CHECK(store->stats().bytes_quarantined == 0);
    CHECK(spans(1) == "step 1;");
  }

  TEST_CASE_FIXTURE(Fixture, "a full disk refuses, leaves no files behind, and recovers") {
    REQUIRE(append(*store, {make_span(1, 1)}) == 0);
    files.free_bytes = 40;
    for (int i = 0; i < 5; ++i) CHECK(append(*store, {make_span(1, 2)}) == unavailable);
    files.free_bytes = 100;
    for (int i = 0; i < 5; ++i) CHECK(append(*store, {make_span(1, 2)}) == unavailable);
    CHECK(files.list("/data/seg")->size() == 1);
    files.free_bytes.reset();
    CHECK(append(*store, {make_span(1, 2)}) == 0);
    CHECK(spans(1) == "step 1;step 2;");
    files.crash();
    restart_from_log();
    CHECK(spans(1) == "step 1;step 2;");
  }

  TEST_CASE_FIXTURE(Fixture, "a torn tail is left where it is, and does not count") {
    REQUIRE(append(*store, {make_span(1, 1)}) == 0);
    files.stop_at = files.operations() + 1;  // the append passes, the sync does not
    CHECK(append(*store, {make_span(1, 2)}) == unavailable);
    files.crash(Tear::last_byte);
    const std::string torn = files.bytes(first_segment);
    for (int i = 0; i < 3; ++i) {
      restart_from_log();
      CHECK(store->stats().bytes_quarantined == 0);
      CHECK(spans(1) == "step 1;");
      CHECK(files.list("/data/seg")->size() == 1);
    }
    CHECK(append(*store, {make_span(1, 3)}) == 0);
    CHECK(append(*store, {make_span(1, 4)}) == 0);
    for (int i = 0; i < 3; ++i) {
      restart_from_log();
      CHECK(store->stats().bytes_quarantined == 0);
      CHECK(spans(1) == "step 1;step 3;step 4;");
    }
    CHECK(files.bytes(first_segment) == torn);
    CHECK(append(*store, {make_span(1, 5)}) == 0);
    CHECK(files.list("/data/seg")->size() == 2);
  }

  TEST_CASE_FIXTURE(Fixture, "damage before a commit is skipped and counted, never cut") {
    std::vector<std::size_t> ends = {segment_header_bytes};
    for (std::uint8_t span = 1; span <= 3; ++span) {
      REQUIRE(append(*store, {make_span(1, span), make_span(2, span)}) == 0);
      ends.push_back(files.bytes(first_segment).size());
    }
    const std::string whole = files.bytes(first_segment);
    const std::size_t second = ends[1];
    struct Damage {
      std::size_t at;
      const char* spans_of_1;
    };
    const Damage damages[] = {{second, "step 1;step 3;"},               // magic of a header
                              {second + 9, "step 1;step 3;"},           // its length
                              {second + 60, "step 1;step 3;"},          // its payload
                              {ends[2] - 3, "step 1;step 2;step 3;"}};  // a commit frame
    for (const Damage& damage : damages) {
      CAPTURE(damage.at);
      store.reset();
      files.overwrite(first_segment, 0, whole);
      files.overwrite(first_segment, damage.at, std::string(1, char(whole[damage.at] ^ 0x55)));
      restart_from_log();
      CHECK(spans(1) == damage.spans_of_1);
      CHECK(spans(2) == "step 1;step 2;step 3;");
      CHECK(store->stats().bytes_quarantined > 0);
      CHECK(files.bytes(first_segment).size() == whole.size());
      // What was lost can be sent again.
      CHECK(append(*store, {make_span(1, 2)}) == 0);
      CHECK(spans(1) == "step 1;step 2;step 3;");
      if (files.exists(second_segment)) REQUIRE(files.remove(second_segment));
    }
  }

  TEST_CASE_FIXTURE(Fixture, "a frame whose payload was damaged later costs its own events only") {
    REQUIRE(append(*store, {make_span(1, 1)}) == 0);
    const std::size_t at = files.bytes(first_segment).size() + 60;
    REQUIRE(append(*store, {make_span(1, 2)}) == 0);
    REQUIRE(append(*store, {make_span(1, 3)}) == 0);
    files.overwrite(first_segment, at, "????");
    CHECK(spans(1) == "step 1;step 3;");
  }

  TEST_CASE_FIXTURE(Fixture, "a frame that is marked erased is skipped by its length") {
    REQUIRE(append(*store, {make_span(1, 1)}) == 0);
    const std::size_t frame = files.bytes(first_segment).size();
    REQUIRE(append(*store, {make_span(2, 1)}) == 0);
    REQUIRE(append(*store, {make_span(3, 1)}) == 0);
    store.reset();
    files.overwrite(first_segment, frame + 6, std::string(1, '\x01'));
    const auto header = parse_header(files.bytes(first_segment).substr(frame), {1, frame});
    REQUIRE(header);
    CHECK(header->erased);
    files.overwrite(first_segment, frame + header->header_bytes(),
                    std::string(header->payload_bytes, '\0'));
    restart_from_log();
    CHECK(spans(2) == "");
    CHECK(spans(3) == "step 1;");
    CHECK(store->stats().bytes_quarantined == 0);
  }

  TEST_CASE_FIXTURE(Fixture, "a catalogue of another log, or none at all, is made again") {
    REQUIRE(append(*store, {make_span(1, 1), make_span(2, 1)}) == 0);
    const std::string list = all_traces(*store);
    store.reset();
    delete_catalog(folder);
    {
      std::FILE* file = std::fopen((folder.path() + "/catalog.db").c_str(), "w");
      std::fputs("this is no database, but it is long enough to look like one", file);
      std::fclose(file);
    }
    store = open_or_fail(options_in(folder, files));
    CHECK(all_traces(*store) == list);
    store.reset();
    MemoryFileSystem other;
    store = open_or_fail(options_in(folder, other));
    CHECK(all_traces(*store).empty());
    store.reset();
  }

  TEST_CASE_FIXTURE(Fixture, "a catalogue that cannot be opened now is kept for later") {
    REQUIRE(append(*store, {make_span(1, 1)}) == 0);
    store.reset();
    const std::string path = folder.path() + "/catalog.db";
    const auto size = std::filesystem::file_size(path);
    std::filesystem::create_directory(path + "-wal");  // as good as a disk that refuses
    const auto refused = open_store(options_in(folder, files));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == core::Error::Code::unavailable);
    CHECK(refused.error().message.find(path) != std::string::npos);
    CHECK(std::filesystem::exists(path + "-wal"));
    CHECK(std::filesystem::file_size(path) == size);
    std::filesystem::remove(path + "-wal");
    store = open_or_fail(options_in(folder, files));
    CHECK(store->stats().records_replayed == 0);
    CHECK(spans(1) == "step 1;");
  }

  TEST_CASE_FIXTURE(Fixture, "two servers cannot open one folder, and the error names it") {
    const auto second = open_store(options_in(folder, files));
    REQUIRE_FALSE(second);
    CHECK(second.error().code == core::Error::Code::unavailable);
    CHECK(second.error().message.find("data folder /data is in use") == 0);
    restart();
  }

  TEST_CASE_FIXTURE(Fixture, "more than the queue holds is refused at once") {
    store.reset();
    StoreOptions options = options_in(folder, files);
    options.queue_bytes = 1'000;
    store = open_or_fail(options);
    std::mutex mutex;
    std::condition_variable changed;
    bool is_held = true;
    store->on_stored([&](const Event&) {  // holds the committer up
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return !is_held; });
    });
    std::promise<void> stored;
    Event large = make_span(1, 1);
    large.bucket(Bucket::inputs) = '"' + std::string(5'000, 'x') + '"';
    CHECK(store->append({large}, [&](core::Result<void>) { stored.set_value(); }));
    CHECK(append(*store, {make_span(1, 2)}) == -1);
    CHECK(store->stats().queued_bytes > 5'000);
    {
      const std::scoped_lock lock(mutex);
      is_held = false;
    }
    changed.notify_all();
    stored.get_future().wait();
    store->close();
    CHECK(store->stats().queued_bytes == 0);
  }

  TEST_CASE_FIXTURE(Fixture, "a catalogue that fails does not lose what the log has") {
    REQUIRE(append(*store, {make_span(1, 1)}) == 0);
    {
      const auto database = *Database::open(folder.path() + "/catalog.db");
      database->run(
          "CREATE TRIGGER refuse BEFORE INSERT ON chunk BEGIN SELECT raise(FAIL, 'no'); END");
      REQUIRE(database->ok());
      CHECK(append(*store, {make_span(1, 2)}) == unavailable);
      CHECK(store->stats().catalog_errors == 1);  // on disk
      CHECK(store->stats().commit_errors == 0);
      CHECK(append(*store, {make_span(1, 3)}) == unavailable);
      CHECK(store->stats().catalog_errors == 1);
      CHECK(store->stats().commit_errors == 1);  // not on disk
      database->run("DROP TRIGGER refuse");
    }
    CHECK(append(*store, {make_span(1, 2), make_span(1, 3)}) == 0);
    CHECK(spans(1) == "step 1;step 2;step 3;");
    CHECK(list_traces(*store).front().spans == 3);
    CHECK(store->stats().spans_duplicate == 1);
  }

  TEST_CASE_FIXTURE(Fixture, "memory that runs out costs one commit, and the next one is stored") {
    store.reset();
    std::atomic<bool> is_out{false};
    StoreOptions options = options_in(folder, files);
    options.now_ns = [&is_out] {
      if (is_out.exchange(false)) throw std::bad_alloc();
      return noon;
    };
    store = open_or_fail(options);
    REQUIRE(append(*store, {make_span(1, 1)}) == 0);
    is_out = true;
    CHECK(append(*store, {make_span(1, 2)}) == unavailable);
    CHECK(append(*store, {make_span(1, 2)}) == 0);
    CHECK(spans(1) == "step 1;step 2;");
    CHECK(store->stats().spans_duplicate == 0);
    CHECK(store->stats().queued_bytes == 0);
    store.reset();  // before what it refers to
  }

  TEST_CASE_FIXTURE(Fixture, "a listener that throws loses live events only") {
    store->on_stored([](const Event&) { throw std::bad_alloc(); });
    CHECK(append(*store, {make_span(1, 1)}) == 0);
    CHECK(append(*store, {make_span(1, 2)}) == 0);
    CHECK(spans(1) == "step 1;step 2;");
  }

  TEST_CASE_FIXTURE(Fixture, "a trace that cannot be read refuses its own append, no other") {
    store.reset();
    StoreOptions options = options_in(folder, files);
    options.known_spans = 1;
    store = open_or_fail(options);
    REQUIRE(append(*store, {make_span(1, 1)}) == 0);
    const std::uint64_t end = files.bytes(first_segment).size();
    std::promise<void> held;
    std::promise<void> go;
    bool is_first = true;
    store->on_stored([&](const Event&) {
      if (!std::exchange(is_first, false)) return;
      held.set_value();
      go.get_future().wait();
    });
    const auto send = [this](std::vector<Event> events) {
      auto answer = std::make_shared<std::promise<bool>>();
      REQUIRE(store->append(std::move(events), [answer](const core::Result<void>& result) {
        answer->set_value(result.has_value());
      }));
      return answer->get_future();
    };
    auto before = send({make_span(2, 1)});  // forgets trace 1, and holds the committer up
    held.get_future().wait();
    files.bad_sector = {first_segment, segment_header_bytes, end};
    auto others = send({make_span(2, 2)});
    auto both = send({make_span(1, 2), make_span(3, 1)});
    auto shared = send({make_span(3, 1), make_span(3, 2)});
    go.set_value();
    CHECK(before.get());
    CHECK(others.get());
    CHECK_FALSE(both.get());
    CHECK(shared.get());
    CHECK(spans(2) == "step 1;step 2;");
    CHECK(spans(3) == "step 1;step 2;");
    CHECK(store->stats().spans_stored == 5);
    CHECK(store->stats().spans_duplicate == 0);
    files.bad_sector.reset();
    CHECK(append(*store, {make_span(1, 2), make_span(3, 1)}) == 0);
    CHECK(spans(1) == "step 1;step 2;");
    CHECK(store->stats().spans_duplicate == 1);
    store.reset();  // before what it refers to
  }

  TEST_CASE_FIXTURE(Fixture, "an answer that throws costs itself only") {
    REQUIRE(store->append({make_span(1, 1)},
                          [](const core::Result<void>&) { throw std::bad_alloc(); }));
    CHECK(append(*store, {make_span(1, 2)}) == 0);
    CHECK(spans(1) == "step 1;step 2;");
    CHECK(store->stats().queued_bytes == 0);
  }

  TEST_CASE("a folder that somebody made, with those above it, outlives a power failure") {
    const QuietLog quiet;
    const TemporaryFolder folder;
    MemoryFileSystem files;
    REQUIRE(files.make_directory("/srv/ours/data"));
    StoreOptions options = options_in(folder, files);
    options.path = "/srv/ours/data";
    REQUIRE(append(*open_or_fail(options), {make_span(1, 1)}) == 0);
    files.crash();
    CHECK(open_or_fail(options)->trace("p", trace_id(1))->size() == 1);
  }
}
