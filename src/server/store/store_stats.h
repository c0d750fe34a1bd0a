#pragma once

// What a store counts about itself.

#include <cstdint>

namespace honeyhive::server {

struct StoreStats {
  std::uint64_t spans_stored = 0;      // by this process
  std::uint64_t spans_duplicate = 0;   // sent again, not stored again
  std::uint64_t logs_stored = 0;       // log records
  std::uint64_t records_replayed = 0;  // from the log at start
  std::uint64_t commits = 0;           // group commits, one fdatasync each
  std::uint64_t commit_errors = 0;     // nothing of them is stored
  std::uint64_t catalog_errors = 0;    // of commits that are on disk: shown when it has caught up
  std::uint64_t bytes_written = 0;
  std::uint64_t bytes_quarantined = 0;  // damaged ranges found at start
  std::uint64_t queued_bytes = 0;       // waiting for their commit, now
};

}  // namespace honeyhive::server
