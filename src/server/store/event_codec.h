#pragma once

// Events as the bytes that a frame compresses, and back. What the frame's header says already
// (project, and of spans and logs the trace) is not repeated in them.
//
// Layout: docs/log_format.md, "Events". Protocol Buffers wire format, so that fields can be added.

#include <string>
#include <string_view>
#include <vector>

#include "core/ids.h"
#include "core/result.h"
#include "server/store/event.h"

namespace honeyhive::server {

// Appends one record.
void append_event(std::string& out, const Event& event);

// Where the records of a frame belong.
struct EventOrigin {
  std::string_view project;
  core::TraceId trace_id;  // zero unless the frame holds what belongs to one
};

// Error: `malformed_data`.
core::Result<std::vector<Event>> decode_events(std::string_view records, const EventOrigin& origin);

// Of a frame of spans, one per record: what deduplication needs, without the rest.
core::Result<std::vector<core::SpanId>> decode_span_ids(std::string_view records);

// What an event takes in memory, roughly.
std::size_t event_bytes(const Event& event) noexcept;

}  // namespace honeyhive::server
