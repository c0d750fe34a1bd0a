#pragma once

// The part of a tracer that recording needs. Plain values are set before the tracer is used.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "sdk/record/destination.h"
#include "sdk/record/key_filter.h"

namespace honeyhive::sdk {

// What a span knows about itself while it is written; a new one starts as a copy of its tracer's.
struct SpanNotes {
  KeyFilter keys;
  std::uint32_t tracer = 0;   // its index, and
  std::uint32_t session = 0;  // its slot (0: the tracer's own): as in a record's header
  std::uint32_t attributes = 0;
  std::uint32_t events = 0;
  std::uint32_t dropped_attributes = 0;
  std::uint32_t dropped_events = 0;
  std::uint32_t marks = 0;          // attributes of ours that say what was cut
  std::uint16_t flags = 0;          // record_flag
  std::uint8_t status = 0;          // StatusCode
  bool too_large : 1 = false;       // its texts have been cut, and that was not enough
  bool has_cut_values : 1 = false;  // some key has a mark beside it
  bool has_many_keys : 1 = false;   // dropping repeated ones makes little room
  bool has_own_limits : 1 = false;  // its tracer's are below the usual: no short way is open
};

struct RemoteParent;

enum class Starts : std::uint8_t {
  slowly,           // none: the tracer is closed, or sends each span alone
  quickly,          // all
  roots_sampled,    // all, but whether a root is recorded has to be seen
  children_quickly  // not roots: they have a parent elsewhere
};

struct TracerCore {
  std::uint32_t index = 0;  // among the tracers of the process; used again after the tracer is gone
  Destination* destination = nullptr;

  // A trace is recorded if the last 56 bits of its id are at least this: 0 records all.
  // Source: W3C Trace Context level 2, random trace id flag; OpenTelemetry "consistent probability
  // sampling".
  std::uint64_t reject_below = 0;

  bool is_off = false;  // records nothing, whatever its spans are children of; they are no parents

  SpanNotes first_notes;

  bool sends_alone = false;  // disable_batch

  std::uint32_t max_span_bytes = 0;
  std::uint32_t max_attributes = 0;
  std::uint32_t max_events = 0;
  std::uint32_t max_value_bytes = 0;
  std::chrono::milliseconds on_full_wait{0};
  std::atomic<bool> closed{false};
  std::atomic<std::uint32_t> publish_limit{0};  // max_span_bytes; 0 once closed

  // -- disable_batch (record_flag::alone): the end of a span waits for the answer to its request
  // False: memory ran out, nobody waits.
  bool expect_answer(std::uint64_t span_id) noexcept;
  // Returns when the answer has come, or after `longest`.
  void wait_for_answer(std::uint64_t span_id, std::chrono::milliseconds longest) noexcept;
  void note_answered(std::uint64_t span_id) noexcept;
  std::chrono::milliseconds answer_wait{0};

  // Spans that could not be started: there was nowhere to count them but here.
  std::atomic<std::uint64_t> unrecorded{0};
  // ... that could not be ended, for the same reason.
  std::atomic<std::uint64_t> lost_ends{0};
  std::atomic<std::uint64_t> lost_unsampled_ends{0};

  // A call without effect: counted as the calling thread's where that has recorded for us.
  void count_late_call() noexcept;
  std::atomic<std::uint64_t> late_calls{0};  // the others

  // Sessions and contexts that refer to it: its slot is not used again before they are gone.
  std::atomic<std::uint32_t> holders{0};

  // Which spans may start the short way. None once it is closed.
  std::atomic<Starts> starts{Starts::slowly};

  // What its root spans are children of, if it was told at its start.
  std::shared_ptr<const RemoteParent> base;

  // Whether it was open until now.
  bool close_once() noexcept {
    publish_limit.store(0, std::memory_order_relaxed);
    starts.store(Starts::slowly, std::memory_order_relaxed);
    return !closed.exchange(true, std::memory_order_acq_rel);
  }

 private:
  std::mutex answer_mutex_;
  std::condition_variable answered_;
  std::vector<std::uint64_t> waiting_;  // span ids
};

}  // namespace honeyhive::sdk
