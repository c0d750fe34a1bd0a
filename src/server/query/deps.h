#pragma once

// What the query handlers need. All outlive the router.

#include <cstdint>
#include <functional>

#include "server/http/read_pool.h"
#include "server/http/sse.h"
#include "server/store/store.h"

namespace honeyhive::server {

struct QueryDeps {
  Store& store;
  EventHub& hub;
  ReadPool& reads;
  std::function<std::int64_t()> now_ns;  // since 1970; any thread
};

}  // namespace honeyhive::server
