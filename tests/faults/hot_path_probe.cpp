// honeyhive_hot_path_probe
//
// Records spans in phases, with a real tracer that sends to a server of the probe's own, and prints
// one JSON object: what each phase recorded and how often this thread allocated in it. An access()
// of "<phase>-begin" and of "<phase>-end" surrounds each phase, so that a list of the process's
// system calls shows which of them this thread made in between; test_hot_path.py reads both.
//
// Allocation is counted where all of it passes: malloc and its kin. Those of libstdc++'s operator
// new come by there too; the phase "control-allocations" shows that both are seen.

#include <malloc.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "core/json_writer.h"
#include "fakes/loopback_server.h"
#include "honeyhive/tracer.h"
#include "sdk/record/recorder.h"
#include "workload.h"

namespace {

thread_local bool counts = false;  // only the measuring thread, only in a phase
thread_local std::uint64_t allocations = 0;

void note_allocation() noexcept {
  if (counts) ++allocations;
}

}  // namespace

extern "C" {

// What glibc's own malloc is called behind the names that are replaced below.
void* __libc_malloc(std::size_t);                 // NOLINT(bugprone-reserved-identifier)
void* __libc_calloc(std::size_t, std::size_t);    // NOLINT(bugprone-reserved-identifier)
void* __libc_realloc(void*, std::size_t);         // NOLINT(bugprone-reserved-identifier)
void* __libc_memalign(std::size_t, std::size_t);  // NOLINT(bugprone-reserved-identifier)

void* malloc(std::size_t bytes) noexcept {
  note_allocation();
  return __libc_malloc(bytes);
}
void* calloc(std::size_t count, std::size_t bytes) noexcept {
  note_allocation();
  return __libc_calloc(count, bytes);
}
void* realloc(void* old, std::size_t bytes) noexcept {
  note_allocation();
  return __libc_realloc(old, bytes);
}
void* memalign(std::size_t alignment, std::size_t bytes) noexcept {
  note_allocation();
  return __libc_memalign(alignment, bytes);
}
void* aligned_alloc(std::size_t alignment, std::size_t bytes) noexcept {
  return memalign(alignment, bytes);
}
int posix_memalign(void** out, std::size_t alignment, std::size_t bytes) noexcept {
  *out = memalign(alignment, bytes);
  return *out == nullptr ? ENOMEM : 0;
}

}  // extern "C"

namespace honeyhive {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t calls = 16'000;  // 44 MB of records: less than the buffer
constexpr std::size_t empties = 100'000;
constexpr std::size_t open_at_once = 64;

struct Work {
  const HoneyHiveTracer& tracer;
  std::string prompt = std::string(bench::prompt_bytes, 'p');
  std::vector<Span> open = std::vector<Span>(open_at_once);
  std::uint64_t spins_per_us = 1;

  void set_other_types(Span& span) const {
    span.set_attribute("flag", true);
    span.set_attribute("count", 1234567);
    span.set_attribute("score", 0.25);
    span.set_attribute("nested", {{"a", 1}, {"b", {{"c", "text"}}}});
    span.enrich({.metrics = {{"latency_ms", 150}}}, {{"feature", "chat"}});
    span.add_event("token", {{"index", 7}});
    span.update_name("renamed");
  }
  void record_call() const { bench::record_call(tracer, prompt); }
  void record_empty() const { const Span span = tracer.trace("empty"); }
  void start_and_set() {
    for (Span& span : open) {
      span = tracer.trace("open");
      bench::set_call(span, prompt);
      set_other_types(span);
    }
  }
  void end_all() {
    for (std::size_t i = open.size(); i-- > 0;) open[i].end();  // innermost first
  }

