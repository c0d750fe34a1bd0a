#pragma once

// What session starts and posted events have in common. No state.

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"
#include "server/http/request.h"
#include "server/ingest/json_fields.h"
#include "server/store/event.h"

namespace honeyhive::server {

// A random UUID of version 4.
std::string new_id();

// An id of at most `limits::session_id_bytes`; "" if absent.
std::string id_field(JsonFields& fields, std::string_view name);

// The id that the path has; refused above the same bound.
core::Result<std::string> path_id(const Request& request, std::string_view name);

// Into `event`, what the header `hh-record-id` says, if it is there (server/store/record_id.h).
core::Result<void> set_record_id(const Request& request, Event& event);

// An object; any other value becomes the `result` of one.
std::string any_object(JsonFields& fields, std::string_view name);

// A string; any other value as its JSON.
std::string error_field(JsonFields& fields);

// Of `project`, or of `project_id`, which is what answers call it; "" if there is neither.
std::string project_field(JsonFields& fields);

// Start, end and duration, of which any may be missing: what ended only began `duration` before.
// What is no number of milliseconds since 1970 counts as missing.
void set_times(const JsonFields& fields, Event& event, std::int64_t now_ns);

// Name and source, else "unknown"; error, times, children; buckets, of which outputs may be any
// value.
void set_common(JsonFields& fields, Event& event, std::int64_t now_ns);

}  // namespace honeyhive::server
