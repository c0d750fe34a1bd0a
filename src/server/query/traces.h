#pragma once

// Lists of traces, one trace, one session: what the command line shows.

#include "server/http/router.h"
#include "server/query/deps.h"

namespace honeyhive::server {

// GET /api/v0/traces?project=&session_id=&since=&limit=&cursor= -> {"traces": [...], "next": ...}.
void list_traces(const QueryDeps& deps, const Request& request, const Responder& respond);

// GET /api/v0/traces/{trace_id}?project= -> {"project", "trace_id", "session_id", "events": [...]}.
// Where several projects have this trace and none is named: one of them, and "other_projects".
void show_trace(const QueryDeps& deps, const Request& request, const Responder& respond);

// GET /api/v0/sessions/{session_id}?project= -> {"session": {...}, "events": [...]}.
// Of several projects one, as above.
void show_session(const QueryDeps& deps, const Request& request, const Responder& respond);

}  // namespace honeyhive::server
