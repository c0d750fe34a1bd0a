#pragma once

// Walks stored events that can match, without holding more than one trace: traces and sessions'
// own events as one list, newest first, a session before a trace that begins at the same time.
// Bounded: after `max_events` the walk ends and says so. Who an event's children are is unknown
// where finding out would take reading more than the walk does.

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "server/query/event_json.h"
#include "server/query/filter.h"
#include "server/store/store.h"

namespace honeyhive::server {

struct EventQuery {
  std::optional<std::string> project = {};
  std::vector<Filter> filters = {};
  std::optional<Filter> run = {};            // events that fulfil it, or whose session does
  std::optional<std::int64_t> from_ns = {};  // events that started at or after
  std::optional<std::int64_t> to_ns = {};    // events that started at or before
};

struct ScanEnd {
  std::size_t examined = 0;
  bool complete = true;  // every event that could match was examined
};

using EventVisitor = std::function<void(const Event& event, const Children& children)>;

// Calls `visit` for each event that matches.
core::Result<ScanEnd> scan_events(Store& store, const EventQuery& query, std::size_t max_events,
                                  const EventVisitor& visit);

}  // namespace honeyhive::server
