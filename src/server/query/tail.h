#pragma once

// The live tail: what was just stored, as server-sent events `span`, `session` and `update`. The
// data is the event as `Detail::full` shows it; of an update, only the fields that change say
// anything.

#include "server/http/router.h"
#include "server/query/deps.h"

namespace honeyhive::server {

// From now on `hub` is told of every new event of `store`. Before the first append; `hub` must
// outlive the store's committer.
void publish_stored(Store& store, EventHub& hub);

// GET /api/v0/tail?project=
void tail(const QueryDeps& deps, const Request& request, const Responder& respond);

}  // namespace honeyhive::server
