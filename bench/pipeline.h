#pragma once

// A million spans through the whole SDK to a sink, in a process of its own.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>

namespace honeyhive::bench {

inline constexpr std::uint64_t pipeline_spans = 1'000'000;
inline constexpr double paced_spans_per_second = 800'000;

struct PipelineTask {
  char mode = 'a';  // a: full speed, waits for room; b: paced; c: full speed, drops
  std::string url;
  std::uint64_t spans = pipeline_spans;
};

struct PipelineResult {
  double wall_seconds = 0;  // until the last span was acknowledged
  double cpu_seconds = 0;   // user and system, all threads
  double peak_megabytes = 0;
  std::uint64_t started = 0, ended = 0, sent = 0, dropped = 0;
};

PipelineResult run_own_pipeline(const PipelineTask& task);

// The same with opentelemetry-cpp; false if it is not compiled in.
bool run_peer_pipeline(const PipelineTask& task, PipelineResult& result);

// `--pipeline OURS|PEER MODE URL`: runs and prints the result, for `parse_pipeline_result`.
int run_pipeline(bool is_peer, const PipelineTask& task);
PipelineResult parse_pipeline_result(const std::string& line);

// Calls `record(i)` for each span; in mode b when it is due.
template <typename Record>
void record_paced(const PipelineTask& task, Record record) {
  using std::chrono::steady_clock;
  const auto begin = steady_clock::now();
  for (std::uint64_t i = 0; i < task.spans;) {
    std::uint64_t due = task.spans;
    if (task.mode == 'b') {
      // Asleep between: waiting is no work of the library's.
      const std::chrono::duration<double> passed = steady_clock::now() - begin;
      due =
          std::min(task.spans, static_cast<std::uint64_t>(passed.count() * paced_spans_per_second));
      if (due <= i) std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
    for (; i < due; ++i) record(i);
  }
}

}  // namespace honeyhive::bench
