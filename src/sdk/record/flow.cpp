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
  EntriesScope* scopes = nullptr;
};

Flow take_flow(ThreadState& thread) noexcept {
  return {std::exchange(thread.top, nullptr), std::exchange(thread.entries, nullptr),
          std::exchange(thread.source, nullptr), thread.flow_id,
          std::exchange(thread.scopes, nullptr)};
}

void release(EntriesScope* scope) noexcept {
  if (scope->references.fetch_sub(1, std::memory_order_acq_rel) == 1) delete scope;
}

void drop(const Flow& flow) noexcept {
  drop_stack(flow.top);
  release(flow.entries);
  for (EntriesScope* scope = flow.scopes; scope != nullptr;) {
    EntriesScope* const gone = std::exchange(scope, scope->below);
    release(std::exchange(gone->before, nullptr));
    release(gone);
  }
  release(flow.source);
}

// Entries are again what they were before scopes that have ended.
void pop_ended_scopes(ThreadState& thread) noexcept {
  while (thread.scopes != nullptr && thread.scopes->is_ended.load(std::memory_order_acquire)) {
    EntriesScope* const gone = std::exchange(thread.scopes, thread.scopes->below);
    release(std::exchange(thread.entries, std::exchange(gone->before, nullptr)));
    release(gone);
  }
}

void save(SavedContext& saved, const ThreadState& thread, const Flow& flow) noexcept {
  saved.is_flow = true;
  saved.points = 0;
  saved.top = flow.top;
  saved.entries = flow.entries;
  saved.thread = &thread;
  saved.source = flow.source;
  saved.flow_id = flow.id;
  saved.scopes = flow.scopes;
}

// False: somebody has. `is_ours`: nobody else can be taking it if there is one reference.
bool take(SavedContext& saved, bool is_ours) noexcept {
  if (!is_ours || saved.references.load(std::memory_order_acquire) != 1) {
    return !saved.is_taken.exchange(true, std::memory_order_acq_rel);
  }
  const bool was_taken = saved.is_taken.load(std::memory_order_relaxed);
  saved.is_taken.store(true, std::memory_order_relaxed);
  return !was_taken;
}

void begin_flow(ThreadState& thread, SavedContext* snapshot) noexcept {
  thread.flow_id = ++thread.last_flow_id;
  if (snapshot == nullptr) return;
  thread.source = retain(snapshot);
  thread.entries = retain(snapshot->entries);
  for (std::uint32_t i = snapshot->points; i-- > 0;) push_frame(thread, snapshot->point[i]);
}

// An empty one where it has been taken.
void continue_flow(ThreadState& thread, SavedContext& saved, bool is_ours) noexcept {
  if (!take(saved, is_ours)) return begin_flow(thread, nullptr);
  thread.flow_id = saved.flow_id;
  thread.top = saved.top;
  thread.entries = saved.entries;
  thread.source = saved.source;
  thread.scopes = saved.scopes;
  if (saved.thread != &thread) adopt_spans(thread, thread.top);
}

void count_mismatch(ThreadState& thread, const TracerCore& tracer) noexcept {
  TracerSlot* const slot = thread.slot(tracer);
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
    if (span.scope != nullptr) end_scope(span.scope);
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
  if (!context->is_taken.load(std::memory_order_relaxed)) {
    drop({context->top, context->entries, context->source, context->flow_id, context->scopes});
  }
  context->is_taken.store(false, std::memory_order_relaxed);
  context->top = nullptr;
  context->entries = nullptr;
  context->source = nullptr;
  context->scopes = nullptr;
  give_saved(context);
}

