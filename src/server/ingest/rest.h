#pragma once

// HoneyHive's REST calls that write: sessions and updates of events. Thread-safe.
//
// Source: HoneyHive's public REST API, "session" and "events".

#include "server/http/router.h"
#include "server/ingest/deps.h"

namespace honeyhive::server {

// POST /session/start, {"session": S}. A second start of the same id merges into the first,
// and is answered with what it sent itself: who sends need not be allowed to read.
void start_session(const IngestDeps& deps, const Request& request, const Responder& respond);

// PUT /events, {"event_id": ..., fields that change}. The event may arrive later.
void update_event(const IngestDeps& deps, const Request& request, const Responder& respond);

}  // namespace honeyhive::server
