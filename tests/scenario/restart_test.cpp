#include <algorithm>
#include <map>

#include "scenario/stage.h"

namespace honeyhive::scenario {
namespace {

// The span ids of each trace.
using Ids = std::map<std::string, std::vector<std::string>>;

constexpr int spans_per_trace = 100;

void record(const HoneyHiveTracer& tracer, int traces, Ids& recorded) {
  for (int i = 0; i < traces; ++i) {
    const auto outer = tracer.trace("outer");
    auto& ids = recorded[outer.context().trace_id];
    ids.push_back(outer.context().span_id);
    while (ids.size() < spans_per_trace) {
      const auto inner = tracer.trace("inner", {{"number", ids.size()}});
      ids.push_back(inner.context().span_id);
    }
  }
}

// Ids that are stored twice are in it twice.
Ids stored_ids(const Stage& stage, const std::string& project) {
  Ids stored;
  for (const Json& row : stage.traces(project)) {
    CHECK(row.at("spans") == spans_per_trace);
    const std::string trace_id = row.at("trace_id");
    const Json trace = stage.get("/api/v0/traces/" + trace_id);
    for (const Json& event : trace.at("events")) {
      stored[trace_id].push_back(event.at("span_id"));
    }
  }
  return stored;
}

Ids sorted(Ids ids) {
  for (auto& [trace, spans] : ids) std::sort(spans.begin(), spans.end());
  return ids;
}

}  // namespace

TEST_SUITE("scenario/restart") {
  TEST_CASE("a server killed in the middle has every ended span once after its restart") {
    Stage stage;
    const auto tracer = HoneyHiveTracer::init(stage.config("restarted"));
    Ids recorded;
    record(tracer, 40, recorded);
    // In the middle: some have been acknowledged, others are on their way.
    REQUIRE(eventually([&] { return tracer.stats().spans_sent > 0; }));
    record(tracer, 40, recorded);
    stage.kill();
    record(tracer, 40, recorded);
    // The tracer has noticed, and goes on trying.
    REQUIRE(eventually([&] { return tracer.stats().requests_retried > 0; }));
    record(tracer, 20, recorded);
    stage.start();
    REQUIRE(tracer.flush(std::chrono::seconds(60)));

    const TracerStats stats = tracer.stats();
    CHECK(stats.spans_ended == 140 * spans_per_trace);
    CHECK(stats.spans_sent == stats.spans_ended);
    CHECK(stats.dropped() == 0);
    CHECK(recorded.size() == 140);
    // Not compared by CHECK alone: thousands of ids say nothing.
    const bool is_equal = sorted(stored_ids(stage, "restarted")) == sorted(recorded);
    CHECK(is_equal);
  }

  TEST_CASE("a kill and a restart change nothing that is stored") {
    Stage stage;
    const auto tracer = HoneyHiveTracer::init(stage.config("kept"));
    Ids recorded;
    record(tracer, 10, recorded);
    REQUIRE(tracer.flush());
    const Json before = stage.traces("kept");
    REQUIRE(before.size() == 10);
    stage.kill();
    stage.start();
    CHECK(stage.traces("kept") == before);
    record(tracer, 1, recorded);
    REQUIRE(tracer.flush());
    const bool is_equal = sorted(stored_ids(stage, "kept")) == sorted(recorded);
    CHECK(is_equal);
  }
}

}  // namespace honeyhive::scenario
