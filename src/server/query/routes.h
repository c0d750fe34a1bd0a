#pragma once

// The routes that read.

#include "server/http/router.h"
#include "server/query/deps.h"

namespace honeyhive::server {

// `deps.store` and `deps.hub` must outlive the router's last request. For the live tail,
// `publish_stored` (tail.h) connects the two before the first append.
void register_query(Router& router, QueryDeps deps);

}  // namespace honeyhive::server
