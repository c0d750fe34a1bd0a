// HoneyHiveTracer: sessions, and which of them is current.

#include "honeyhive/tracer.h"
#include "sdk/record/flow.h"
#include "sdk/runtime.h"
#include "sdk/session_calls.h"

namespace honeyhive {
namespace {

using detail::TracerImpl;
using sdk::ContextEntry;
using sdk::ThreadState;

// Makes `session` (a reference, taken over) the tracer's on this thread, by `set`. Its id; nullopt
// if memory ran out.
template <typename Set>
SessionId make_current(TracerImpl& tracer, sdk::Session* session, const Set& set) noexcept {
  if (session == nullptr) return std::nullopt;
  ThreadState* const thread = sdk::this_thread();
  SessionId id;
  try {
    id = session->text.id;
  } catch (...) {
  }
  if (thread == nullptr || !id) {
    sdk::release_session(*session);
    return std::nullopt;
  }
  const ContextEntry* const known = sdk::find_entry(thread->entries, tracer);
  ContextEntry* const entries =
      sdk::with_entry(thread->entries, tracer, session, known != nullptr ? known->remote : nullptr);
  if (entries == nullptr) return std::nullopt;
  set(*thread, entries);
  return id;
}

}  // namespace

SessionId HoneyHiveTracer::create_session(SessionOptions&& options) const noexcept {
  if (impl_ == nullptr) return std::nullopt;
  return make_current(*impl_, sdk::create_session(*impl_, options), sdk::set_entries);
}

SessionScope HoneyHiveTracer::with_session(SessionOptions&& options) const noexcept {
  SessionScope scope;
  if (impl_ == nullptr) return scope;
  scope.id_ = make_current(*impl_, sdk::create_session(*impl_, options),
                           [&](ThreadState& thread, ContextEntry* entries) {
                             const auto opened = sdk::open_entries_scope(thread, entries);
                             scope.thread_ = opened.thread;
                             scope.flow_ = opened.flow_id;
                             scope.depth_ = opened.depth;
                             scope.before_ = opened.before;
                           });
  return scope;
}

SessionScope HoneyHiveTracer::with_session(std::string_view session_name,
                                           SessionOptions&& options) const noexcept {
  options.session_name = session_name;
  return with_session(std::move(options));
}

SessionScope::SessionScope(SessionScope&& other) noexcept
    : id_(std::move(other.id_)),
      thread_(std::exchange(other.thread_, nullptr)),
      flow_(other.flow_),
      depth_(other.depth_),
      before_(other.before_) {}

SessionScope::~SessionScope() {
  if (thread_ == nullptr) return;
  sdk::close_entries_scope({static_cast<const ThreadState*>(thread_), flow_, depth_,
                            static_cast<ContextEntry*>(before_)});
}

void HoneyHiveTracer::enrich_session(SessionUpdate&& update, Attributes&& metadata) const noexcept {
  if (impl_ == nullptr) return;
  const ThreadState* const thread = sdk::detail::current_thread;
  const ContextEntry* const entry =
      thread != nullptr ? sdk::find_entry(thread->entries, *impl_) : nullptr;
  sdk::update_session(*impl_, entry != nullptr ? entry->session : nullptr, update, metadata);
}

void enrich_session(SessionUpdate&& update, Attributes&& metadata) noexcept {
  current_tracer().enrich_session(std::move(update), std::move(metadata));
}

void enrich_session(std::string_view session_id, SessionUpdate&& update) noexcept {
  update.session_id = session_id;
  current_tracer().enrich_session(std::move(update));
}

// -- the tracer of calls that name none

HoneyHiveTracer current_tracer() noexcept {
  const sdk::SpanState* span = sdk::current_span();
  const ThreadState* const thread = sdk::detail::current_thread;
  sdk::Runtime& runtime = sdk::Runtime::get();
  // The context may outlive its tracers.
  for (; span != nullptr; span = span->below) {
    if (span->ended.load(std::memory_order_acquire)) continue;  // elsewhere: it keeps no tracer
    if (auto handle = runtime.handle_of(span->tracer)) {
      return detail::TracerAccess::make(std::move(handle));
    }
  }
  const ContextEntry* entry = thread != nullptr ? thread->entries : nullptr;
  for (; entry != nullptr; entry = entry->next) {
    if (auto handle = runtime.handle_of(&entry->tracer)) {
      return detail::TracerAccess::make(std::move(handle));
    }
  }
  return default_tracer();
}

void set_default_tracer(const HoneyHiveTracer& tracer) noexcept {
  sdk::Runtime::get().set_default(detail::TracerAccess::handle(tracer));
}

HoneyHiveTracer default_tracer() noexcept {
  return detail::TracerAccess::make(sdk::Runtime::get().handle_of(nullptr));
}

}  // namespace honeyhive
