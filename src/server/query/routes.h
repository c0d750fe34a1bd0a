#pragma once

// The routes that read. All but the live tail run on the pool of `deps`, never on the listener's
// threads; 503 when too many wait.

#include "server/http/router.h"
#include "server/query/deps.h"

namespace honeyhive::server {

// Everything in `deps` must outlive the router's last request. For the live tail,
// `publish_stored` (tail.h) connects the two before the first append.
void register_query(Router& router, QueryDeps deps);

}  // namespace honeyhive::server
