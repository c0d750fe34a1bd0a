#include "sdk/record/flow.h"

#include <algorithm>
#include <new>
#include <utility>

#include "sdk/record/quick_span.h"
#include "sdk/record/span_writer.h"

namespace honeyhive::sdk {
namespace {

SavedContext* take_saved(ThreadState& thread) noexcept {
  SavedContext* const pooled = thread.free_contexts;
  if (pooled == nullptr) return new (std::nothrow) SavedContext;
  thread.free_contexts = pooled->next;
  --thread.free_context_count;
  pooled->references.store(1, std::memory_order_relaxed);
  return pooled;
}

void give_saved(SavedContext* saved) noexcept {
  constexpr std::uint32_t most_pooled = 64;
  ThreadState* const thread = detail::current_thread;
  if (thread == nullptr || thread->free_context_count >= most_pooled) {
    delete saved;
    return;
  }
  saved->next = thread->free_contexts;
  thread->free_contexts = saved;
  ++thread->free_context_count;
}

// A frame of `point` on `thread`'s stack; false if memory ran out.
bool push_frame(ThreadState& thread, const SpanPoint& point) noexcept {
  SpanState* const frame = thread.take_span();
  if (frame == nullptr) return false;
  frame->trace_id[0] = point.trace_id[0];
  frame->trace_id[1] = point.trace_id[1];
  frame->span_id = point.span_id;
  frame->tracer = point.tracer;
  frame->sampled = point.is_sampled;
  frame->is_frame = true;
  frame->origin = point.origin;
  frame->below = thread.top;
  thread.top = frame;
  return true;
}

// The spans of a moved flow write without taking turns on the thread that it is on now.
void adopt_spans(ThreadState& thread, SpanState* top) noexcept {
  for (; top != nullptr; top = top->below) {
    if (!top->is_frame) top->owner.store(&thread, std::memory_order_relaxed);
  }
}

// What a thread's flow is made of.
struct Flow {
  SpanState* top = nullptr;
  ContextEntry* entries = nullptr;
  SavedContext* source = nullptr;
  std::uint64_t id = 0;
  std::uint32_t scope_depth = 0;
};

Flow take_flow(ThreadState& thread) noexcept {
  return {std::exchange(thread.top, nullptr), std::exchange(thread.entries, nullptr),
          std::exchange(thread.source, nullptr), thread.flow_id,
          std::exchange(thread.scope_depth, 0)};
}

void drop(const Flow& flow) noexcept {
  drop_stack(flow.top);
  release(flow.entries);
  release(flow.source);
}

// Without a locked instruction where nobody else can refer to it.
template <typename T>
T* take(const SavedContext& from, std::atomic<T*>& pointer) noexcept {
  if (from.references.load(std::memory_order_acquire) != 1) {
    return pointer.exchange(nullptr, std::memory_order_acq_rel);
  }
  T* const taken = pointer.load(std::memory_order_relaxed);
  pointer.store(nullptr, std::memory_order_relaxed);
  return taken;
}

void save(SavedContext& saved, const ThreadState& thread, const Flow& flow) noexcept {
  saved.is_flow = true;
  saved.points = 0;
  saved.top.store(flow.top, std::memory_order_relaxed);
  saved.entries.store(flow.entries, std::memory_order_relaxed);
  saved.thread = &thread;
  saved.source = flow.source;
  saved.flow_id = flow.id;
  saved.scope_depth = flow.scope_depth;
}

void continue_flow(ThreadState& thread, SavedContext& saved) noexcept {
  thread.flow_id = saved.flow_id;
  thread.scope_depth = saved.scope_depth;
  thread.top = take(saved, saved.top);
  thread.entries = take(saved, saved.entries);
  if (thread.top != nullptr) thread.source = std::exchange(saved.source, nullptr);
  if (saved.thread != &thread) adopt_spans(thread, thread.top);
}

void begin_flow(ThreadState& thread, SavedContext* snapshot) noexcept {
  thread.flow_id = ++thread.last_flow_id;
  if (snapshot == nullptr) return;
  thread.source = retain(snapshot);
  thread.entries = retain(snapshot->entries.load(std::memory_order_relaxed));
  for (std::uint32_t i = snapshot->points; i-- > 0;) push_frame(thread, snapshot->point[i]);
}

void count_mismatch(ThreadState& thread) noexcept {
  const SpanState* const top = thread.top;
  TracerSlot* const slot = top != nullptr ? thread.slot(*top->tracer) : nullptr;
  if (slot != nullptr) slot->counters.context_mismatch.add();
}

// A flow that was left while another was current is no longer what that one goes back to.
SavedContext* skip_left(ThreadState& thread, SavedContext* before) noexcept {
  for (SavedContext** at = &thread.left_early; *at != nullptr;) {
    SavedContext* const left = *at;
    if (before == nullptr || !before->is_flow || left->left_id != before->flow_id) {
      at = &left->next;
      continue;
    }
    *at = left->next;
    --thread.left_early_count;
    release(before);
    before = left->left_for;
    give_saved(left);
    at = &thread.left_early;
  }
  return before;
}

void note_left(ThreadState& thread, std::uint64_t flow_id, SavedContext* before) noexcept {
  constexpr std::uint32_t most_left = 64;
  SavedContext* const left = thread.left_early_count < most_left ? take_saved(thread) : nullptr;
  if (left == nullptr) return release(before);
  left->is_flow = false;
  left->points = 0;
  left->left_id = flow_id;
  left->left_for = before;
  left->next = thread.left_early;
  thread.left_early = left;
  ++thread.left_early_count;
}

void add_point(SavedContext& to, SpanState& span) noexcept {
  const auto end = to.point.begin() + to.points;
  const bool is_known = std::any_of(
      to.point.begin(), end, [&](const SpanPoint& known) { return known.tracer == span.tracer; });
  if (is_known || to.points == SavedContext::most_points) return;
  SpanState* const origin = span.is_frame ? span.origin : &span;
  if (origin != nullptr && !(span.is_frame ? (retain_span(*origin), true) : share_span(*origin))) {
    return;  // it is being ended
  }
  to.point[to.points++] = {
      origin, span.tracer, {span.trace_id[0], span.trace_id[1]}, span.span_id, span.sampled};
  span.tracer->holders.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

void drop_stack(SpanState* top) noexcept {
  while (top != nullptr) {
    SpanState& span = *top;
    top = span.below;
    if (span.restores) release(std::exchange(span.entries_before, nullptr));
    if (!span.is_frame) {
      release_span(span);
      continue;
    }
    // As it was in the pool, but for this.
    span.is_frame = false;
    ThreadState* const owner = span.owner.load(std::memory_order_relaxed);
    owner == detail::current_thread ? give_back(span, *owner) : return_to_pool(span);
  }
}

void abandon_flow(ThreadState& thread) noexcept {
  drop(take_flow(thread));
  while (thread.left_early != nullptr) {
    SavedContext* const left = thread.left_early;
    thread.left_early = left->next;
    release(left->left_for);
    delete left;
  }
  thread.left_early_count = 0;
}

void release(SavedContext* context) noexcept {
  if (context == nullptr) return;
  // Who has the only reference need not count it down.
  if (context->references.load(std::memory_order_acquire) != 1 &&
      context->references.fetch_sub(1, std::memory_order_acq_rel) != 1) {
    return;
  }
  for (std::uint32_t i = 0; i < context->points; ++i) {
    const SpanPoint& point = context->point[i];
    if (point.origin != nullptr) release_span(*point.origin);
    point.tracer->holders.fetch_sub(1, std::memory_order_release);
  }
  context->points = 0;
  drop_stack(context->top.load(std::memory_order_relaxed));
  release(context->entries.load(std::memory_order_relaxed));
  release(std::exchange(context->source, nullptr));
  context->top.store(nullptr, std::memory_order_relaxed);
  context->entries.store(nullptr, std::memory_order_relaxed);
  give_saved(context);
}

SavedContext* take_snapshot() noexcept {
  ThreadState* const thread = detail::current_thread;
  if (thread == nullptr) return nullptr;
  SpanState* const top = current_span();
  if (top == nullptr && thread->entries == nullptr) return nullptr;
  SavedContext* const made = take_saved(*thread);
  if (made == nullptr) return nullptr;
  made->is_flow = false;
  made->points = 0;
  made->entries.store(retain(thread->entries), std::memory_order_relaxed);
  for (SpanState* span = top; span != nullptr; span = span->below) {
    if (!span->ended.load(std::memory_order_acquire)) add_point(*made, *span);
  }
  return made;
}

SavedContext* install(SavedContext* context, bool& changed) noexcept {
  ThreadState* const thread = this_thread();
  SavedContext* const was = thread != nullptr ? take_saved(*thread) : nullptr;
  changed = was != nullptr;
  if (!changed) return nullptr;
  save(*was, *thread, take_flow(*thread));
  if (context != nullptr && context->is_flow) {
    continue_flow(*thread, *context);
  } else {
    begin_flow(*thread, context);
  }
  return was;
}

SavedContext* install_below(const SpanPoint& parent, ContextEntry* entries,
                            bool& changed) noexcept {
  SavedContext* const was = install(nullptr, changed);
  if (!changed) {
    release(entries);
    return nullptr;
  }
  ThreadState& thread = *detail::current_thread;
  thread.entries = entries;
  if (parent.tracer != nullptr) push_frame(thread, parent);
  return was;
}

void go_back(std::uint64_t flow_id, const ThreadState* its_thread, SavedContext* before) noexcept {
  ThreadState* const thread = detail::current_thread;
  if (thread == nullptr || thread != its_thread) return release(before);
  if (thread->flow_id != flow_id) {
    count_mismatch(*thread);
    return note_left(*thread, flow_id, before);
  }
  const Flow ended = take_flow(*thread);
  if (thread->left_early != nullptr) before = skip_left(*thread, before);
  if (before != nullptr && before->is_flow) {
    continue_flow(*thread, *before);
  } else {
    begin_flow(*thread, before);
  }
  drop(ended);
  release(before);
}

void set_entries(ThreadState& thread, ContextEntry* entries) noexcept {
  SpanState* const top = current_span();
  ContextEntry* const before = std::exchange(thread.entries, entries);
  if (top == nullptr || top->is_frame || top->restores) return release(before);
  top->entries_before = before;
  top->depth_before = thread.scope_depth++;
  top->restores = true;
  // Its end goes the long way.
  if (top->sampled) {
    set_quick_limit(*top);
  } else {
    top->turns.fetch_or(takes_turns::shared, std::memory_order_relaxed);
  }
}

void restore_entries(ThreadState& thread, SpanState& popped) noexcept {
  popped.restores = false;
  ContextEntry* const before = std::exchange(popped.entries_before, nullptr);
  if (thread.scope_depth <= popped.depth_before) return release(before);
  release(std::exchange(thread.entries, before));
  thread.scope_depth = popped.depth_before;
}

EntriesScope open_entries_scope(ThreadState& thread, ContextEntry* entries) noexcept {
  ContextEntry* const before = std::exchange(thread.entries, entries);
  return {&thread, thread.flow_id, thread.scope_depth++, before};
}

bool close_entries_scope(const EntriesScope& scope) noexcept {
  ThreadState* const thread = detail::current_thread;
  if (thread == nullptr || thread->flow_id != scope.flow_id || thread->scope_depth <= scope.depth) {
    release(scope.before);
    return false;
  }
  release(std::exchange(thread->entries, scope.before));
  thread->scope_depth = scope.depth;
  return true;
}

}  // namespace honeyhive::sdk
