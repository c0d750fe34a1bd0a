#pragma once

// Which fields events have.
//
// Source: HoneyHive's public REST API, "events".

#include "server/http/router.h"
#include "server/query/deps.h"

namespace honeyhive::server {

// GET /v1/events/schema?dateRange=&evaluation_id=&project=
// -> {"fields": [{"name": "inputs.q", "event_type": "model"}], "datasets": [...], "mappings": {}}.
// Adds "complete": false where the walk ended early, or found more than it lists.
void events_schema(const QueryDeps& deps, const Request& request, const Responder& respond);

}  // namespace honeyhive::server
