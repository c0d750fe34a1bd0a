#pragma once

// An event as HoneyHive's API takes it (E), or a model's call (M), as the record that is stored.
//
// Source: HoneyHive's public REST API, "events"; where M's fields go is what its documentation
// shows of stored events.

#include <cstdint>
#include <optional>
#include <string>

#include "server/ingest/json_fields.h"
#include "server/store/event.h"

namespace honeyhive::server {

enum class EventForm : std::uint8_t {
  legacy,  // everything is optional, more fields are passed over
  v1,      // type and inputs are required, other fields refused
  model,   // legacy, with a model's own fields
};

// `session_id`: where the path or the request decides it. The project is empty if the body names
// none. An event of type "session" whose id is its session's is that session's start. Errors are
// those of `fields`.
Event posted_event(JsonFields& fields, EventForm form, std::int64_t now_ns,
                   const std::optional<std::string>& session_id);

}  // namespace honeyhive::server
