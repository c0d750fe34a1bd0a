#include <doctest/doctest.h>

#include "server/store/record_id.h"
#include "unit/server/store/store_fixture.h"

using namespace honeyhive;
using namespace honeyhive::server;

TEST_SUITE("server/store/logs") {
  Event log(std::int64_t time, std::string id = {}, const std::string& project = "p") {
    Event event;
    event.kind = Event::Kind::log;
    event.project = project;
    event.event_id = std::move(id);
    event.trace_id.bytes.fill(7);
    event.span_id.bytes.fill(8);
    event.start_ns = event.end_ns = time;
    event.observed_ns = time + 1;
    event.severity = 9;
    event.severity_text = "info";
    event.body = "\"hello\"";
    event.bucket(Bucket::metadata) = R"({"k":1})";
    return event;
  }

  LogQuery of_trace(std::size_t limit = 100) {
    LogQuery query;
    query.trace_id.bytes.fill(7);
    query.limit = limit;
    return query;
  }

  std::string times(Store & store, const LogQuery& query) {
    const auto logs = store.logs(query);
    REQUIRE(logs);
    std::string text = logs->has_more ? "..." : "";
    for (const Event& event : logs->events) text += std::to_string(event.start_ns) + " ";
    return text;
  }

  TEST_CASE("a log record comes back as it was stored") {
    TemporaryFolder folder;
    MemoryFileSystem files;
    const auto store = open_or_fail(options_in(folder, files));
    REQUIRE_FALSE(append(*store, {log(5, "i-1")}));
    const auto found = store->logs(of_trace());
    REQUIRE(found);
    REQUIRE(found->events.size() == 1);
    const Event& event = found->events[0];
    CHECK(event.kind == Event::Kind::log);
    CHECK(event.event_id == "i-1");
    CHECK(event.trace_id == log(0).trace_id);
    CHECK(event.span_id == log(0).span_id);
    CHECK(event.start_ns == 5);
    CHECK(event.observed_ns == 6);
    CHECK(event.severity == 9);
    CHECK(event.severity_text == "info");
    CHECK(event.body == "\"hello\"");
    CHECK(event.bucket(Bucket::metadata) == R"({"k":1})");
  }

  TEST_CASE("records come by time, the last stored where there are too many") {
    TemporaryFolder folder;
    MemoryFileSystem files;
    const auto store = open_or_fail(options_in(folder, files));
    REQUIRE_FALSE(append(*store, {log(5), log(3)}));
    REQUIRE_FALSE(append(*store, {log(4)}));
    REQUIRE_FALSE(append(*store, {log(1), log(9)}));
    CHECK(times(*store, of_trace()) == "1 3 4 5 9 ");
    CHECK(times(*store, of_trace(5)) == "1 3 4 5 9 ");
    CHECK(times(*store, of_trace(3)) == "...1 4 9 ");
    CHECK(times(*store, of_trace(1)) == "...9 ");
  }

  TEST_CASE("projects do not share records, nor ids of records") {
    TemporaryFolder folder;
    MemoryFileSystem files;
    const auto store = open_or_fail(options_in(folder, files));
    REQUIRE_FALSE(append(*store, {log(1, "i-1", "p"), log(2, "i-1", "q"), log(3, "i-1", "q")}));
    CHECK(times(*store, of_trace()) == "1 2 ");
    CHECK(store->stats().logs_stored == 2);
    LogQuery query = of_trace();
    query.project = "q";
    CHECK(times(*store, query) == "2 ");
    query.project = "r";
    CHECK(times(*store, query) == "");
  }

  TEST_CASE("ids are remembered over restarts, and when the catalogue is made again") {
    TemporaryFolder folder;
    MemoryFileSystem files;
    std::vector<Event> sent;
    for (const int number : {5, 1, 3, 2, 4, 9, 8}) {
      sent.push_back(log(number, "i-" + std::to_string(number)));
    }
    sent.push_back(log(20, "i"));
    sent.push_back(log(21, "i-01"));
    {
      const auto store = open_or_fail(options_in(folder, files));
      REQUIRE_FALSE(append(*store, sent));
      REQUIRE_FALSE(append(*store, sent));
      CHECK(store->stats().logs_stored == 9);
      store->close();
    }
    const std::string all = "1 2 3 4 5 8 9 20 21 ";
    for (int round = 0; round < 2; ++round) {
      auto options = options_in(folder, files);
      if (round == 1) options.catalog_path = folder.path() + "/new.db";
      const auto store = open_or_fail(options);
      CHECK(times(*store, of_trace()) == all);
      REQUIRE_FALSE(append(*store, sent));
      CHECK(times(*store, of_trace()) == all);
      CHECK(store->stats().logs_stored == 0);
      if (round == 1) {
        REQUIRE_FALSE(append(*store, {log(6, "i-6"), log(7, "i-7")}));
        CHECK(store->stats().logs_stored == 2);
      }
      store->close();
    }
  }

  TEST_CASE("an id of an append that the disk refused is not remembered") {
    TemporaryFolder folder;
    MemoryFileSystem files;
    const auto store = open_or_fail(options_in(folder, files));
    REQUIRE_FALSE(append(*store, {log(1, "i-1")}));
    files.fail_next_sync = true;
    CHECK(append(*store, {log(2, "i-2")}) == unavailable);
    REQUIRE_FALSE(append(*store, {log(2, "i-2")}));
    CHECK(times(*store, of_trace()) == "1 2 ");
  }

  TEST_CASE("the id of a record is an instance and its number, or all of it") {
    const auto parse = [](std::string_view text) {
      const RecordId id = RecordId::parse(text);
      return id.instance + "|" + std::to_string(id.number);
    };
    CHECK(parse("a-b-12") == "a-b|12");
    CHECK(parse("a-0") == "a|0");
    for (const char* whole : {"a", "a-", "-1", "a-01", "a-1x", "a--1x", "a-+1", "a-00",
                              "a-9223372036854775807", "a-9223372036854775808"}) {
      CHECK(parse(whole) == std::string(whole) + "|-1");
    }
    CHECK(parse("a-9223372036854775806") == "a|9223372036854775806");
  }
}
