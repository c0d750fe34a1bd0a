#pragma once

// POST of OTLP traces: decode, map, append, answer when it is on disk.
//
// Bad spans are rejected one by one; 400 only for bad framing or if no span is left. Thread-safe.

#include "server/http/router.h"
#include "server/ingest/deps.h"

namespace honeyhive::server {

void receive_traces(const IngestDeps& deps, const Request& request, const Responder& respond);

}  // namespace honeyhive::server
