// honeyhive_load: a traced program that does nothing but trace, for the long tests.
//
//   honeyhive_load URL THREADS TRACES RATE
//
// Each of THREADS threads records TRACES traces of ten model calls below one root, at most RATE
// traces a second (0: as fast as the tracer takes them, waiting for room rather than dropping).
// Ends earlier when its input ends. Then flushes and prints its counters, one "name number" a line.

#include <unistd.h>

#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <thread>
#include <vector>

#include "bench/text.h"
#include "bench/workload.h"
#include "honeyhive/tracer.h"

namespace {

using namespace honeyhive;
using std::chrono::steady_clock;

constexpr std::uint64_t calls_per_trace = 10;

struct Task {
  std::uint64_t first = 0;  // numbers of its traces
  std::uint64_t traces = 0;
  std::uint64_t rate = 0;
};

std::atomic<bool> should_stop{false};

void record(const HoneyHiveTracer& tracer, const Task& task) {
  const auto begin = steady_clock::now();
  for (std::uint64_t i = 0; i < task.traces && !should_stop; ++i) {
    if (task.rate > 0) {
      std::this_thread::sleep_until(begin +
                                    std::chrono::nanoseconds(1'000'000'000 / task.rate) * i);
    }
    const Span root = tracer.trace("answer", {.event_type = EventType::chain});
    for (std::uint64_t call = 0; call < calls_per_trace; ++call) {
      const std::uint64_t number = (task.first + i) * calls_per_trace + call;
      bench::record_call(tracer, bench::text_window(number, bench::prompt_bytes));
    }
  }
}

// Whoever started this closes its input, or dies.
void stop_with_the_input() {
  char byte = 0;
  while (read(STDIN_FILENO, &byte, 1) > 0) {
  }
  should_stop = true;
}

std::uint64_t number(const char* text) {
  std::uint64_t value = 0;
  std::from_chars(text, text + std::strlen(text), value);
  return value;
}

void print(const char* name, std::uint64_t value) {
  std::printf("%s %llu\n", name, static_cast<unsigned long long>(value));
}

int run(const char* url, std::uint64_t threads, const Task& task) {
  bench::shared_text();  // before the clock runs
  TracerConfig config{
      .project = "long", .session_name = "long", .source = "tests", .server_url = url};
  if (task.rate == 0) config.on_full_wait = std::chrono::minutes(1);
  const HoneyHiveTracer tracer = HoneyHiveTracer::init(config);

  std::thread(stop_with_the_input).detach();
  const auto begin = steady_clock::now();
  std::vector<std::thread> workers;
  workers.reserve(threads);
  for (std::uint64_t i = 0; i < threads; ++i) {
    workers.emplace_back(record, tracer, Task{i * task.traces, task.traces, task.rate});
  }
  for (std::thread& worker : workers) worker.join();
  const bool flushed = tracer.flush(std::chrono::minutes(2));
  const auto took = steady_clock::now() - begin;

  const TracerStats stats = tracer.stats();
  print("flushed", flushed ? 1 : 0);
  print("started", stats.spans_started);
  print("ended", stats.spans_ended);
  print("sent", stats.spans_sent);
  print("dropped", stats.dropped());
  print("dropped_buffer_full", stats.dropped_buffer_full);
  print("retried", stats.requests_retried);
  print("bytes_sent", stats.bytes_sent);
  print("milliseconds", static_cast<std::uint64_t>(
                            std::chrono::duration_cast<std::chrono::milliseconds>(took).count()));
  if (!flushed) std::fprintf(stderr, "not all was sent: %s\n", stats.last_error.c_str());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fputs("usage: honeyhive_load URL THREADS TRACES RATE\n", stderr);
    return 2;
  }
  try {
    return run(argv[1], number(argv[2]), {.traces = number(argv[3]), .rate = number(argv[4])});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "honeyhive_load: %s\n", error.what());
    return 1;
  }
}
