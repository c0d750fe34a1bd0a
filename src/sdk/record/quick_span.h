#pragma once

// The usual start and end of a span, inline and without a call: what is not usual goes through
// `start_span` and `end_span`.

#include <cstdint>
#include <string_view>

#include "core/inline.h"
#include "sdk/record/recorder.h"
#include "sdk/record/span_record.h"
#include "sdk/record/span_state.h"

namespace honeyhive::sdk {

inline constexpr std::uint32_t small_span_bytes = 320;

// Never zero: that is no id.
HH_INLINE std::uint64_t not_zero(std::uint64_t id) noexcept {
  if (HH_UNLIKELY(id == 0)) return 1;
  return id;
}

HH_INLINE std::uint64_t after_last(ThreadState& thread, std::uint64_t now) noexcept {
  constexpr std::uint64_t step_ns = 1'000'000'000;  // a clock set back by more is followed
  if (HH_UNLIKELY(now <= thread.last_ns && thread.last_ns - now < step_ns))
    now = thread.last_ns + 1;
  return thread.last_ns = now;
}
// Back to the pool of its own thread, as it is.
HH_INLINE void give_back(SpanState& span, ThreadState& thread) noexcept {
  span.below = thread.free_spans;
  thread.free_spans = &span;
}

struct SpanStart {
  TracerCore& tracer;
  std::string_view name;
  std::uint8_t kind = 1;
  KnownEventType type = KnownEventType::none;
};

HH_INLINE bool is_sampled(const TracerCore& tracer, std::uint64_t trace_tail) noexcept {
  if (tracer.reject_below == 0) return true;
  constexpr std::uint64_t low_56_bits = (std::uint64_t{1} << 56) - 1;
  return (__builtin_bswap64(trace_tail) & low_56_bits) >= tracer.reject_below;
}

// Makes `span`, the first of the pool, the current one: it has an identity and records nothing.
HH_INLINE SpanState* start_unsampled(ThreadState& thread, TracerSlot& slot, SpanState& span,
                                     TracerCore& tracer) noexcept {
  thread.free_spans = span.below;
  span.below = thread.top;
  span.tracer = &tracer;
  span.sampled = false;
  slot.counters.sampled_out.add();
  return thread.top = &span;
}

// The usual case, without a call: the thread knows the tracer and has a buffer, and the span is a
// root or a child of the same tracer's span. Null: it is not the usual case, and nothing has
// happened.
HH_INLINE SpanState* start_span_quickly(ThreadState* thread, const SpanStart& start) noexcept {
  if (HH_UNLIKELY(thread == nullptr)) return nullptr;
  TracerSlot* const slot = thread->find_slot(start.tracer.index);
  SpanState* const span = thread->free_spans;
  SpanState* const top = thread->top;
  if (HH_UNLIKELY(slot == nullptr || span == nullptr || thread->entries != nullptr)) {
    return nullptr;
  }
  const auto starts = [&](Starts how) {
    return start.tracer.starts.load(std::memory_order_relaxed) == how;
  };
  if (top != nullptr) {
    if (HH_UNLIKELY(starts(Starts::slowly) || top->tracer != &start.tracer ||
                    top->ended.load(std::memory_order_acquire))) {
      return nullptr;
    }
    span->trace_id[0] = top->trace_id[0];
    span->trace_id[1] = top->trace_id[1];
    if (HH_UNLIKELY(!top->sampled)) return start_unsampled(*thread, *slot, *span, start.tracer);
  } else if (HH_UNLIKELY(!starts(Starts::quickly))) {
    if (!starts(Starts::roots_sampled)) return nullptr;
    // A look ahead at the id: if the trace is recorded, it is drawn again, here or the long way.
    core::Xoshiro256 ids = thread->trace_ids;
    span->trace_id[0] = not_zero(ids());
    span->trace_id[1] = ids();
    if (!is_sampled(start.tracer, span->trace_id[1])) {
      thread->trace_ids = ids;
      return start_unsampled(*thread, *slot, *span, start.tracer);
    }
  }
  std::uint64_t now = 0;
  if (HH_UNLIKELY(span->quick_limit == 0 || start.name.size() > longest_short_text ||
                  !Recorder::clock.try_ticks(now))) {
    return nullptr;
  }
  if (top == nullptr) {
    span->trace_id[0] = not_zero(thread->trace_ids());
    span->trace_id[1] = thread->trace_ids();
  }
  thread->free_spans = span->below;
  span->below = top;
  span->tracer = &start.tracer;
  span->sampled = true;
  span->notes = start.tracer.first_notes;
  span->notes.flags |= static_cast<std::uint16_t>(start.type);
  span->span_id = not_zero(thread->span_ids());
  span->start_ns = after_last(*thread, now);
  const std::uint64_t* const parent_id = top != nullptr ? &top->span_id : nullptr;
  span_record::write_start(*span, parent_id, start.name, start.kind);
  slot->counters.started.add();
  return thread->top = span;
}

// The usual case, without a call: a small span, innermost on its own thread, known to nobody else,
// for which the thread's chunk has room. False: it is not, and nothing has happened.
HH_INLINE bool end_span_quickly(ThreadState* thread, SpanState& span) noexcept {
  if (HH_UNLIKELY(thread == nullptr || thread->top != &span)) return false;
  if (HH_UNLIKELY(!span.sampled)) {
    TracerSlot* const its_slot = thread->find_slot(span.tracer->index);
    if (its_slot == nullptr || span.turns.load(std::memory_order_relaxed) != 0) return false;
    its_slot->counters.sampled_out_ended.add();
    thread->top = span.below;
    give_back(span, *thread);
    return true;
  }
  if (HH_UNLIKELY(span.size > small_span_bytes || span.size >= span.quick_limit)) return false;
  const TracerCore& tracer = *span.tracer;
  TracerSlot* const slot = thread->find_slot(tracer.index);
  std::uint64_t now = 0;
  if (HH_UNLIKELY(slot == nullptr ||
                  tracer.publish_limit.load(std::memory_order_relaxed) <
                      small_span_bytes + span_end_bytes ||
                  !Recorder::clock.try_ticks(now))) {
    return false;
  }
  now = after_last(*thread, now);
  if (HH_UNLIKELY(now < span.start_ns)) return false;  // the clock was set back
  const std::uint32_t bytes = span_record::write_usual_end(span, now);
  const RecordInfo what{bytes, RecordType::span,  span.notes.flags, span.notes.tracer,
                        now,   span.notes.session};
  if (HH_UNLIKELY(!slot->lane->try_append_small(what, span.buffer))) return false;
  slot->counters.ended.add();
  thread->top = span.below;
  give_back(span, *thread);
  return true;
}

}  // namespace honeyhive::sdk
