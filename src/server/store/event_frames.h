#pragma once

// Events to frames and back: one frame holds the spans of one trace, the starts of one session,
// the updates of one event, the events that were posted to one session or the log records of one
// trace or session, of one project. That is what compresses, and what is read together.
//
// Thread-safe: there is no state.

#include <vector>

#include "core/result.h"
#include "server/store/event.h"
#include "server/store/log_writer.h"
#include "server/store/segment_files.h"

namespace honeyhive::server {

struct EventFrame {
  PreparedFrame frame;
  std::vector<Event> events;  // what is in it, in order
};

// Error: `invalid_argument` for an event without the ids of its kind, naming it; `limit_exceeded`
// for one that no frame can hold.
core::Result<std::vector<EventFrame>> build_frames(std::vector<Event> events);

// Error: `malformed_data`.
core::Result<std::vector<Event>> decode_frame(const LoadedFrame& frame);

}  // namespace honeyhive::server
