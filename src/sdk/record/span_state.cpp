#include "sdk/record/span_state.h"

#include <algorithm>
#include <cstdlib>

#include "core/limits.h"
#include "core/utf8.h"
#include "otlp/encode.h"
#include "sdk/record/recorder.h"
#include "sdk/record/span_writer.h"
#include "sdk/record/trim.h"

namespace honeyhive::sdk {
namespace {

namespace field = otlp::field;
using otlp::put_raw;
using otlp::tag_byte;
using otlp::Wire;

constexpr std::uint32_t first_buffer_bytes = 1 << 10;
constexpr std::uint32_t pooled_buffer_bytes = 64 << 10;  // larger ones are freed at the end

// Source: opentelemetry-proto, SpanFlags: bits 0 to 7 are the W3C flags (sampled), bit 8 says that
// bit 9 (parent is remote) is known.
constexpr std::uint32_t local_sampled_flags = 0x101;

// Never zero: that is no id.
HH_INLINE std::uint64_t not_zero(std::uint64_t id) noexcept { return id + (id == 0); }

template <char Tag, std::size_t Size>
char* put_id(char* out, const void* id) noexcept {
  *out++ = Tag;
  *out++ = static_cast<char>(Size);
  std::memcpy(out, id, Size);
  return out + Size;
}
constexpr char trace_id_tag = tag_byte(field::span::trace_id, Wire::bytes);
constexpr char span_id_tag = tag_byte(field::span::span_id, Wire::bytes);
constexpr char parent_id_tag = tag_byte(field::span::parent_span_id, Wire::bytes);

__attribute__((noinline)) void recycle(SpanState& span) noexcept {
  if (span.capacity > pooled_buffer_bytes) {
    std::free(span.buffer);
    span.buffer = nullptr;
    span.capacity = 0;
  }
  span.ended.store(false, std::memory_order_relaxed);
  span.shared.store(false, std::memory_order_relaxed);
  span.references.store(2, std::memory_order_relaxed);
  set_quick_limit(span);
  ThreadState& owner = *span.owner;
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

void drop_reference(SpanState& span) noexcept {
  if (span.references.fetch_sub(1, std::memory_order_acq_rel) == 1) recycle(span);
}

// Spans that other threads have ended are still on the stack of the thread that started them.
void pop_ended(ThreadState& thread) noexcept {
  while (thread.top != nullptr && thread.top->ended.load(std::memory_order_acquire)) [[unlikely]] {
      SpanState& gone = *thread.top;
      thread.top = gone.below;
      drop_reference(gone);
    }
}

HH_INLINE std::uint64_t read_clock(ThreadState& thread) noexcept {
  constexpr std::uint64_t step_ns = 1'000'000'000;  // a clock set back by more is followed
  const std::uint64_t now = Recorder::clock.unix_ns();
  if (now <= thread.last_ns && thread.last_ns - now < step_ns) [[unlikely]]
    return ++thread.last_ns;
  return thread.last_ns = now;
}

// The span that a new one of `tracer` is a child of; and the id of the trace.
SpanState* find_parent(const TracerCore& tracer, SpanState* top) noexcept {
  if (top->tracer == &tracer) [[likely]]
    return top;
  while (top != nullptr && top->tracer->destination != tracer.destination) top = top->below;
  return top;
}

bool is_sampled(const TracerCore& tracer, std::uint64_t trace_tail) noexcept {
  if (tracer.reject_below == 0) return true;
  constexpr std::uint64_t low_56_bits = (std::uint64_t{1} << 56) - 1;
  return (__builtin_bswap64(trace_tail) & low_56_bits) >= tracer.reject_below;
}

__attribute__((noinline)) bool make_room(SpanState& span, std::size_t needed) noexcept {
  const std::size_t wanted = needed < first_buffer_bytes ? first_buffer_bytes : needed * 2;
  auto* const buffer = static_cast<char*>(std::realloc(span.buffer, wanted));
  if (buffer == nullptr) return false;
  span.buffer = buffer;
  span.capacity = static_cast<std::uint32_t>(wanted);
  set_quick_limit(span);
  return true;
}

HH_INLINE bool write_start(SpanState& span, const SpanState* parent, std::string_view name,
                           std::uint8_t kind) noexcept {
  if (name.size() > core::limits::name_bytes) [[unlikely]] {
    name = core::cut_at_character(name, core::limits::name_bytes);
  }
  const std::size_t needed = name.size() + 128;
  if (span.capacity < needed && !make_room(span, needed)) [[unlikely]]
    return false;
  char* out = span.buffer + otlp::record_frame_bytes;
  out = put_id<trace_id_tag, 16>(out, span.trace_id);
  out = put_id<span_id_tag, 8>(out, &span.span_id);
  if (parent != nullptr) out = put_id<parent_id_tag, 8>(out, &parent->span_id);
  out = otlp::put_text_field(out, tag_byte(field::span::name, Wire::bytes), name);
  *out++ = tag_byte(field::span::kind, Wire::varint);
  *out++ = static_cast<char>(kind);
  *out++ = tag_byte(field::span::start_time, Wire::fixed64);
  out = put_raw(out, span.start_ns);
  span.size = static_cast<std::uint32_t>(out - span.buffer);
  return true;
}

char* put_count(char* out, std::uint32_t number, std::uint32_t count) noexcept {
  if (count == 0) return out;
  *out++ = tag_byte(number, Wire::varint);
  return core::put_varint(out, count);
}

// The rest of the record: what is known only at the end. The buffer has room (`SpanWriter` keeps
// it).
HH_INLINE void write_end(SpanState& span, std::uint64_t end_ns) noexcept {
  char* out = span.buffer + span.size;
  *out++ = tag_byte(field::span::end_time, Wire::fixed64);
  out = put_raw(out, end_ns);
  if (span.notes.dropped_any()) [[unlikely]] {
    out = put_count(out, field::span::dropped_attributes_count, span.notes.dropped_attributes);
    out = put_count(out, field::span::dropped_events_count, span.notes.dropped_events);
  }
  constexpr std::uint32_t flags_tag = otlp::tag(field::span::flags, Wire::fixed32);
  out = put_raw(out, static_cast<std::uint16_t>((flags_tag & 0x7f) | 0x80 | flags_tag >> 7 << 8));
  out = put_raw(out, local_sampled_flags);
  span.size = static_cast<std::uint32_t>(out - span.buffer);
}

__attribute__((noinline)) bool publish_after_wait(const TracerCore& tracer, TracerSlot& slot,
                                                  const RecordInfo& what,
                                                  const char* record) noexcept {
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
__attribute__((noinline)) bool publish_alone(const SpanState& span, TracerSlot& slot,
                                             const RecordInfo& what) noexcept {
  TracerCore& tracer = *span.tracer;
  const bool waits = tracer.expect_answer(span.span_id);
  if (!slot.lane->append(what, span.buffer) &&
      !publish_after_wait(tracer, slot, what, span.buffer)) {
    tracer.note_answered(span.span_id);
    return false;
  }
  Recorder::get().waker().wake();
  if (waits) tracer.wait_for_answer(span.span_id);
  return true;
}

// The span is larger than may be sent, or its tracer has closed.
__attribute__((noinline)) bool fit_to_limit(SpanState& span, TracerSlot& slot) noexcept {
  TracerCore& tracer = *span.tracer;
  if (tracer.closed.load(std::memory_order_relaxed)) {
    slot.counters.closed.add();
    return false;
  }
  if (trim_longest_values(span, tracer.max_span_bytes)) return true;
  slot.counters.too_large.add();
  return false;
}

HH_INLINE bool publish(SpanState& span, TracerSlot& slot, std::uint64_t end_ns) noexcept {
  TracerCore& tracer = *span.tracer;
  if (span.size > tracer.publish_limit.load(std::memory_order_relaxed) && !fit_to_limit(span, slot))
      [[unlikely]] {
    return false;
  }
  const RecordInfo what{span.size, RecordType::span, span.notes.flags, tracer.index, end_ns};
  if ((what.flags & record_flag::alone) != 0) [[unlikely]]
    return publish_alone(span, slot, what);
  if (slot.lane->append(what, span.buffer)) [[likely]]
    return true;
  return publish_after_wait(tracer, slot, what, span.buffer);
}

// Takes a span that is not on top, or not this thread's, off its stack.
void unlink(SpanState& span, ThreadState* thread, TracerSlot* slot) noexcept {
  if (slot != nullptr) slot->counters.context_mismatch.add();
  if (thread != span.owner) return;  // the owner finds it ended
  for (SpanState** at = &thread->top; *at != nullptr; at = &(*at)->below) {
    if (*at != &span) continue;
    *at = span.below;
    drop_reference(span);
    return;
  }
}

HH_INLINE bool finish(SpanState& span, ThreadState& thread, TracerSlot& slot) noexcept {
  std::uint64_t end_ns = read_clock(thread);
  if (end_ns < span.start_ns) [[unlikely]]
    end_ns = span.start_ns;  // another thread's clock
  write_end(span, end_ns);
  slot.counters.ended.add();
  return publish(span, slot, end_ns);
}

// The span is not this thread's innermost, or others may be writing to it, or memory ran out.
__attribute__((noinline)) bool end_elsewhere(SpanState& span, ThreadState* thread,
                                             TracerSlot* slot) noexcept {
  bool published = false;
  {
    // Writers of a shared span finish first, and find it ended afterwards.
    const SpanWriter turn(&span);
    if (thread != nullptr) thread->last_ns = std::max(thread->last_ns, span.start_ns);
    published = span.sampled && slot != nullptr && finish(span, *thread, *slot);
    span.ended.store(true, std::memory_order_release);
  }
  if (thread != nullptr && thread->top == &span) {
    thread->top = span.below;
    drop_reference(span);
  } else {
    unlink(span, thread, slot);
  }
  drop_reference(span);
  return published;
}

__attribute__((noinline)) void link_to(SpanState& span, const SpanState& other) noexcept {
  if (other.sampled) SpanWriter(&span).link(other);
}

}  // namespace

std::uint64_t now_ns(ThreadState& thread) noexcept { return read_clock(thread); }

SpanState* start_span(TracerCore& tracer, std::string_view name, std::uint8_t kind,
                      KnownEventType type) noexcept {
  ThreadState* const thread = this_thread();
  if (thread == nullptr) [[unlikely]]
    return nullptr;
  TracerSlot* const slot = thread->slot(tracer);
  SpanState* const span = slot != nullptr ? thread->take_span() : nullptr;
  if (span == nullptr) [[unlikely]]
    return nullptr;
  pop_ended(*thread);
  SpanState* const top = thread->top;
  const SpanState* parent = nullptr;
  if (top != nullptr) {
    parent = find_parent(tracer, top);
    span->trace_id[0] = top->trace_id[0];
    span->trace_id[1] = top->trace_id[1];
  } else {
    span->trace_id[0] = not_zero(thread->trace_ids());
    span->trace_id[1] = thread->trace_ids();
  }
  span->tracer = &tracer;
  span->sampled = parent != nullptr ? parent->sampled : is_sampled(tracer, span->trace_id[1]);
  span->below = top;
  if (!span->sampled) {
    slot->counters.sampled_out.add();
    return thread->top = span;
  }
  span->notes = tracer.first_notes;
  span->notes.flags |= static_cast<std::uint16_t>(type);
  span->span_id = not_zero(thread->span_ids());
  span->start_ns = read_clock(*thread);
  if (!write_start(*span, parent, name, kind)) [[unlikely]] {
    recycle(*span);
    return nullptr;
  }
  slot->counters.started.add();
  if (parent == nullptr && top != nullptr) [[unlikely]]
    link_to(*span, *top);
  return thread->top = span;
}

bool end_span(SpanState& span) noexcept {
  ThreadState* const thread = this_thread();
  TracerSlot* const slot = thread != nullptr ? thread->slot(*span.tracer) : nullptr;
  if (slot == nullptr || thread->top != &span || span.shared.load(std::memory_order_relaxed))
      [[unlikely]] {
    return end_elsewhere(span, thread, slot);
  }
  // Nearly always: innermost, on its own thread, known to nobody else.
  const bool published = span.sampled && finish(span, *thread, *slot);
  thread->top = span.below;
  if (span.capacity > pooled_buffer_bytes) [[unlikely]] {
    recycle(span);
  } else {
    span.below = thread->free_spans;
    thread->free_spans = &span;
  }
  return published;
}

SpanState* current_span() noexcept {
  ThreadState* const thread = detail::current_thread;
  if (thread == nullptr) return nullptr;
  pop_ended(*thread);
  return thread->top;
}

void abandon_stack(ThreadState& thread) noexcept {
  while (thread.top != nullptr) {
    SpanState& span = *thread.top;
    thread.top = span.below;
    drop_reference(span);
  }
}

SpanRef SpanRef::current() noexcept {
  SpanState* const span = current_span();
  if (span == nullptr) return {};
  span->references.fetch_add(1, std::memory_order_relaxed);
  span->shared.store(true, std::memory_order_relaxed);
  set_quick_limit(*span);
  return SpanRef(span);
}

SpanRef::SpanRef(const SpanRef& other) noexcept : span_(other.span_) {
  if (span_ != nullptr) span_->references.fetch_add(1, std::memory_order_relaxed);
}

SpanRef::~SpanRef() {
  if (span_ != nullptr) drop_reference(*span_);
}

}  // namespace honeyhive::sdk
