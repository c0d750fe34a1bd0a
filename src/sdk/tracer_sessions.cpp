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
  ContextEntry* const list = sdk::current_entries();
  const ContextEntry* const known = sdk::find_entry(list, tracer);
  ContextEntry* const entries =
      sdk::with_entry(list, tracer, session, known != nullptr ? known->remote : nullptr);
  if (entries == nullptr || !set(*thread, tracer, entries)) return std::nullopt;
  return id;
}

HoneyHiveTracer handle_of(const sdk::TracerCore* tracer) noexcept {
  try {
    return detail::TracerAccess::make(sdk::Runtime::get().handle_of(tracer));
  } catch (...) {  // the first call of all, and memory ran out
    return nullptr;
  }
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
                           [&](ThreadState& thread, TracerImpl& tracer, ContextEntry* entries) {
                             scope.scope_ = sdk::open_scope(thread, tracer, entries);
                             return scope.scope_ != nullptr;
                           });
  return scope;
}

SessionScope HoneyHiveTracer::with_session(std::string_view session_name,
                                           SessionOptions&& options) const noexcept {
  options.session_name = session_name;
  return with_session(std::move(options));
}

SessionScope::SessionScope(SessionScope&& other) noexcept
    : id_(std::move(other.id_)), scope_(std::exchange(other.scope_, nullptr)) {}

SessionScope::~SessionScope() {
  if (scope_ != nullptr) sdk::close_scope(static_cast<sdk::EntriesScope*>(scope_));
}

void HoneyHiveTracer::enrich_session(SessionUpdate&& update, Attributes&& metadata) const noexcept {
  if (impl_ == nullptr) return;
  const ContextEntry* const entry = sdk::find_entry(sdk::current_entries(), *impl_);
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
  // The context may outlive its tracers.
  for (const sdk::SpanState* span = sdk::current_span(); span != nullptr; span = span->below) {
    if (span->ended.load(std::memory_order_acquire)) continue;  // elsewhere: it keeps no tracer
    if (auto tracer = handle_of(span->tracer)) return tracer;
  }
  for (const ContextEntry* entry = sdk::current_entries(); entry != nullptr; entry = entry->next) {
    if (auto tracer = handle_of(&entry->tracer)) return tracer;
  }
  return default_tracer();
}

void set_default_tracer(const HoneyHiveTracer& tracer) noexcept {
  try {
    sdk::Runtime::get().set_default(detail::TracerAccess::handle(tracer));
  } catch (...) {  // the first of all, and memory ran out
  }
}

HoneyHiveTracer default_tracer() noexcept { return handle_of(nullptr); }

}  // namespace honeyhive
