#pragma once

// POST of OTLP logs: decode, map, append, answer when it is on disk.
//
// Bad records are rejected one by one; 400 only for bad framing or if none is left. Thread-safe.

#include "server/http/router.h"
#include "server/ingest/deps.h"

namespace honeyhive::server {

void receive_logs(const IngestDeps& deps, const Request& request, const Responder& respond);

}  // namespace honeyhive::server
