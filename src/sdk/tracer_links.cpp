// HoneyHiveTracer: traces and sessions that cross from one process to another.

#include <array>
#include <cstring>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include "honeyhive/tracer.h"
#include "sdk/context.h"
#include "sdk/propagate/baggage.h"
#include "sdk/propagate/traceparent.h"
#include "sdk/propagate/tracestate.h"
#include "sdk/record/entropy.h"
#include "sdk/record/flow.h"
#include "sdk/remote_parent.h"
#include "sdk/session_calls.h"

namespace honeyhive {
namespace {

using detail::ContextAccess;
using detail::TracerImpl;
using sdk::ContextEntry;
using sdk::RemoteParent;
using sdk::SavedContext;
using sdk::SpanPoint;
using sdk::ThreadState;

// The innermost span that one of `tracer` would be a child of; null if there is none here.
const sdk::SpanState* enclosing_span(const TracerImpl& tracer) noexcept {
  const sdk::SpanState* span = sdk::current_span();
  const auto is_passed_over = [&](const sdk::SpanState& open) {
    return open.ended.load(std::memory_order_acquire) ||
           open.tracer->destination != tracer.destination ||
           open.tracer->is_off;  // as if it were not there
  };
  while (span != nullptr && is_passed_over(*span)) span = span->below;
  return span;
}

sdk::TraceParent trace_parent(const std::uint64_t (&trace_id)[2], std::uint64_t span_id,
                              bool is_sampled) noexcept {
  sdk::TraceParent out;
  std::memcpy(out.trace_id.bytes.data(), trace_id, sizeof trace_id);
  std::memcpy(out.span_id.bytes.data(), &span_id, sizeof span_id);
  out.flags = is_sampled ? sdk::TraceParent::sampled_flag : 0;
  return out;
}

// A span that records nothing has no id, but what follows it needs one.
std::uint64_t any_span_id() noexcept { return sdk::random_seed()[0] | 1; }

struct Outgoing {
  std::optional<sdk::TraceParent> parent;
  std::string_view trace_state;
};

Outgoing outgoing(const TracerImpl& tracer, const RemoteParent* remote) noexcept {
  if (remote == nullptr) remote = tracer.base.get();
  const sdk::SpanState* const span = enclosing_span(tracer);
  if (span != nullptr) {
    const bool is_remote = span->is_frame && span->origin == nullptr;
    const std::uint64_t id = span->sampled || is_remote ? span->span_id : any_span_id();
    const bool is_same_trace = remote != nullptr && remote->trace_id[0] == span->trace_id[0] &&
                               remote->trace_id[1] == span->trace_id[1];
    return {trace_parent(span->trace_id, id, span->sampled),
            is_same_trace ? std::string_view(remote->trace_state) : std::string_view()};
  }
  if (remote == nullptr || remote->span_id == 0) remote = tracer.base.get();
  if (remote == nullptr) return {};
  return {trace_parent(remote->trace_id, remote->span_id, remote->is_sampled), remote->trace_state};
}

sdk::Baggage outgoing_baggage(const TracerImpl& tracer, const ContextEntry* entry) noexcept {
  sdk::Baggage out;
  const auto* const session =
      entry != nullptr ? static_cast<const sdk::Session*>(entry->session) : nullptr;
  out.session_id = session != nullptr ? session->text.id : tracer.session_id;
  out.project = tracer.settings.project.value;
  out.source = session != nullptr ? session->text.source : tracer.settings.source.value;
  const RemoteParent* const remote =
      entry != nullptr && entry->remote != nullptr ? entry->remote.get() : tracer.base.get();
  const sdk::Settings& own = tracer.settings;
  if (own.is_evaluation.value) {
    out.run_id = own.run_id.value;
    out.dataset_id = own.dataset_id.value;
    out.datapoint_id = own.datapoint_id.value;
  } else if (remote != nullptr) {
    out.run_id = remote->run_id;
    out.dataset_id = remote->dataset_id;
    out.datapoint_id = remote->datapoint_id;
  }
  return out;
}

// What the calling thread goes back to when a link ends.
struct Linked {
  bool changed = false;
  SavedContext* before = nullptr;
};

// Spans that are open stay the parents of what starts here: only the session is another.
Linked install_entries(ContextEntry* entries) noexcept {
  SavedContext* const here = sdk::take_snapshot();
  Linked out;
  if (here == nullptr) {
    out.before = sdk::install_below({}, entries, out.changed);
    return out;
  }
  sdk::release(std::exchange(here->entries, entries));
  out.before = sdk::install(here, out.changed);
  sdk::release(here);
  return out;
}

Linked follow(TracerImpl& tracer, const sdk::RawHeaders& headers) {
  const auto read = sdk::read_headers(tracer, headers);
  if (read.is_malformed) tracer.bad_contexts.fetch_add(1, std::memory_order_relaxed);
  ThreadState* const thread = sdk::this_thread();
  if (thread == nullptr || (read.parent == nullptr && read.session_id.empty())) return {};
  ContextEntry* const list = sdk::current_entries();
  const ContextEntry* const known = sdk::find_entry(list, tracer);
  sdk::SessionCore* session = known != nullptr ? known->session : nullptr;
  if (!read.session_id.empty()) {
    session = sdk::make_session(tracer, {read.session_id, {}, tracer.settings.source.value}, false);
  } else if (session != nullptr) {
    sdk::retain_session(*session);
  }
  ContextEntry* const entries = sdk::with_entry(
      list, tracer, session,
      read.parent != nullptr ? read.parent : (known != nullptr ? known->remote : nullptr));
  if (entries == nullptr) return {};
  if (read.parent == nullptr || read.parent->span_id == 0) return install_entries(entries);
  const SpanPoint above{nullptr,
                        &tracer,
                        {read.parent->trace_id[0], read.parent->trace_id[1]},
                        read.parent->span_id,
                        read.parent->is_sampled && !tracer.is_off};
  Linked out;
  out.before = sdk::install_below(above, entries, out.changed);
  return out;
}

Linked continue_trace(TracerImpl& tracer, const detail::CarrierGetter& get) {
  const sdk::RawHeaders headers = sdk::find_headers(tracer, get);
  try {
    return follow(tracer, headers);
  } catch (const std::bad_alloc&) {
    return {};
  }
}

// What one call writes into a carrier.
struct Headers {
  std::optional<std::array<char, sdk::traceparent_bytes>> trace_parent;
  std::string trace_state, baggage;
};

Headers current_headers(const TracerImpl& tracer) noexcept {
  Headers out;
  const sdk::Propagators& speaks = tracer.settings.propagators.value;
  const ContextEntry* const entry = sdk::find_entry(sdk::current_entries(), tracer);
  try {
    if (speaks.trace_context) {
      const Outgoing now = outgoing(tracer, entry != nullptr ? entry->remote.get() : nullptr);
      if (now.parent) out.trace_parent = sdk::write_traceparent(*now.parent);
      if (now.parent) out.trace_state = now.trace_state;
    }
    if (speaks.baggage) out.baggage = sdk::write_baggage(outgoing_baggage(tracer, entry));
  } catch (const std::bad_alloc&) {  // as far as memory goes
  }
  return out;
}

}  // namespace

LinkToken HoneyHiveTracer::link_from(const detail::CarrierGetter& get) const {
  LinkToken token;
  if (impl_ == nullptr) return token;
  const Linked linked = continue_trace(*impl_, get);
  if (!linked.changed) return token;
  const ThreadState* const thread = sdk::detail::current_thread;
  token.previous_ = ContextAccess::make(linked.before);
  token.thread_ = thread;
  token.flow_ = thread->flow_id;
  return token;
}

ContextScope HoneyHiveTracer::linked_from(const detail::CarrierGetter& get) const {
  const Linked linked = impl_ != nullptr ? continue_trace(*impl_, get) : Linked{};
  if (!linked.changed) return ContextAccess::no_scope();
  return ContextScope(ContextAccess::make(linked.before));
}

void HoneyHiveTracer::unlink(LinkToken&& token) const noexcept {
  // One that was moved from has nothing to go back to.
  if (ContextAccess::of(token.previous_) == nullptr) return;
  sdk::go_back(token.flow_, static_cast<const ThreadState*>(std::exchange(token.thread_, nullptr)),
               ContextAccess::take(token.previous_));
}

void HoneyHiveTracer::inject_into(const detail::CarrierSetter& set) const {
  if (impl_ == nullptr) return;
  // All of it before the first call: what is current may be another after it.
  const Headers headers = current_headers(*impl_);
  if (headers.trace_parent) {
    set("traceparent", {headers.trace_parent->data(), headers.trace_parent->size()});
  }
  if (!headers.trace_state.empty()) set("tracestate", headers.trace_state);
  if (!headers.baggage.empty()) set("baggage", headers.baggage);
}

}  // namespace honeyhive
