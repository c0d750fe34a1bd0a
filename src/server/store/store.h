#pragma once

// Where events live. The log is the truth; the catalogue finds things in it and can be rebuilt.
//
// Thread-safe: any number of threads append and read.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.h"
#include "core/result.h"
#include "server/store/event.h"
#include "server/store/log_query.h"
#include "server/store/store_stats.h"
#include "server/store/summary.h"

namespace honeyhive::server {

class Store {
 public:
  virtual ~Store() = default;

  // What became of one append: when `done` is called without an error, everything in it is on disk
  // and visible to reads.
  using Done = std::function<void(core::Result<void>)>;

  // Takes `events` (of any projects) and calls `done` exactly once, from another thread: after the
  // fdatasync that covers them, or with `unavailable` when the disk refused (nothing of it counts
  // then, unless it was only the catalogue's: who sends again is told that it is there), or with
  // `invalid_argument` or `limit_exceeded` for events that no store could hold (ids missing). When
  // the store is closed: `unavailable`, from this thread. Never blocks on the disk.
  //
  // False, and `done` is not called, if more than the queue's bound is waiting: the caller answers
  // 429.
  virtual bool append(std::vector<Event> events, Done done) = 0;

  // Newest first.
  virtual core::Result<std::vector<TraceSummary>> traces(const TraceQuery& query) = 0;

  // Every event of one trace, each once, updates applied, ordered by start. Empty if there is none.
  // Without a project: of all projects that have a trace of this id. Spans without a session belong
  // to the first session that a span of their trace named. Error of this and the next ones:
  // `limit_exceeded` if it is more than memory should hold.
  virtual core::Result<std::vector<Event>> trace(std::optional<std::string_view> project,
                                                 const core::TraceId& trace) = 0;

  virtual core::Result<std::optional<SessionSummary>> session(
      std::optional<std::string_view> project, std::string_view session_id) = 0;

  // Newest first.
  virtual core::Result<std::vector<SessionSummary>> sessions(const SessionQuery& query) = 0;

  // The session's own event, start, merges and updates applied; where none was started, it is made
  // of what its spans came with.
  virtual core::Result<std::optional<Event>> session_event(std::string_view project,
                                                           std::string_view session_id) = 0;

  // The events that were posted to it with ids of their own, by start.
  virtual core::Result<std::vector<Event>> created_events(std::string_view project,
                                                          std::string_view session_id) = 0;

  // The session's own event, then its spans and posted events by start.
  virtual core::Result<std::vector<Event>> session_events(std::optional<std::string_view> project,
                                                          std::string_view session_id) = 0;

  // By event id: a session that was started, a span, an event with an id of its own, or a session
  // that spans named. Updates applied.
  virtual core::Result<std::optional<Event>> event(std::optional<std::string_view> project,
                                                   std::string_view event_id) = 0;

  // The last that were stored, each once.
  virtual core::Result<Logs> logs(const LogQuery& query) = 0;

  // Called with each event that is new, after its fdatasync, from the committer's thread; must not
  // block. Set before the first append.
  virtual void on_stored(std::function<void(const Event&)> listener) = 0;

  virtual StoreStats stats() const = 0;

  // Commits what is queued, then refuses appends. Idempotent.
  virtual void close() = 0;
};

}  // namespace honeyhive::server
