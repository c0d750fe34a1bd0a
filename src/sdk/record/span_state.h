#pragma once

// An open span: its OTLP bytes, written as they are set, in a buffer of the thread's pool.
//
// A span is written without a lock by the thread that started it, through its handle. Everything
// else takes turns (`SpanWriter` does): the handle on another thread, what enriches the current
// span, and all writers once a `SpanRef` exists. It is referred to by its handle, by the stack of
// the thread that started it, and by SpanRefs; the last of them to go returns it to its pool.

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <string_view>

#include "core/ids.h"
#include "core/inline.h"
#include "core/limits.h"
#include "sdk/record/key_filter.h"
#include "sdk/record/session_core.h"
#include "sdk/record/thread_state.h"
#include "sdk/record/tracer_core.h"

namespace honeyhive::sdk {

// Event types whose attributes the worker adds, so that they cost the caller nothing.
enum class KnownEventType : std::uint8_t { none = 0, model = 1, tool = 2, chain = 3, session = 4 };
inline constexpr std::size_t known_event_types = 5;

// Why all writers of a span take turns (`SpanState::turns`), its handle too.
namespace takes_turns {
inline constexpr std::uint8_t shared = 1;    // a SpanRef was made
inline constexpr std::uint8_t in_event = 2;  // an event is open: only who opened it writes
inline constexpr std::uint8_t in_hook = 4;   // users' code runs, and may end the span
}  // namespace takes_turns

struct alignas(64) SpanState {
  char* buffer = nullptr;  // a framed record that lacks its end; malloc'ed
  std::uint32_t size = 0;
  std::uint32_t capacity = 0;
  SpanNotes notes;
  std::uint32_t quick_limit = 0;  // the short ways are open while `size` is below; 0: none is

  std::uint64_t trace_id[2] = {};  // as the bytes lie in memory
  std::uint64_t span_id = 0;
  std::uint64_t start_ns = 0;
  TracerCore* tracer = nullptr;
  std::atomic<ThreadState*> owner{nullptr};  // whose stack and pool it is in
  SpanState* below = nullptr;                // on the owner's stack, or in its pool
  bool sampled = false;
  bool is_frame = false;  // no span: what `origin`, or another process, is for those below it
  EntriesScope* scope = nullptr;   // ends once this is popped; refers to it
  SpanState* origin = nullptr;     // of a frame; null: another process's
  SessionCore* session = nullptr;  // if `notes.session` is not 0; refers to it

  // In the pool as they are here, so that a start need not set them.
  std::atomic<bool> ended{false};
  std::atomic<std::uint8_t> turns{0};        // why all writers take turns, if they do
  std::atomic<std::uintptr_t> busy{0};       // whose turn it is: a thread's mark (span_turn.h)
  std::atomic<std::uint32_t> references{2};  // the handle's and the stack's

  std::uint32_t moves = 0;   // how often bytes that were written have changed their place
  std::uint64_t end_ns = 0;  // when its handle ended it, if it could not be finished at once
  KeyFilter cut_keys;        // that have a mark, if `notes.has_cut_values`
};

HH_INLINE bool is_owned_here(const SpanState& span) noexcept {
  return span.owner.load(std::memory_order_relaxed)->is_here();
}

inline SpanState* ThreadState::take_span() noexcept {
  if (HH_UNLIKELY(free_spans == nullptr && !refill_pool())) return nullptr;
  SpanState* const span = free_spans;
  free_spans = span->below;
  return span;
}

// Of key and value together: every length on the wire then takes one byte.
inline constexpr std::uint32_t longest_short_text = 110;

// Room that is always left for what `end_span` writes.
inline constexpr std::uint32_t span_end_bytes = 64;

// An attribute takes at least 9 bytes: a span below this size has room for one more.
inline constexpr std::uint32_t least_attribute_bytes = 9;
inline constexpr std::uint32_t surely_room_below =
    least_attribute_bytes * core::limits::attributes_per_span;

// After the buffer or the notes changed: whether, and how far, the short ways are open. They are
// not for a span whose writers take turns, that is sent alone, has limits of its own, or has cut or
// dropped something. The
// number of attributes need not be looked at there: it cannot reach its limit while `size` is
// below.
inline void set_quick_limit(SpanState& span) noexcept {
  constexpr std::uint32_t reserve = longest_short_text + 8 + span_end_bytes;
  const bool open = span.capacity > reserve && span.scope == nullptr &&
                    span.turns.load(std::memory_order_relaxed) == 0 &&
                    (span.notes.flags & record_flag::alone) == 0 && !span.notes.has_own_limits &&
                    !span.notes.has_cut_values && span.notes.dropped_attributes == 0 &&
                    span.notes.dropped_events == 0;
  const std::uint32_t left = core::limits::attributes_per_span - span.notes.attributes;
  const std::uint32_t countless =
      span.size < surely_room_below ? surely_room_below : span.size + left * least_attribute_bytes;
  span.quick_limit = open ? std::min(span.capacity - reserve, countless) : 0;
}

// Starts a span and makes it current. Null: nothing can be recorded (memory ran out). A span that
// is not sampled is current too, and says so.
SpanState* start_span(TracerCore& tracer, std::string_view name, std::uint8_t kind = 1,
                      KnownEventType type = KnownEventType::none) noexcept;

// Ends the span: takes it off its stack and hands its record to the calling thread's lane. True if
// it was recorded and published.
bool end_span(SpanState& span) noexcept;

// Ends a span whose handle is gone, at `end_ns`; if it is another's turn, it is left to that.
bool end_or_leave(SpanState& span) noexcept;

// The innermost open span of the calling thread; null if there is none.
SpanState* current_span() noexcept;

// References. The last to go returns the span to its pool.
void retain_span(SpanState& span) noexcept;
void release_span(SpanState& span) noexcept;
// One more, for other threads: from now on all writers take turns. False: it is being ended.
bool share_span(SpanState& span) noexcept;
// Of a span or frame that nothing refers to.
void return_to_pool(SpanState& span) noexcept;

// Nanoseconds since 1970, always more than before on this thread: spans sort by their start.
std::uint64_t now_ns(ThreadState& thread) noexcept;

}  // namespace honeyhive::sdk
