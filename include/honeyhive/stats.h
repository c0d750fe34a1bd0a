#pragma once

// Counters of one tracer: nothing is lost without being counted here.
//
// Exact once the threads that record are quiet: spans_ended == spans_sent + dropped() + what is
// still buffered.

#include <cstdint>
#include <string>

#pragma GCC visibility push(default)
namespace honeyhive {

struct TracerStats {
  std::uint64_t spans_started = 0;  // sampled ones only
  std::uint64_t spans_ended = 0;
  std::uint64_t spans_sampled_out = 0;
  std::uint64_t spans_sent = 0;           // acknowledged by the server
  std::uint64_t dropped_buffer_full = 0;  // or the system gave no memory to record them
  std::uint64_t dropped_too_large = 0;
  std::uint64_t dropped_refused = 0;  // by the server, finally
  std::uint64_t dropped_closed = 0;   // ended after close()
  std::uint64_t dropped_expired = 0;  // unsent for an hour
  std::uint64_t dropped_unsent = 0;   // still unsent when the tracer closed
  std::uint64_t bytes_sent = 0;       // of request bodies, not compressed
  std::uint64_t requests_retried = 0;
  // Starts and updates of sessions, the start of the tracer's own among them.
  std::uint64_t session_calls_sent = 0;
  std::uint64_t session_calls_dropped = 0;  // for any of the reasons above; see `last_error`
  // Calls without effect: on a span that had ended, that another thread's hook kept busy, or whose
  // event was being written; `trace` on a tracer that was closed.
  std::uint64_t late_set = 0;
  std::uint64_t context_mismatch = 0;  // spans that ended out of order or on another thread
  std::uint64_t bad_context = 0;       // headers that `link` could not use
  std::uint64_t keys_ignored = 0;      // attributes with an empty key
  std::uint64_t values_cut = 0;        // keys and values over a limit, theirs or the span's
  // Attributes and events over the number, or the depth, that a span may have. Of one value or call
  // the first counts: what comes behind it is not looked at.
  std::uint64_t attributes_dropped = 0;
  std::string last_error;  // empty if there was none

  std::uint64_t dropped() const noexcept {
    return dropped_buffer_full + dropped_too_large + dropped_refused + dropped_closed +
           dropped_expired + dropped_unsent;
  }
};

}  // namespace honeyhive
#pragma GCC visibility pop
