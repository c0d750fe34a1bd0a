#pragma once

// What the ingest handlers need. Both outlive the router.

#include <cstdint>
#include <functional>

#include "server/store/store.h"

namespace honeyhive::server {

struct IngestDeps {
  Store& store;
  std::function<std::int64_t()> now_ns;                 // since 1970; any thread
  std::function<void(std::uint64_t)> on_rejected = {};  // how many spans; any thread
};

}  // namespace honeyhive::server
