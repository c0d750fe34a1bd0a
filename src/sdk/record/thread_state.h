#pragma once

// What one thread needs to record: its stack of open spans, a pool of span buffers, random ids, and
// its own counters, so that threads share nothing that is written per span.
//
// A state outlives its thread and is given to a later one: buffers, chunks and counters stay valid.

#include <array>
#include <atomic>
#include <cstdint>

#include "core/random.h"
#include "sdk/record/lane.h"
#include "sdk/record/thread_mark.h"
#include "sdk/record/tracer_core.h"

namespace honeyhive::sdk {

struct SpanState;
struct ContextEntry;
struct SavedContext;
struct EntriesScope;

// Written by one thread, read by any: an increment is a load and a store.
class Counter {
 public:
  void add(std::uint64_t count = 1) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
  }
  std::uint64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }
  void reset() noexcept { value_.store(0, std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// What a thread counted for one tracer. The fields are those of TracerStats.
struct RecordCounters {
  Counter started, ended, sampled_out;
  Counter sampled_out_ended;  // of those; not in TracerStats
  Counter buffer_full, too_large, closed;
  Counter late_set, context_mismatch, keys_ignored, values_cut, attributes_dropped;

  void reset() noexcept {
    for (Counter* const counter :
         {&started, &ended, &sampled_out, &sampled_out_ended, &buffer_full, &too_large, &closed,
          &late_set, &context_mismatch, &keys_ignored, &values_cut, &attributes_dropped}) {
      counter->reset();
    }
  }
};

// A tracer as one thread sees it.
struct TracerSlot {
  RecordCounters counters;
  Lane* lane = nullptr;
  TracerSlot* next_retired = nullptr;
};

class ThreadState {
 public:
  ThreadState(const std::array<std::uint64_t, 4>& trace_seed, std::uint64_t span_seed) noexcept
      : trace_ids(trace_seed), span_ids(span_seed) {}

  // std::uncaught_exceptions() of this thread, without its two calls.
  int uncaught_exceptions() const noexcept {
    return static_cast<int>(exceptions->uncaught_exceptions);
  }

  // Source: Itanium C++ ABI, exception handling, 2.2.2: the layout behind __cxa_get_globals().
  struct ExceptionGlobals {
    void* caught_exceptions;
    unsigned int uncaught_exceptions;
  };

  // The slot of `tracer`, made at first use; null if memory ran out.
  TracerSlot* slot(const TracerCore& tracer) noexcept {
    TracerSlot* const found = find_slot(tracer.index);
    return found != nullptr ? found : make_slot(tracer);
  }

  // A span from the pool; null if memory ran out. In span_state.h.
  SpanState* take_span() noexcept;

  // The slot of the tracer with this index, if there is one; and without it from now on. For other
  // threads: under the recorder's lock.
  TracerSlot* find_slot(std::uint32_t tracer) const noexcept {
    return tracer < slot_count_ ? slots_[tracer].load(std::memory_order_relaxed) : nullptr;
  }

  void forget_slot(std::uint32_t tracer) noexcept {
    TracerSlot* const slot = find_slot(tracer);
    if (slot == nullptr) return;
    slots_[tracer].store(nullptr, std::memory_order_relaxed);
    // Kept for the next tracer: the thread may be counting a late call on it just now.
    slot->next_retired = retired_slots_;
    retired_slots_ = slot;
  }

  core::Xoshiro256 trace_ids;
  core::SplitMix64 span_ids;
  SpanState* top = nullptr;                      // the innermost open span
  SpanState* free_spans = nullptr;               // linked by `below`
  const ExceptionGlobals* exceptions = nullptr;  // of the thread that has this state
  std::uint64_t last_ns = 0;                     // the clock never goes back within a thread
  ContextEntry* entries = nullptr;               // of the current flow (flow.h); refers to it

  std::uint64_t flow_id = 0;       // of the current one
  std::uint64_t last_flow_id = 0;  // that was given
  SavedContext* source = nullptr;  // the snapshot that it began from; refers to it
  EntriesScope* scopes = nullptr;  // of entries, innermost first; refers to them
  std::uint32_t free_context_count = 0, left_early_count = 0;
  SavedContext* free_contexts = nullptr;
  SavedContext* left_early = nullptr;  // flows that ended before those within them

  // Spans that were ended elsewhere, on their way back to the pool.
  alignas(64) std::atomic<SpanState*> returned{nullptr};

  std::atomic<bool> in_use{true};
  std::atomic<const void*> mark{nullptr};  // of the thread that has this state; null: none
  bool is_here() const noexcept {
    return mark.load(std::memory_order_relaxed) == this_thread_mark();
  }
  ThreadState* next = nullptr;  // of all states

 private:
  TracerSlot* make_slot(const TracerCore& tracer) noexcept;
  Lane* lane(Destination& destination);
  bool refill_pool() noexcept;

  std::uint32_t slot_count_ = 0;
  std::atomic<TracerSlot*>* slots_ = nullptr;  // by tracer index; grown under the recorder's lock
  TracerSlot* retired_slots_ = nullptr;        // under the recorder's lock
  std::uint32_t lane_count_ = 0;
  Lane** lanes_ = nullptr;  // by destination index
};

namespace detail {
inline constinit thread_local ThreadState* current_thread = nullptr;
ThreadState* make_this_thread() noexcept;
}  // namespace detail

// The calling thread's state, made at first use; null if memory, or the system's keys for threads,
// ran out.
inline ThreadState* this_thread() noexcept {
  ThreadState* const thread = detail::current_thread;
  return thread != nullptr ? thread : detail::make_this_thread();
}

}  // namespace honeyhive::sdk
