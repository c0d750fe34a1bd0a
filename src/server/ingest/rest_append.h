#pragma once

// The way of posted events to the disk, and of its answer back.

#include <vector>

#include "server/http/request.h"
#include "server/http/router.h"
#include "server/ingest/deps.h"
#include "server/store/event.h"

namespace honeyhive::server {

// Stores `events`, all or none, and answers with `success` once they are on disk. More than memory
// should hold is 413 or 429.
void append_all(const IngestDeps& deps, std::vector<Event> events, const Responder& respond,
                Response success);

// The same for events of which some may name no project: these go to the one that another event of
// the request names, else to where their session is, or the event that they change, else to
// `default_project`. If that cannot be found out the request is refused: elsewhere an update would
// change nothing.
void append_where_known(const IngestDeps& deps, const Request& request, std::vector<Event> events,
                        const Responder& respond, Response success);

}  // namespace honeyhive::server
