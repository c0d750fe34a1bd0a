#pragma once

// HoneyHive's REST calls that write: sessions, events and their updates. Thread-safe.
//
// Each is there in an older form, which passes over what it does not know, and in one below /v1,
// which refuses it. A request is stored as a whole or not at all.
//
// Source: HoneyHive's public REST API, "sessions" and "events". What is answered: docs/wire.md.

#include "server/http/router.h"
#include "server/ingest/deps.h"

namespace honeyhive::server {

// POST /session/start, {"session": S}; POST /v1/sessions, S. A second start of the same id merges
// into the first, and is answered with what it sent itself: who sends need not be allowed to read.
void start_session(const IngestDeps& deps, const Request& request, const Responder& respond);
void start_session_v1(const IngestDeps& deps, const Request& request, const Responder& respond);

// POST /session/{session_id}/traces, {"logs": [E]} or {"events": [E]};
// POST /v1/sessions/{session_id}/events/batch, {"events": [E]}.
void add_to_session(const IngestDeps& deps, const Request& request, const Responder& respond);
void add_to_session_v1(const IngestDeps& deps, const Request& request, const Responder& respond);

// POST /events, {"event": E}; POST /v1/events, E; POST /events/model, {"model_event": M}.
void create_event(const IngestDeps& deps, const Request& request, const Responder& respond);
void create_event_v1(const IngestDeps& deps, const Request& request, const Responder& respond);
void create_model_event(const IngestDeps& deps, const Request& request, const Responder& respond);

// POST /events/batch and /v1/events/batch, {"events": [E], ...};
// POST /events/model/batch, {"model_events": [M], ...}.
void create_events(const IngestDeps& deps, const Request& request, const Responder& respond);
void create_events_v1(const IngestDeps& deps, const Request& request, const Responder& respond);
void create_model_events(const IngestDeps& deps, const Request& request, const Responder& respond);

// PUT /events, {"event_id": ..., fields that change}; PUT /v1/events/{event_id}, the fields. The
// event may arrive later.
void update_event(const IngestDeps& deps, const Request& request, const Responder& respond);
void update_event_v1(const IngestDeps& deps, const Request& request, const Responder& respond);

}  // namespace honeyhive::server
