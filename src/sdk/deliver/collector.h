#pragma once

// Reads the records of one destination out of the arena, each once, and gives chunks back when all
// that was read from them has been settled.
//
// For one thread at a time. Records are seen in the order each thread published them, but for large
// ones, which may come later.

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>

#include "sdk/record/destination.h"

namespace honeyhive::sdk {

using SteadyTime = std::chrono::steady_clock::time_point;

// A chunk as its reader sees it. Stays where it is until it is given back.
struct OpenChunk {
  ChunkHeader* chunk = nullptr;
  std::uint32_t lease = 0;
  std::uint32_t read = sizeof(ChunkHeader);  // bytes
  std::uint32_t unsettled = 0;               // records handed out and not settled yet
  bool sealed = false;
  SteadyTime last_progress{};
};

// A record, in place: header and bytes may be written to until it is settled.
struct Record {
  RecordHeader* header;
  char* bytes;
  OpenChunk* chunk;
};

class Collector {
 public:
  explicit Collector(Destination& destination) noexcept : destination_(destination) {}

  // Calls `take` for each record published since the last time; false leaves the rest for later.
  // True if chunks were given back. What `take` throws passes through; the record comes again.
  bool collect(SteadyTime now, const std::function<bool(const Record&)>& take);

  // `count` records of `chunk` are done with. True if the chunk was given back.
  bool settle(OpenChunk& chunk, std::uint32_t count) noexcept;

  // Takes back chunks whose threads have been elsewhere for a while; true if any was given back.
  bool take_back_idle(SteadyTime now) noexcept;

  // When `take_back_idle` should be called next; SteadyTime::max() if nothing is leased.
  SteadyTime next_take_back() const noexcept;

  Destination& destination() const noexcept { return destination_; }

 private:
  using Chunks = std::list<OpenChunk>;

  void list_new_chunks(SteadyTime now);
  bool read(OpenChunk& chunk, SteadyTime now, const std::function<bool(const Record&)>& take);
  bool give_back_if_done(Chunks::iterator chunk) noexcept;

  Destination& destination_;
  Chunks chunks_;
  ChunkHeader* new_chunks_ = nullptr;  // taken, and not in `chunks_` yet
};

}  // namespace honeyhive::sdk
