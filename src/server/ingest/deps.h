#pragma once

// What the ingest handlers need. All of it outlives the router.

#include <cstdint>
#include <functional>

#include "server/http/budget.h"
#include "server/http/read_pool.h"
#include "server/store/store.h"

namespace honeyhive::server {

struct IngestDeps {
  Store& store;
  std::function<std::int64_t()> now_ns;                 // since 1970; any thread
  std::function<void(std::uint64_t)> on_rejected = {};  // how many spans; any thread
  Budget* budget = nullptr;  // of memory, for what requests are decoded to; unset: no common bound
  ReadPool* lookups = nullptr;  // where stored events are looked up; unset: where requests arrive
};

}  // namespace honeyhive::server
