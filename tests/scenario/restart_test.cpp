#include <set>

#include "scenario/stage.h"

namespace honeyhive::scenario {
namespace {

// Records traces of two spans; their trace ids.
std::set<std::string> record(const HoneyHiveTracer& tracer, int count) {
  std::set<std::string> ids;
  for (int i = 0; i < count; ++i) {
    auto outer = tracer.trace("outer");
    ids.insert(outer.context().trace_id);
    const auto inner = tracer.trace("inner", {{"number", i}});
  }
  return ids;
}

}  // namespace

TEST_SUITE("scenario/restart") {
  TEST_CASE("a server killed in the middle has every ended span once after its restart") {
    Stage stage;
    const auto tracer = HoneyHiveTracer::init(stage.config("restarted"));
    std::set<std::string> recorded = record(tracer, 2000);
    // In the middle: some have been acknowledged, others are on their way.
    REQUIRE(eventually([&] { return tracer.stats().spans_sent > 0; }));
    recorded.merge(record(tracer, 2000));
    stage.kill();
    recorded.merge(record(tracer, 2000));
    // The tracer has noticed, and goes on trying.
    REQUIRE(eventually([&] { return tracer.stats().requests_retried > 0; }));
    recorded.merge(record(tracer, 1000));
    stage.start();
    REQUIRE(tracer.flush(std::chrono::seconds(60)));

    const TracerStats stats = tracer.stats();
    CHECK(stats.spans_ended == 14'000);
    CHECK(stats.spans_sent == stats.spans_ended);
    CHECK(stats.dropped() == 0);

    std::set<std::string> stored;
    for (const Json& row : stage.traces("restarted")) {
      stored.insert(row.at("trace_id"));
      REQUIRE(row.at("spans") == 2);
    }
    CHECK(stored == recorded);
  }

  TEST_CASE("a second kill and start changes nothing that is stored") {
    Stage stage;
    const auto tracer = HoneyHiveTracer::init(stage.config("kept"));
    record(tracer, 100);
    REQUIRE(tracer.flush());
    const Json before = stage.traces("kept");
    REQUIRE(before.size() == 100);
    stage.kill();
    stage.start();
    CHECK(stage.traces("kept") == before);
    record(tracer, 1);
    REQUIRE(tracer.flush());
    CHECK(stage.traces("kept").size() == 101);
  }
}

}  // namespace honeyhive::scenario