SavedContext* take_snapshot() noexcept {
  ThreadState* const thread = detail::current_thread;
  if (thread == nullptr) return nullptr;
  SpanState* const top = current_span();
  ContextEntry* const entries = current_entries();
  if (top == nullptr && entries == nullptr) return nullptr;
  SavedContext* const made = take_saved(*thread);
  if (made == nullptr) return nullptr;
  made->is_flow = false;
  made->points = 0;
  made->entries = retain(entries);
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
    continue_flow(*thread, *context, false);
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
  if (thread == nullptr) return release(before);
  if (thread->flow_id != flow_id) {
    const SpanState* const top = current_span();
    const ContextEntry* const entries = current_entries();
    if (top != nullptr || entries != nullptr) {
      count_mismatch(*thread, top != nullptr ? *top->tracer : entries->tracer);
    }
    return thread == its_thread ? note_left(*thread, flow_id, before) : release(before);
  }
  const Flow ended = take_flow(*thread);
  if (thread->left_early != nullptr) before = skip_left(*thread, before);
  if (before != nullptr && before->is_flow) {
    continue_flow(*thread, *before, true);
  } else {
    begin_flow(*thread, before);
  }
  drop(ended);
  release(before);
}

EntriesScope::EntriesScope(ThreadState& thread, TracerCore& its_tracer,
                           const SpanState* its_span) noexcept
    : tracer(its_tracer),
      before(thread.entries),
      below(thread.scopes),
      span(its_span),
      span_id(its_span != nullptr ? its_span->span_id : 0) {
  tracer.holders.fetch_add(1, std::memory_order_relaxed);
}

EntriesScope* open_scope(ThreadState& thread, TracerCore& tracer, ContextEntry* entries) noexcept {
  (void)current_entries();
  auto* const scope = new (std::nothrow) EntriesScope(thread, tracer, current_span());
  if (scope == nullptr) {
    release(entries);
    return nullptr;
  }
  thread.entries = entries;
  return thread.scopes = scope;
}

bool end_scope(EntriesScope* scope) noexcept {
  scope->is_ended.store(true, std::memory_order_release);
  ThreadState* const thread = detail::current_thread;
  if (thread != nullptr) pop_ended_scopes(*thread);
  const bool is_gone = scope->references.load(std::memory_order_acquire) == 1;
  release(scope);
  return is_gone;
}

void close_scope(EntriesScope* scope) noexcept {
  (void)current_entries();  // spans that other threads have ended are not in its way
  TracerCore& tracer = scope->tracer;
  tracer.holders.fetch_add(1, std::memory_order_relaxed);
  if (!end_scope(scope)) {
    if (ThreadState* const thread = this_thread()) count_mismatch(*thread, tracer);
  }
  tracer.holders.fetch_sub(1, std::memory_order_release);
}

bool set_entries(ThreadState& thread, TracerCore& tracer, ContextEntry* entries) noexcept {
  (void)current_entries();
  SpanState* const top = current_span();
  const EntriesScope* const within = thread.scopes;
  const bool has_scope =
      top == nullptr || top->is_frame || top->scope != nullptr ||
      (within != nullptr && within->span == top && within->span_id == top->span_id);
  // Its handle may be in use on another thread, and what is set here says how its end goes.
  const Turn turn = has_scope ? Turn::refused : take_turn(*top);
  if (turn == Turn::refused) {
    release(std::exchange(thread.entries, entries));
    return true;
  }
  top->scope = open_scope(thread, tracer, entries);
  if (top->sampled) {
    set_quick_limit(*top);
  } else if (top->scope != nullptr) {
    top->turns.fetch_or(takes_turns::shared, std::memory_order_relaxed);
  }
  const bool is_set = top->scope != nullptr;
  if (turn == Turn::taken) give_turn_back(*top);
  return is_set;
}

ContextEntry* current_entries() noexcept {
  ThreadState* const thread = detail::current_thread;
  if (thread == nullptr) return nullptr;
  if (thread->scopes != nullptr) {
    (void)current_span();  // those that other threads have ended end their scopes
    pop_ended_scopes(*thread);
  }
  return thread->entries;
}

}  // namespace honeyhive::sdk
