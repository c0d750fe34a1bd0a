#include <chrono>
#include <cstdio>
#include <sstream>

#include "pipeline.h"
#include "process.h"
#include "text.h"
#include "workload.h"

namespace honeyhive::bench {

PipelineResult run_own_pipeline(const PipelineTask& task) {
  using std::chrono::milliseconds;
  TracerConfig config{
      .project = "bench", .session_name = "bench", .source = "bench", .server_url = task.url};
  if (task.mode == 'a') config.on_full_wait = milliseconds(10);
  const HoneyHiveTracer tracer = HoneyHiveTracer::init(config);
  wait_for_tick_clock();

  PipelineResult result;
  const double cpu_before = own_cpu_seconds();
  const std::int64_t begin = clock_ns(CLOCK_MONOTONIC);
  record_paced(task, [&](std::uint64_t i) { record_call(tracer, text_window(i, prompt_bytes)); });
  const bool flushed = tracer.flush(std::chrono::seconds(60));
  result.wall_seconds = static_cast<double>(clock_ns(CLOCK_MONOTONIC) - begin) / 1e9;
  result.cpu_seconds = own_cpu_seconds() - cpu_before;
  result.peak_megabytes = own_peak_megabytes();
  const TracerStats stats = tracer.stats();
  result.started = stats.spans_started;
  result.ended = stats.spans_ended;
  result.sent = stats.spans_sent;
  result.dropped = stats.dropped();
  if (!flushed) std::fprintf(stderr, "not all was sent: %s\n", stats.last_error.c_str());
  return result;
}

int run_pipeline(bool is_peer, const PipelineTask& task) {
  shared_text();  // before the clock runs
  PipelineResult result;
  if (!is_peer) {
    result = run_own_pipeline(task);
  } else if (!run_peer_pipeline(task, result)) {
    return 1;
  }
  std::printf("%.9g %.9g %.9g %llu %llu %llu %llu\n", result.wall_seconds, result.cpu_seconds,
              result.peak_megabytes, static_cast<unsigned long long>(result.started),
              static_cast<unsigned long long>(result.ended),
              static_cast<unsigned long long>(result.sent),
              static_cast<unsigned long long>(result.dropped));
  return 0;
}

PipelineResult parse_pipeline_result(const std::string& line) {
  PipelineResult result;
  std::istringstream(line) >> result.wall_seconds >> result.cpu_seconds >> result.peak_megabytes >>
      result.started >> result.ended >> result.sent >> result.dropped;
  return result;
}

}  // namespace honeyhive::bench
