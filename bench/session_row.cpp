// Sessions: one start and three spans each, at full speed, to a server that answers after 100 ms.

#include <cstdio>
#include <stdexcept>
#include <string>

#include "otlp/encode.h"
#include "process.h"
#include "rows.h"
#include "sdk/record/entropy.h"
#include "sdk/record/recorder.h"
#include "sdk/session.h"
#include "workload.h"

namespace honeyhive::bench {
namespace {

constexpr int sessions = 3000;
constexpr int spans_per_session = 3;
constexpr int answer_ms = 100;

// What a recording thread does: a copy into its chunk, which refers to the session.
void append(sdk::Session& session, sdk::RecordType type, const std::string& record) {
  sdk::ThreadState& thread = *sdk::this_thread();
  sdk::retain_session(session);
  const bool has_room = thread.slot(session.tracer)
                            ->lane->append({.bytes = static_cast<std::uint32_t>(record.size()),
                                            .type = type,
                                            .flags = 0,
                                            .tracer = session.tracer.index,
                                            .end_ns = sdk::now_ns(thread),
                                            .session = session.slot},
                                           record.data());
  if (!has_room) throw std::runtime_error("sessions_per_s: the buffer is full");
}

std::string span_record(std::uint64_t number) {
  namespace field = otlp::field;
  std::string record(otlp::record_frame_bytes, '\0');
  const auto put = [&](std::uint32_t tag, std::string_view bytes) {
    record += otlp::tag_byte(tag, otlp::Wire::bytes);
    record += static_cast<char>(bytes.size());
    record += bytes;
  };
  const std::string id(reinterpret_cast<const char*>(&number), sizeof number);
  put(field::span::trace_id, id + id);
  put(field::span::span_id, id);
  put(field::span::name, call_name);
  return record;
}

void record_session(detail::TracerImpl& tracer, std::uint64_t number) {
  const std::string id = sdk::random_uuid().text();
  sdk::Session* const session = sdk::make_session(tracer, {id, "request", ""}, true);
  if (session == nullptr) throw std::runtime_error("sessions_per_s: no memory");
  append(*session, sdk::RecordType::session_start, R"({"session":{"session_id":")" + id + "\"}}");
  sdk::Recorder::get().waker().wake_if_asleep();
  for (int i = 0; i < spans_per_session; ++i) {
    append(*session, sdk::RecordType::span,
           span_record(number * spans_per_session + 1 + static_cast<std::uint64_t>(i)));
  }
  sdk::release_session(*session);
}

struct Run {
  double per_second = 0;
  double lost_percent = 0;
};

Run run_once() {
  Sink sink(answer_ms);
  Run run;
  {
    const HoneyHiveTracer tracer = open_tracer(sink.url());
    detail::TracerImpl& impl = *detail::TracerAccess::of(tracer);
    tracer.flush(std::chrono::seconds(10));  // its own session's start
    const std::int64_t begin = clock_ns(CLOCK_MONOTONIC);
    for (int i = 0; i < sessions; ++i) record_session(impl, static_cast<std::uint64_t>(i));
    const bool flushed = tracer.flush(std::chrono::seconds(60));
    run.per_second = sessions / (static_cast<double>(clock_ns(CLOCK_MONOTONIC) - begin) / 1e9);
    const TracerStats stats = tracer.stats();
    if (!flushed) std::fprintf(stderr, "not all was sent: %s\n", stats.last_error.c_str());
  }
  const Sink::Counts counts = sink.finish();
  const auto arrived = static_cast<double>(counts.spans + counts.starts - 1);
  run.lost_percent = 100 - 100 * arrived / (sessions * (spans_per_session + 1));
  if (counts.malformed != 0) throw std::runtime_error("sessions_per_s: a request was malformed");
  return run;
}

}  // namespace

void measure_sessions(const Options& options, std::vector<Row>& rows) {
  if (!options.wants("sessions_per_s")) return;
  Run best;
  for (int i = 0; i < options.pipeline_runs; ++i) {
    const Run run = run_once();
    if (run.per_second > best.per_second) best = run;
  }
  const auto add = [&](const char* name, double value, const char* unit, bool more_is_better) {
    rows.push_back({.name = name,
                    .value = value,
                    .unit = unit,
                    .instructions = {},
                    .peer = {},
                    .peer_value = {},
                    .more_is_better = more_is_better});
  };
  add("sessions_per_s", best.per_second, "sessions/s", true);
  add("sessions_per_s.lost", best.lost_percent, "%", false);
}

}  // namespace honeyhive::bench
