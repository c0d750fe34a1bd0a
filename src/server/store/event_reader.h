#pragma once

// Events out of the log: found through the catalogue, each span once, with session merges and
// updates applied.
//
// Thread-safe.

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"
#include "server/store/catalog_pool.h"
#include "server/store/event.h"
#include "server/store/segment_files.h"

namespace honeyhive::server {

class EventReader {
 public:
  // No answer takes more than `most_bytes` of memory: error `limit_exceeded`.
  EventReader(CatalogPool& catalog, SegmentFiles& segments, std::size_t most_bytes)
      : catalog_(catalog),
        segments_(segments),
        most_bytes_(static_cast<std::int64_t>(most_bytes)) {}

  // As in Store.
  core::Result<std::vector<Event>> trace(Project project, const core::TraceId& trace);
  core::Result<std::optional<Event>> session_event(std::string_view project,
                                                   std::string_view session_id);
  core::Result<std::vector<Event>> created_events(std::string_view project,
                                                  std::string_view session_id);
  core::Result<std::vector<Event>> session_events(Project project, std::string_view session_id);
  core::Result<std::optional<Event>> event(Project project, std::string_view event_id);
  core::Result<Logs> logs(const LogQuery& query);

 private:
  using Events = std::vector<Event>;

  // What one answer may still take of memory; threads of one read share it.
  class Room {
   public:
    explicit Room(std::int64_t bytes) : left_(bytes) {}
    bool take(std::size_t bytes) {
      return left_.fetch_sub(static_cast<std::int64_t>(bytes)) >= static_cast<std::int64_t>(bytes);
    }

   private:
    std::atomic<std::int64_t> left_;
  };

  // The ids that begin like the event ids of the spans of `trace` lie between these two.
  static std::pair<std::string, std::string> event_id_range(const core::TraceId& trace);

  core::Result<Events> spans(CatalogReader& catalog, const TraceRef& trace, Room& room);
  core::Result<Events> load_updated(CatalogReader& catalog, const TraceRef& trace, Room& room);
  core::Result<void> apply_updates(CatalogReader& catalog, const TraceRef& trace, Events& spans,
                                   Room& room);
  core::Result<Event> session(CatalogReader& catalog, const SessionSummary& row, Room& room);
  core::Result<Events> load_created(std::span<const CreatedRef> wanted, Room& room);
  core::Result<Events> created(CatalogReader& catalog, std::string_view project,
                               std::string_view session_id, Room& room);
  core::Result<std::optional<Event>> find_created(CatalogReader& catalog, Project project,
                                                  std::string_view event_id, Room& room);
  core::Result<void> apply_frames(std::vector<FrameRef> frames, Events& spans, Room& room);
  core::Result<void> apply_own_updates(CatalogReader& catalog, const TraceRef& trace, Events& span,
                                       Room& room);
  core::Result<std::optional<Event>> find_span(CatalogReader& catalog, Project project,
                                               std::string_view event_id, Room& room);
  using IsWanted = std::function<bool(const core::SpanId&)>;
  core::Result<std::optional<Event>> find_in(CatalogReader& catalog, const TraceRef& trace,
                                             const IsWanted& is_wanted, Room& room);
  core::Result<Events> load_frames(std::span<const FrameRef> frames, Room& room);
  core::Result<Events> load_in_parallel(std::span<const FrameRef> frames, Room& room);
  core::Result<void> load_into(Events& events, const FrameRef& frame, Room& room);
  core::Result<void> decode_into(Events& events, const core::Result<LoadedFrame>& frame,
                                 Room& room);

  CatalogPool& catalog_;
  SegmentFiles& segments_;
  const std::int64_t most_bytes_;
};

}  // namespace honeyhive::server
