#pragma once

// The routes that write.

#include "server/http/router.h"
#include "server/ingest/deps.h"

namespace honeyhive::server {

// `deps.store` must outlive the router's last request.
void register_ingest(Router& router, const IngestDeps& deps);

}  // namespace honeyhive::server
