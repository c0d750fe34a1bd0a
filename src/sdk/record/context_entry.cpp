#include "sdk/record/context_entry.h"

#include <new>

namespace honeyhive::sdk {
namespace {

// `list` without the entry of `tracer`: what lies behind that is shared, what lies in front copied.
// False if memory ran out.
bool copy_without(ContextEntry* list, const TracerCore& tracer, ContextEntry*& copy) noexcept {
  if (find_entry(list, tracer) == nullptr) {
    copy = retain(list);
    return true;
  }
  if (&list->tracer == &tracer) {
    copy = retain(list->next);
    return true;
  }
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
