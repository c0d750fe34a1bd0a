// CPU time of the calling thread per operation, while the worker delivers to a sink.
//
// All cases take turns, burst by burst, ours and the peer's, so that a slow minute of the machine
// is everybody's.

#include <algorithm>
#include <cstdio>
#include <memory>
#include <stdexcept>

#include "cases.h"
#include "process.h"
#include "rows.h"
#include "text.h"
#include "workload.h"

namespace honeyhive::bench {
namespace {

struct Samples {
  SpanCase work;
  Subject* subject = nullptr;
  bool is_peer = false;
  std::vector<double> ns = {};  // per operation
};

double time_burst(const Samples& of, const Loop& loop) {
  const std::int64_t begin = clock_ns(CLOCK_THREAD_CPUTIME_ID);
  loop(of.work.burst);
  const std::int64_t end = clock_ns(CLOCK_THREAD_CPUTIME_ID);
  if (!of.subject->settle() && !of.is_peer) {
    throw std::runtime_error(std::string(of.work.row) + ": spans were lost");
  }
  return static_cast<double>(end - begin) / static_cast<double>(of.work.burst);
}

void sample(Samples& of) {
  constexpr int bursts = 4;
  double sum = 0;
  for (int i = 0; i < bursts; ++i) {
    sum += time_burst(of, of.work.loop);
    if (of.work.baseline) sum -= time_burst(of, of.work.baseline);
  }
  of.ns.push_back(sum / bursts / of.work.operations);
}

void add_rows(const std::vector<Samples>& all, std::vector<Row>& rows) {
  for (const Samples& ours : all) {
    if (ours.is_peer) continue;
    const auto peer = std::find_if(all.begin(), all.end(), [&](const Samples& other) {
      return other.is_peer && other.work.row == ours.work.row;
    });
    for (const auto& [suffix, share] : {std::pair{"", 0.5}, std::pair{".min", 0.0}}) {
      Row row{.name = std::string(ours.work.row) + suffix,
              .value = quantile(ours.ns, share),
              .unit = "ns",
              .instructions = {},
              .peer = {},
              .peer_value = {}};
      if (peer != all.end()) {
        row.peer = peer_name();
        row.peer_value = quantile(peer->ns, share);
      }
      rows.push_back(std::move(row));
    }
  }
}

// One call every 50 us, as a program makes them that also does something else.
std::vector<double> time_calls(Subject& subject) {
  constexpr std::uint64_t count = 20'000;
  constexpr std::int64_t gap_ns = 50'000;
  std::vector<double> ns;
  ns.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::string_view prompt = text_window(i, prompt_bytes);
    const std::int64_t begin = clock_ns(CLOCK_MONOTONIC);
    subject.record(prompt);
    std::int64_t now = clock_ns(CLOCK_MONOTONIC);
    ns.push_back(static_cast<double>(now - begin));
    while (now - begin < gap_ns) now = clock_ns(CLOCK_MONOTONIC);
  }
  return ns;
}

struct Latencies {
  std::vector<double> p99, p999;  // of each run

  void add(const std::vector<double>& calls) {
    p99.push_back(quantile(calls, 0.99));
    p999.push_back(quantile(calls, 0.999));
  }
};

}  // namespace

void measure_spans(const Options& options, std::vector<Row>& rows) {
  Sink sink;
  const auto ours = open_ours(sink.url());
  const auto peer = open_peer(sink.url());
  std::vector<Samples> all;
  for (Subject* const subject : {ours.get(), peer.get()}) {
    if (subject == nullptr) continue;
    for (const SpanCase& work : subject->cases()) {
      if (options.wants(work.row)) all.push_back({work, subject, subject == peer.get()});
    }
  }
  if (all.empty()) return;
  if (!wait_for_tick_clock()) {
    std::fputs("the kernel does not trust this machine's ticks: spans ask it for the time\n",
               stderr);
  }
  for (int turn = 0; turn <= options.repetitions; ++turn) {
    for (Samples& samples : all) sample(samples);
  }
  for (Samples& samples : all) samples.ns.erase(samples.ns.begin());  // the first one warmed up
  add_rows(all, rows);
}

void measure_latency(const Options& options, std::vector<Row>& rows) {
  if (!options.wants("span_10attr_2kb.p99") && !options.wants("span_10attr_2kb.p999")) return;
  constexpr int runs = 5;
  Sink sink;
  const auto ours = open_ours(sink.url());
  const auto peer = open_peer(sink.url());
  wait_for_tick_clock();
  Latencies our_calls, peer_calls;
  for (int run = 0; run < runs; ++run) {
    our_calls.add(time_calls(*ours));
    if (peer) peer_calls.add(time_calls(*peer));
  }
  for (const auto& [name, figure] : {std::pair{"span_10attr_2kb.p99", &Latencies::p99},
                                     std::pair{"span_10attr_2kb.p999", &Latencies::p999}}) {
    Row row{.name = name,
            .value = quantile(our_calls.*figure, 0.5),
            .unit = "ns",
            .instructions = {},
            .peer = {},
            .peer_value = {}};
    if (peer) {
      row.peer = peer_name();
      row.peer_value = quantile(peer_calls.*figure, 0.5);
    }
    rows.push_back(std::move(row));
  }
}

}  // namespace honeyhive::bench
