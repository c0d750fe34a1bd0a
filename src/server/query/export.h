#pragma once

// Events by filter and by id, as HoneyHive's API answers them.
//
// Source: HoneyHive's public REST API, "events".

#include "server/http/router.h"
#include "server/query/deps.h"

namespace honeyhive::server {

// POST /v1/events/export and /events/export -> {"events": [...], "count": n, "totalEvents": n},
// newest trace first. Adds "complete": false where the walk ended before the last event that could
// match.
void export_events(const QueryDeps& deps, const Request& request, const Responder& respond);

// GET /v1/events/{id} -> {"event": E}.
void get_event(const QueryDeps& deps, const Request& request, const Responder& respond);

// GET /session/{id} -> E, the session's own event.
void get_session(const QueryDeps& deps, const Request& request, const Responder& respond);

}  // namespace honeyhive::server
