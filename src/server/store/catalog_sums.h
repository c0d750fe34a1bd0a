#pragma once

// What the catalogue's rows say of many events: sums, times, and which names them.

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "core/limits.h"
#include "core/utf8.h"
#include "server/store/event.h"

namespace honeyhive::server {

// Of spans of one trace or session.
struct Totals {
  std::int64_t start = 0;
  std::int64_t end = 0;
  std::int64_t timed = 0;  // some clock can be right: the others' times do not count
  std::int64_t spans = 0;
  std::int64_t errors = 0;
  std::int64_t model_spans = 0;
  std::int64_t session_spans = 0;
  std::int64_t tokens_in = 0;
  std::int64_t tokens_out = 0;

  void add(const Event& event) {
    add(believed_times(event));
    ++spans;
    errors += event.status == Status::error || !event.error.empty() ? 1 : 0;
    model_spans += event.event_type == "model" ? 1 : 0;
    session_spans += event.event_type == "session" ? 1 : 0;
    constexpr std::uint64_t max_tokens = std::uint64_t{1} << 40;  // sums stay far from 64 bits
    tokens_in += static_cast<std::int64_t>(std::min(event.tokens_in, max_tokens));
    tokens_out += static_cast<std::int64_t>(std::min(event.tokens_out, max_tokens));
  }

 private:
  void add(const BelievedTimes& times) {
    if (timed > 0 && !times.is_known) return;
    const bool is_first = spans == 0 || (timed == 0 && times.is_known);
    start = is_first ? times.start_ns : std::min(start, times.start_ns);
    end = is_first ? times.end_ns : std::max(end, times.end_ns);
    timed = times.is_known ? 1 : 0;
  }
};

// Every list carries names: they are short here, whatever the log has.
inline std::string_view listed(std::string_view name) {
  return core::cut_at_character(name, core::limits::name_bytes);
}

// Whether `a` rather than `b` names the trace.
inline bool names_before(const Event& a, const Event& b) {
  const bool a_is_root = a.parent_span_id.is_zero();
  const bool b_is_root = b.parent_span_id.is_zero();
  if (a_is_root != b_is_root) return a_is_root;
  return believed_times(a).start_ns < believed_times(b).start_ns;
}

}  // namespace honeyhive::server
