#include "sdk/record/context_entry.h"

#include <new>

namespace honeyhive::sdk {
namespace {

// Those of tracers that have closed go, lest a thread remember all that ever were. A linked one
// stays: it keeps the tracer of the flow's frame.
bool is_kept(const ContextEntry& entry, const TracerCore& without) noexcept {
  return &entry.tracer != &without &&
         (entry.remote != nullptr || !entry.tracer.closed.load(std::memory_order_relaxed));
}

// `list` without the entry of `tracer`: what lies behind that is shared, what lies in front copied.
// False if memory ran out.
bool copy_without(ContextEntry* list, const TracerCore& tracer, ContextEntry*& copy) noexcept {
  const ContextEntry* out = list;
  while (out != nullptr && is_kept(*out, tracer)) out = out->next;
  if (out == nullptr) {
    copy = retain(list);
    return true;
  }
  if (out == list) return copy_without(list->next, tracer, copy);
  ContextEntry* rest = nullptr;
  if (!copy_without(list->next, tracer, rest)) return false;
  copy = new (std::nothrow) ContextEntry(list->tracer, list->session, list->remote, rest);
  if (copy == nullptr) {
    release(rest);
    return false;
  }
  if (copy->session != nullptr) retain_session(*copy->session);
  return true;
}

}  // namespace

void release(ContextEntry* entry) noexcept {
  while (entry != nullptr && entry->references.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    ContextEntry* const next = entry->next;
    delete entry;
    entry = next;
  }
}

ContextEntry* with_entry(ContextEntry* list, TracerCore& tracer, SessionCore* session,
                         std::shared_ptr<const RemoteParent> remote) noexcept {
  ContextEntry* rest = nullptr;
  ContextEntry* made = nullptr;
  if (copy_without(list, tracer, rest)) {
    made = new (std::nothrow) ContextEntry(tracer, session, std::move(remote), rest);
    if (made == nullptr) release(rest);
  }
  if (made == nullptr && session != nullptr) release_session(*session);
  return made;
}

}  // namespace honeyhive::sdk
