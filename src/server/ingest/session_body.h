#pragma once

// A session as HoneyHive's API takes it (S), and what its start is answered.
//
// Source: HoneyHive's public REST API, "sessions".

#include <cstdint>

#include "server/http/response.h"
#include "server/ingest/json_fields.h"
#include "server/store/event.h"

namespace honeyhive::server {

// A start. Its project is empty if the body names none. Errors are those of `fields`.
Event session_event(JsonFields& fields, std::int64_t now_ns);

// Refuses fields that S does not have, as the /v1 forms do.
void allow_session_fields_only(JsonFields& fields);

// What was sent, and the five ids without which the client refuses an answer. Nothing of what is
// stored: writing needs no token, reading does.
Response session_response(const Event& session);

}  // namespace honeyhive::server
