#pragma once

// What is current for one flow of work: its open spans and the entries of its context. A thread has
// one flow at a time; `install` gives it another.
//
// A saved context is either a flow that was current (of its one owner, to be continued once), or a
// snapshot, from which any number of threads begin flows of their own: there its spans are frames,
// which are parents for new spans and have no handle.
//
// Counted references; a snapshot is immutable and thread-safe, a saved flow moves from thread to
// thread with its owner.

#include <array>
#include <atomic>
#include <cstdint>

#include "sdk/record/context_entry.h"
#include "sdk/record/span_state.h"
#include "sdk/record/thread_state.h"

namespace honeyhive::sdk {

// A span as those below it see it.
struct SpanPoint {
  SpanState* origin = nullptr;  // referred to; null: it is another process's
  TracerCore* tracer = nullptr;
  std::uint64_t trace_id[2] = {};
  std::uint64_t span_id = 0;
  bool is_sampled = false;
};

struct SavedContext {
  std::atomic<std::uint32_t> references{1};
  bool is_flow = false;

  // Of a snapshot: the innermost spans of different tracers, innermost first.
  static constexpr std::size_t most_points = 4;
  std::uint32_t points = 0;
  std::array<SpanPoint, most_points> point{};

  // Of a flow: its stack, the thread that it was on, and the snapshot that it began from, which
  // keeps what its frames stand for. All of it is taken by who continues it first.
  std::atomic<bool> is_taken{false};
  SpanState* top = nullptr;
  const ThreadState* thread = nullptr;
  SavedContext* source = nullptr;
  std::uint64_t flow_id = 0;
  EntriesScope* scopes = nullptr;

  ContextEntry* entries = nullptr;

  // Of a thread: in its pool, or a note that flow `left_id` has ended before those within it.
  SavedContext* next = nullptr;
  std::uint64_t left_id = 0;
  SavedContext* left_for = nullptr;
};

inline SavedContext* retain(SavedContext* context) noexcept {
  if (context != nullptr) context->references.fetch_add(1, std::memory_order_relaxed);
  return context;
}
void release(SavedContext* context) noexcept;

// Spans that are on no stack any more.
void drop_stack(SpanState* top) noexcept;

// For the thread's exit: its spans go on without it.
void abandon_flow(ThreadState& thread) noexcept;

// The context of the calling thread, for others to begin with. Null: it is empty, or memory ran
// out.
SavedContext* take_snapshot() noexcept;

// Begins or continues a flow on the calling thread, an empty one for null. What was current is
// returned, to be continued later. Null if memory ran out: then nothing has changed; `changed` says
// which.
SavedContext* install(SavedContext* context, bool& changed) noexcept;

// Begins an empty flow whose spans are children of `parent`, with `entries` (one reference, taken
// over). As `install` otherwise.
SavedContext* install_below(const SpanPoint& parent, ContextEntry* entries, bool& changed) noexcept;

// Ends the current flow, `flow_id`, which began on `thread`, and continues with `before` (taken
// over). If another flow is current there, this one is left out when its turn comes.
void go_back(std::uint64_t flow_id, const ThreadState* thread, SavedContext* before) noexcept;

// A stretch of a flow with entries of its own. It may be ended anywhere and in any order: the flow
// goes back to what was before once no scope within it is left. Counted references: of who ends it,
// and of the flow.
struct EntriesScope {
  EntriesScope(ThreadState& thread, TracerCore& its_tracer, const SpanState* its_span) noexcept;
  ~EntriesScope() { tracer.holders.fetch_sub(1, std::memory_order_release); }
  EntriesScope(const EntriesScope&) = delete;
  EntriesScope& operator=(const EntriesScope&) = delete;

  TracerCore& tracer;
  ContextEntry* before;  // the flow's: refers to it
  EntriesScope* below;   // the flow's: refers to it
  // What was innermost when it began, to be compared only.
  const SpanState* const span;
  const std::uint64_t span_id;
  std::atomic<bool> is_ended{false};
  std::atomic<std::uint32_t> references{2};
};

// Makes `entries` (one reference, taken over) current until the scope ends. Null: memory ran out.
EntriesScope* open_scope(ThreadState& thread, TracerCore& tracer, ContextEntry* entries) noexcept;

// Takes over the reference. False: out of order, something else is innermost here.
bool end_scope(EntriesScope* scope) noexcept;
// The same for a scope of the user's, where that is counted.
void close_scope(EntriesScope* scope) noexcept;

// Makes `entries` (as above) current until the innermost span ends, or the scope within that, or
// the flow. False: memory ran out.
bool set_entries(ThreadState& thread, TracerCore& tracer, ContextEntry* entries) noexcept;

// Of the calling thread's flow; null if there are none. The flow refers to them.
ContextEntry* current_entries() noexcept;

}  // namespace honeyhive::sdk
