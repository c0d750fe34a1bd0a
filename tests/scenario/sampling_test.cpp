#include "scenario/stage.h"

namespace honeyhive::scenario {

TEST_SUITE("scenario/sampling") {
  TEST_CASE("at a sample rate of 0 no span reaches the server") {
    Stage stage;
    TracerConfig config = stage.config("unsampled");
    config.sample_rate = 0.0;
    const auto tracer = HoneyHiveTracer::init(config);
    for (int i = 0; i < 1000; ++i) {
      auto outer = tracer.trace("outer", {{"i", i}});
      auto inner = tracer.trace("inner");
      CHECK_FALSE(inner.is_recording());
      inner.enrich({{"kept", false}});
    }
    CHECK(tracer.flush());
    const TracerStats stats = tracer.stats();
    CHECK(stats.spans_started == 0);
    CHECK(stats.spans_sampled_out == 2000);
    CHECK(stats.spans_sent == 0);
    CHECK(stats.dropped() == 0);
    CHECK(stage.traces("unsampled").empty());
    CHECK(stage.get("/api/v0/traces?limit=10").at("traces").empty());
  }

  TEST_CASE("a trace is sampled whole or not at all") {
    Stage stage;
    TracerConfig config = stage.config("half");
    config.sample_rate = 0.5;
    const auto tracer = HoneyHiveTracer::init(config);
    std::size_t recorded = 0;
    for (int i = 0; i < 400; ++i) {
      auto outer = tracer.trace("outer");
      recorded += outer.is_recording();
      const auto inner = tracer.trace("inner");
      CHECK(inner.is_recording() == outer.is_recording());
    }
    CHECK(tracer.flush());
    const Json rows = stage.traces("half");
    CHECK(rows.size() == recorded);
    CHECK(recorded > 0);
    CHECK(recorded < 400);
    for (const Json& row : rows) CHECK(row.at("spans") == 2);
  }
}

}  // namespace honeyhive::scenario
