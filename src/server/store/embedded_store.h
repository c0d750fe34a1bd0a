#pragma once

// The store inside the server: an append-only log of compressed frames, and a SQLite catalogue that
// finds things in it. Formats: docs/log_format.md.
//
//   append: encode and compress on the caller's thread -> queue
//   committer (one thread): take all that is queued -> drop what is stored already -> one write,
//   one fdatasync -> catalogue -> listener -> done
//
// One process per folder; a lock file says so.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/limits.h"
#include "core/result.h"
#include "server/store/file_system.h"
#include "server/store/store.h"

namespace honeyhive::server {

struct StoreOptions {
  std::string path;                           // the data folder; made, 0700, if it is missing
  FileSystem& files = posix_file_system();    // of the log
  std::function<std::int64_t()> now_ns = {};  // names the day; unset: the system's clock
  std::string catalog_path = {};              // unset: catalog.db in the folder
  std::uint64_t segment_bytes = 256 << 20;    // a segment is full when it is larger
  std::size_t queue_bytes = 64 << 20;         // append refuses while more is waiting
  std::size_t known_spans = 4'000'000;        // span ids in memory, 8 bytes each, or one trace
  std::size_t read_bytes = core::limits::read_bytes;
  std::function<void()> on_recovered = {};  // before the first thread is started
};

// Replays what the catalogue does not know yet. Error: `unavailable`, naming the folder, if another
// process has it open or it cannot be used.
core::Result<std::unique_ptr<Store>> open_store(StoreOptions options);

}  // namespace honeyhive::server