  // Passes time without a system call, so that the worker falls asleep between two spans.
  void pause(std::uint64_t microseconds) const {
    for (std::uint64_t left = microseconds * spins_per_us; left > 0; --left) {
      asm volatile("" : "+r"(left));  // kept by the optimizer
    }
  }
  void calibrate_pause() {
    constexpr std::uint64_t trial = 1'000'000;
    spins_per_us = trial;
    const auto begin = steady_clock::now();
    pause(1);
    const auto took = std::chrono::duration<double, std::micro>(steady_clock::now() - begin);
    spins_per_us = static_cast<std::uint64_t>(trial / took.count()) + 1;
  }
};

class Report {
 public:
  Report() { json_.begin_object().key("phases").begin_array(); }

  // Runs `body` between the two marks; `spans` of its spans end in it.
  template <typename Body>
  void phase(const char* name, std::size_t spans, Body body) {
    const std::string begin = std::string(name) + "-begin", end = std::string(name) + "-end";
    (void)::access(begin.c_str(), F_OK);
    allocations = 0;
    counts = true;
    body();
    counts = false;
    (void)::access(end.c_str(), F_OK);
    json_.begin_object().member("name", name);
    json_.key("ends").unsigned_integer(spans);
    json_.key("allocations").unsigned_integer(allocations).end_object();
  }

  std::string finish(const TracerStats& stats) {
    json_.end_array();
    json_.key("ticks").boolean(sdk::Recorder::clock.uses_ticks());
    json_.key("ended").unsigned_integer(stats.spans_ended);
    json_.key("sent").unsigned_integer(stats.spans_sent);
    json_.key("dropped").unsigned_integer(stats.dropped());
    json_.key("values_cut").unsigned_integer(stats.values_cut);
    json_.key("attributes_dropped").unsigned_integer(stats.attributes_dropped).end_object();
    return text_;
  }

 private:
  std::string text_;
  core::JsonWriter json_{text_};
};

void warm_up(Work& work) {
  bench::wait_for_tick_clock();
  work.start_and_set();
  work.end_all();
  for (int i = 0; i < 100; ++i) {
    work.record_call();
    work.record_empty();
  }
  work.calibrate_pause();
}

// Through volatile pointers, which the optimizer must keep.
void allocate_twice() {
  void* volatile by_malloc = std::malloc(1);
  int* volatile by_new = new int(1);
  std::free(by_malloc);
  delete by_new;
}

void run(const HoneyHiveTracer& tracer) {
  Work work{tracer};
  warm_up(work);
  Report report;
  const auto repeat = [](std::size_t times, auto body) {
    return [=] {
      for (std::size_t i = 0; i < times; ++i) body();
    };
  };
  tracer.flush();
  report.phase("control-allocations", 0, allocate_twice);
  report.phase("control-flush", 0, [&] { tracer.flush(); });
  report.phase("calls-unpaced", calls, repeat(calls, [&] { work.record_call(); }));
  tracer.flush();
  report.phase("calls-paced", calls, repeat(calls, [&] {
                 work.record_call();
                 work.pause(50);
               }));
  tracer.flush();
  report.phase("empty-unpaced", empties, repeat(empties, [&] { work.record_empty(); }));
  tracer.flush();
  report.phase("empty-paced", empties, repeat(empties, [&] {
                 work.record_empty();
                 work.pause(5);
               }));
  tracer.flush();
  report.phase("starts-and-sets", 0, [&] { work.start_and_set(); });
  work.end_all();
  tracer.flush();
  std::puts(report.finish(tracer.stats()).c_str());
}

}  // namespace
}  // namespace honeyhive

int main() try {
  honeyhive::fakes::LoopbackServer server;
  const auto tracer = honeyhive::HoneyHiveTracer::init({.project = "hot-path",
                                                        .session_name = "hot-path",
                                                        .source = "test",
                                                        .server_url = server.url(),
                                                        .disable_batch = false,
                                                        .verbose = false,
                                                        .test_mode = false,
                                                        .sample_rate = 1,
                                                        .buffer_bytes = 64 << 20});
  honeyhive::run(tracer);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "honeyhive_hot_path_probe: %s\n", error.what());
  return 1;
}
