#pragma once

// Events out of the log: found through the catalogue, each span once, with session merges and
// updates applied.
//
// Thread-safe.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "server/store/catalog_reader.h"
#include "server/store/event.h"
#include "server/store/segment_files.h"

namespace honeyhive::server {

class EventReader {
 public:
  EventReader(CatalogPool& catalog, SegmentFiles& segments)
      : catalog_(catalog), segments_(segments) {}

  // As in Store.
  core::Result<std::vector<Event>> trace(Project project, const core::TraceId& trace);
  core::Result<std::vector<Event>> session_events(Project project, std::string_view session_id);
  core::Result<std::optional<Event>> event(Project project, std::string_view event_id);

 private:
  using Events = std::vector<Event>;

  core::Result<Events> spans(CatalogReader& catalog, const TraceRef& trace);
  core::Result<Events> load_updated(CatalogReader& catalog, const TraceRef& trace);
  core::Result<void> apply_updates(CatalogReader& catalog, const TraceRef& trace, Events& spans);
  core::Result<Events> sessions(CatalogReader& catalog, Project project, std::string_view id);
  core::Result<std::optional<Event>> find_span(CatalogReader& catalog, Project project,
                                               std::string_view event_id);
  core::Result<Events> load_frames(std::span<const FrameRef> frames);
  core::Result<Events> load_in_parallel(std::span<const FrameRef> frames);
  core::Result<void> load_into(Events& events, const FrameRef& frame);

  CatalogPool& catalog_;
  SegmentFiles& segments_;
};

}  // namespace honeyhive::server
