#include "sdk/record/span_state.h"

#include <algorithm>
#include <cstdlib>

#include "core/inline.h"
#include "core/limits.h"
#include "core/utf8.h"
#include "otlp/encode.h"
#include "sdk/record/context_entry.h"
#include "sdk/record/flow.h"
#include "sdk/record/no_cancel.h"
#include "sdk/record/quick_span.h"
#include "sdk/record/recorder.h"
#include "sdk/record/span_turn.h"
#include "sdk/record/span_writer.h"
#include "sdk/record/trim.h"

namespace honeyhive::sdk {
namespace {

namespace field = otlp::field;
using otlp::tag_byte;
using otlp::Wire;

constexpr std::uint32_t first_buffer_bytes = 1 << 10;
constexpr std::uint32_t pooled_buffer_bytes = 64 << 10;  // larger ones are freed at the end

}  // namespace

HH_NOINLINE void return_to_pool(SpanState& span) noexcept {
  if (span.capacity > pooled_buffer_bytes) {
    std::free(span.buffer);
    span.buffer = nullptr;
    span.capacity = 0;
  }
  span.ended.store(false, std::memory_order_relaxed);
  span.turns.store(0, std::memory_order_relaxed);
  span.references.store(2, std::memory_order_relaxed);
  span.notes = {};
  span.scope = nullptr;
  span.size = 0;
  set_quick_limit(span);
  ThreadState& owner = *span.owner.load(std::memory_order_relaxed);
  if (detail::current_thread == &owner) {
    span.below = owner.free_spans;
    owner.free_spans = &span;
    return;
  }
  SpanState* head = owner.returned.load(std::memory_order_relaxed);
  do {
    span.below = head;
  } while (!owner.returned.compare_exchange_weak(head, &span, std::memory_order_release,
                                                 std::memory_order_relaxed));
}

void retain_span(SpanState& span) noexcept {
  span.references.fetch_add(1, std::memory_order_relaxed);
}

void release_span(SpanState& span) noexcept {
  if (span.references.fetch_sub(1, std::memory_order_acq_rel) == 1) return_to_pool(span);
}

bool share_span(SpanState& span) noexcept {
  const SpanWriter turn(&span, SpanWriter::Turns::always);
  if (!turn) return false;
  retain_span(span);
  span.turns.fetch_or(takes_turns::shared, std::memory_order_relaxed);
  set_quick_limit(span);
  return true;
}

namespace {

void pop(ThreadState& thread, SpanState& top) noexcept {
  thread.top = top.below;
  if (HH_UNLIKELY(top.scope != nullptr)) end_scope(top.scope);
}

// Spans that other threads have ended are still on the stack of the thread that started them.
void pop_ended(ThreadState& thread) noexcept {
  while (HH_UNLIKELY(thread.top != nullptr && thread.top->ended.load(std::memory_order_acquire))) {
    SpanState& gone = *thread.top;
    pop(thread, gone);
    release_span(gone);
  }
}

std::uint64_t read_clock(ThreadState& thread) noexcept {
  return after_last(thread, Recorder::clock.unix_ns());
}

// The span that a new one of `tracer` is a child of; and the id of the trace.
SpanState* find_parent(const TracerCore& tracer, SpanState* top) noexcept {
  if (HH_LIKELY(top->tracer == &tracer)) return top;
  // Below the innermost there may be spans that another thread has ended; their tracer may be gone.
  while (top != nullptr && (top->ended.load(std::memory_order_acquire) || top->tracer->is_off ||
                            top->tracer->destination != tracer.destination)) {
    top = top->below;
  }
  return top;
}

// What a new span is a child of; nothing for a root.
struct Parent {
  const std::uint64_t* span_id = nullptr;
  const std::uint64_t* trace_id = nullptr;
  bool is_sampled = false;
};

Parent parent_of(const TracerCore& tracer, SpanState* top) noexcept {
  if (top != nullptr) {
    const SpanState* const parent = find_parent(tracer, top);
    return parent != nullptr ? Parent{&parent->span_id, parent->trace_id, parent->sampled}
                             : Parent{};
  }
  const RemoteParent* const base = tracer.base.get();
  return base != nullptr ? Parent{&base->span_id, base->trace_id, base->is_sampled} : Parent{};
}

// What the span's context says of it. There is room for the trace state.
void write_context(SpanState& span, const ContextEntry* entries) noexcept {
  const ContextEntry* const entry = find_entry(entries, *span.tracer);
  if (entry != nullptr && entry->session != nullptr) {
    span.session = entry->session;
    span.notes.session = entry->session->slot;
    retain_session(*entry->session);
  }
  const RemoteParent* const remote =
      entry != nullptr && entry->remote != nullptr ? entry->remote.get() : span.tracer->base.get();
  if (remote == nullptr) return;
  if (!remote->trace_state.empty() && remote->trace_id[0] == span.trace_id[0] &&
      remote->trace_id[1] == span.trace_id[1]) {
    char* out = span.buffer + span.size;
    *out++ = tag_byte(field::span::trace_state, Wire::bytes);
    out = otlp::put_length(out, remote->trace_state.size());
    out = otlp::put_bytes(out, remote->trace_state.data(), remote->trace_state.size());
    span.size = static_cast<std::uint32_t>(out - span.buffer);
  }
  SpanWriter writer(&span);
  const auto text = [&](std::string_view key, std::string_view value) {
    if (!value.empty()) writer.text(key, value);
  };
  text("honeyhive_metadata.run_id", remote->run_id);
  text("honeyhive_metadata.dataset_id", remote->dataset_id);
  text("honeyhive_metadata.datapoint_id", remote->datapoint_id);
}

bool make_room(SpanState& span, std::size_t needed) noexcept {
  if (span.capacity >= needed) return true;
  const std::size_t wanted = needed < first_buffer_bytes ? first_buffer_bytes : needed * 2;
  auto* const buffer = static_cast<char*>(std::realloc(span.buffer, wanted));
  if (buffer == nullptr) return false;
  span.buffer = buffer;
  span.capacity = static_cast<std::uint32_t>(wanted);
  return true;
}

char* put_count(char* out, std::uint32_t number, std::uint32_t count) noexcept {
  if (count == 0) return out;
  *out++ = tag_byte(number, Wire::varint);
  return core::put_varint(out, count);
}

void write_end(SpanState& span, std::uint64_t end_ns) noexcept {
  span.size = span_record::write_usual_end(span, end_ns);
  char* out = span.buffer + span.size;
  out = put_count(out, field::span::dropped_attributes_count, span.notes.dropped_attributes);
  out = put_count(out, field::span::dropped_events_count, span.notes.dropped_events);
  span.size = static_cast<std::uint32_t>(out - span.buffer);
}

HH_NOINLINE bool publish_after_wait(const TracerCore& tracer, TracerSlot& slot,
                                    const RecordInfo& what, const char* record) noexcept {
  const NoCancel whole;
  const auto attempt = [&] { return slot.lane->append(what, record); };
  try {
    if (tracer.on_full_wait.count() > 0 &&
        Recorder::get().wait_for_room(tracer.on_full_wait, attempt)) {
      return true;
    }
  } catch (...) {
    // Waiting needs no memory of ours; if the system cannot wait, the span is dropped.
  }
  slot.counters.buffer_full.add();
  return false;
}

// disable_batch: the end of the span waits for the server's answer.
HH_NOINLINE bool publish_alone(const SpanState& span, TracerSlot& slot,
                               const RecordInfo& what) noexcept {
  const NoCancel whole;
  TracerCore& tracer = *span.tracer;
  const bool waits = tracer.expect_answer(span.span_id);
  const auto longest_wait = tracer.answer_wait;  // once it is sent, the tracer may be another
  if (!slot.lane->append(what, span.buffer) &&
      !publish_after_wait(tracer, slot, what, span.buffer)) {
    tracer.note_answered(span.span_id);
    return false;
  }
  Recorder::get().waker().wake();
  if (waits) tracer.wait_for_answer(span.span_id, longest_wait);
  return true;
}

// The span is larger than may be sent, or its tracer has closed.
HH_NOINLINE bool fit_to_limit(SpanState& span, TracerSlot& slot) noexcept {
  TracerCore& tracer = *span.tracer;
  if (tracer.closed.load(std::memory_order_relaxed)) {
    slot.counters.closed.add();
    return false;
  }
  if (const auto cut = trim_longest_values(span, tracer.max_span_bytes)) {
    slot.counters.values_cut.add(*cut);
    return true;
  }
  slot.counters.too_large.add();
  return false;
}

HH_INLINE bool publish(SpanState& span, TracerSlot& slot, std::uint64_t end_ns) noexcept {
  TracerCore& tracer = *span.tracer;
  if (HH_UNLIKELY(span.size > tracer.publish_limit.load(std::memory_order_relaxed) &&
                  !fit_to_limit(span, slot))) {
    return false;
  }
  const RecordInfo what{span.size,    RecordType::span, span.notes.flags,
                        tracer.index, end_ns,           span.notes.session};
  if (HH_UNLIKELY((what.flags & record_flag::alone) != 0)) return publish_alone(span, slot, what);
  if (HH_LIKELY(slot.lane->append(what, span.buffer))) return true;
  return publish_after_wait(tracer, slot, what, span.buffer);
}

// Takes a span that is not on top, or not this thread's, off its stack.
void unlink(SpanState& span, ThreadState* thread) noexcept {
  // The owner finds it ended.
  if (thread != span.owner.load(std::memory_order_relaxed)) return;
  for (SpanState** at = &thread->top; *at != nullptr; at = &(*at)->below) {
    if (*at != &span) continue;
    *at = span.below;
    if (HH_UNLIKELY(span.scope != nullptr)) end_scope(span.scope);
    release_span(span);
    return;
  }
}

HH_INLINE bool finish(SpanState& span, std::uint64_t end_ns, TracerSlot& slot) noexcept {
  if (HH_UNLIKELY(end_ns < span.start_ns)) end_ns = span.start_ns;  // another thread's clock
  write_end(span, end_ns);
  slot.counters.ended.add();
  const bool published = publish(span, slot, end_ns);
  if (HH_UNLIKELY(!published && span.notes.session != 0)) release_session(*span.session);
  return published;
}

// The span is not this thread's innermost, or others may be writing to it, or memory ran out.
HH_NOINLINE bool end_elsewhere(SpanState& span, ThreadState* thread, TracerSlot* slot) noexcept {
  // Counted first: once the span itself is, its tracer's slot may be used for another.
  if (slot != nullptr && thread->top != &span) slot->counters.context_mismatch.add();
  if (thread != nullptr) {
    thread->last_ns = std::max(thread->last_ns, span.start_ns);
    span.end_ns = read_clock(*thread);
  }
  unlink(span, thread);
  return end_or_leave(span);
}

}  // namespace

std::uint64_t now_ns(ThreadState& thread) noexcept { return read_clock(thread); }

SpanState* start_span(TracerCore& tracer, std::string_view name, std::uint8_t kind,
                      KnownEventType type) noexcept {
  ThreadState* const thread = this_thread();
  TracerSlot* const slot = thread != nullptr ? thread->slot(tracer) : nullptr;
  SpanState* const span = slot != nullptr ? thread->take_span() : nullptr;
  if (span == nullptr) {
    tracer.unrecorded.fetch_add(1, std::memory_order_relaxed);
    return nullptr;
  }
  pop_ended(*thread);
  SpanState* const top = thread->top;
  const Parent parent = parent_of(tracer, top);
  const std::uint64_t* const trace_id = top != nullptr ? top->trace_id : parent.trace_id;
  span->trace_id[0] = trace_id != nullptr ? trace_id[0] : not_zero(thread->trace_ids());
  span->trace_id[1] = trace_id != nullptr ? trace_id[1] : thread->trace_ids();
  span->tracer = &tracer;
  span->sampled =
      !tracer.is_off &&
      (parent.span_id != nullptr ? parent.is_sampled : is_sampled(tracer, span->trace_id[1]));
  span->below = top;
  if (!span->sampled) {
    slot->counters.sampled_out.add();
    return thread->top = span;
  }
  span->notes = tracer.first_notes;
  span->notes.flags |= static_cast<std::uint16_t>(type);
  span->span_id = not_zero(thread->span_ids());
  span->start_ns = read_clock(*thread);
  const std::size_t name_bytes = name.size();
  name = core::cut_at_character(name, core::limits::name_bytes);
  if (!make_room(*span, name.size() + core::limits::tracestate_bytes + 128)) {
    tracer.unrecorded.fetch_add(1, std::memory_order_relaxed);
    return_to_pool(*span);
    return nullptr;
  }
  span_record::write_start(*span, parent.span_id, name, kind);
  write_context(*span, current_entries());
  set_quick_limit(*span);
  slot->counters.started.add();
  SpanWriter(span).note_cut_name(name_mark, name_bytes - name.size());
  if (parent.span_id == nullptr && top != nullptr && top->sampled) SpanWriter(span).link(*top);
  return thread->top = span;
}

bool end_span(SpanState& span) noexcept {
  ThreadState* const thread = this_thread();
  TracerSlot* const slot = thread != nullptr ? thread->slot(*span.tracer) : nullptr;
  if (thread != nullptr && thread->top != &span) pop_ended(*thread);
  if (slot == nullptr || thread->top != &span || span.turns.load(std::memory_order_relaxed) != 0) {
    return end_elsewhere(span, thread, slot);
  }
  const bool published = span.sampled && finish(span, read_clock(*thread), *slot);
  if (!span.sampled) slot->counters.sampled_out_ended.add();
  pop(*thread, span);
  const bool is_as_new = span.quick_limit != 0 && span.quick_limit <= surely_room_below;
  if (is_as_new && span.capacity <= pooled_buffer_bytes) {
    give_back(span, *thread);
  } else {
    return_to_pool(span);
  }
  return published;
}

bool end_or_leave(SpanState& span) noexcept {
  // Others who write finish first, and find it ended afterwards.
  while (take_turn(span) != Turn::taken) {
    if (leave_end(span)) return false;
  }
  ThreadState* const thread = this_thread();
  TracerSlot* const slot = thread != nullptr ? thread->slot(*span.tracer) : nullptr;
  bool published = false;
  if (slot != nullptr && span.sampled) {
    published = finish(span, span.end_ns, *slot);
  } else if (slot != nullptr) {
    slot->counters.sampled_out_ended.add();
  } else {  // memory ran out
    if (span.sampled && span.notes.session != 0) release_session(*span.session);
    (span.sampled ? span.tracer->lost_ends : span.tracer->lost_unsampled_ends)
        .fetch_add(1, std::memory_order_relaxed);
  }
  span.ended.store(true, std::memory_order_release);
  span.busy.store(0, std::memory_order_release);
  release_span(span);
  return published;
}

SpanState* current_span() noexcept {
  ThreadState* const thread = detail::current_thread;
  if (thread == nullptr) return nullptr;
  pop_ended(*thread);
  return thread->top;
}

}  // namespace honeyhive::sdk
