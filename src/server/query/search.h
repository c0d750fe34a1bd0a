#pragma once

// Events by filter, the latest first.
//
// Source: HoneyHive's public REST API, "events".

#include "server/http/router.h"
#include "server/query/deps.h"

namespace honeyhive::server {

// POST /v1/events/search -> as an export, but by start over all events, the latest first.
void search_events(const QueryDeps& deps, const Request& request, const Responder& respond);

}  // namespace honeyhive::server
