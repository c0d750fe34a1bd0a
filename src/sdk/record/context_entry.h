#pragma once

// What is current besides spans, per tracer: the session that was created, and the remote parent
// that was linked. An immutable list, shared by the threads and contexts that refer to it.
//
// A list is thread-safe as a shared_ptr is: the entries are, one `EntryList` is not.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "sdk/record/session_core.h"

namespace honeyhive::sdk {

// What came along with the headers of another process.
struct RemoteParent {
  std::uint64_t trace_id[2] = {};  // as the bytes lie in memory
  std::uint64_t span_id = 0;       // 0: the headers named no span
  bool is_sampled = false;
  std::string trace_state;                       // W3C tracestate, checked; may be empty
  std::string run_id, dataset_id, datapoint_id;  // of its baggage; on each span below it
};

struct ContextEntry {
  ContextEntry(TracerCore& its_tracer, SessionCore* its_session,
               std::shared_ptr<const RemoteParent> its_remote, ContextEntry* behind) noexcept
      : tracer(its_tracer), session(its_session), remote(std::move(its_remote)), next(behind) {
    tracer.holders.fetch_add(1, std::memory_order_relaxed);
  }
  ~ContextEntry() {
    if (session != nullptr) release_session(*session);
    tracer.holders.fetch_sub(1, std::memory_order_release);
  }
  ContextEntry(const ContextEntry&) = delete;
  ContextEntry& operator=(const ContextEntry&) = delete;

  TracerCore& tracer;
  SessionCore* const session;  // null: the tracer's own
  const std::shared_ptr<const RemoteParent> remote;
  ContextEntry* const next;  // refers to it
  std::atomic<std::uint32_t> references{1};
};

inline ContextEntry* retain(ContextEntry* entry) noexcept {
  if (entry != nullptr) entry->references.fetch_add(1, std::memory_order_relaxed);
  return entry;
}
void release(ContextEntry* entry) noexcept;

// The entry of `tracer`; null if there is none.
inline const ContextEntry* find_entry(const ContextEntry* list, const TracerCore& tracer) noexcept {
  while (list != nullptr && &list->tracer != &tracer) list = list->next;
  return list;
}

// `list` with one entry for `tracer`, the first. Takes over a reference of `session`, which may be
// null; `list` keeps its own. Null if memory ran out.
ContextEntry* with_entry(ContextEntry* list, TracerCore& tracer, SessionCore* session,
                         std::shared_ptr<const RemoteParent> remote) noexcept;

}  // namespace honeyhive::sdk
