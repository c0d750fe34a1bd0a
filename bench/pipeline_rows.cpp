// Best of several runs, each in a fresh process with a fresh sink; every span is accounted for.

#include <stdexcept>

#include "cases.h"
#include "pipeline.h"
#include "process.h"
#include "rows.h"

namespace honeyhive::bench {
namespace {

// What must add up, else the figures are worth nothing.
void check_counts(const PipelineTask& task, const PipelineResult& result, Sink::Counts sink,
                  bool is_peer) {
  const bool adds_up = result.started == task.spans && result.ended == task.spans &&
                       result.ended == result.sent + result.dropped && sink.spans == result.sent &&
                       sink.malformed == 0;
  if (adds_up || is_peer) return;
  const auto text = [](unsigned long long count) { return std::to_string(count); };
  throw std::runtime_error(std::string("pipeline_1m_") + task.mode + ": " + text(result.started) +
                           " started, " + text(result.ended) + " ended, " + text(result.sent) +
                           " sent, " + text(result.dropped) + " dropped; the sink counts " +
                           text(sink.spans) + " and " + text(sink.malformed) + " bad requests");
}

PipelineResult run_once(char mode, bool is_peer) {
  Sink sink;
  const PipelineTask task{.mode = mode, .url = sink.url()};
  Child child(
      {own_path(), "--pipeline", is_peer ? "peer" : "ours", std::string(1, mode), task.url});
  const PipelineResult result = parse_pipeline_result(child.read_line());
  if (child.wait() != 0) throw std::runtime_error("a pipeline run failed");
  check_counts(task, result, sink.finish(), is_peer);
  return result;
}

struct Figures {
  double spans_per_second = 0, cpu_us = 0, megabytes = 0, lost_percent = 0;
};

Figures figures_of(const PipelineResult& result) {
  const auto sent = static_cast<double>(result.sent);
  return {sent / result.wall_seconds, result.cpu_seconds * 1e6 / sent, result.peak_megabytes,
          100 * static_cast<double>(result.dropped) / static_cast<double>(result.ended)};
}

void measure(const Options& options, char mode, std::vector<Row>& rows) {
  Figures ours, peer;
  const bool has_peer = !peer_name().empty();
  const auto keep_best = [](Figures& best, const Figures& run) {
    if (run.spans_per_second > best.spans_per_second) best = run;
  };
  for (int run = 0; run < options.pipeline_runs; ++run) {
    keep_best(ours, figures_of(run_once(mode, false)));
    if (has_peer) keep_best(peer, figures_of(run_once(mode, true)));
  }
  const auto add = [&](const char* suffix, const char* unit, double Figures::*figure) {
    Row row{.name = std::string("pipeline_1m_") + mode + suffix,
            .value = ours.*figure,
            .unit = unit,
            .instructions = {},
            .peer = {},
            .peer_value = {},
            .more_is_better = figure == &Figures::spans_per_second};
    if (has_peer) {
      row.peer = peer_name();
      row.peer_value = peer.*figure;
    }
    rows.push_back(std::move(row));
  };
  add("", "spans/s", &Figures::spans_per_second);
  add(".cpu", "us/span", &Figures::cpu_us);
  add(".rss", "MB", &Figures::megabytes);
  add(".lost", "%", &Figures::lost_percent);
}

}  // namespace

void measure_pipelines(const Options& options, std::vector<Row>& rows) {
  for (const char mode : {'a', 'b', 'c'}) {
    if (options.wants(std::string("pipeline_1m_") + mode)) measure(options, mode, rows);
  }
}

}  // namespace honeyhive::bench
