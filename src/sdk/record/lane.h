#pragma once

// A thread's way to one destination: the chunk it is writing to, and the next one when that is
// full.
//
// For its thread only; never blocks. Chunks grow with use, from 4 KB to 64 KB.

#include <cstdint>

#include "sdk/record/chunk.h"
#include "sdk/record/destination.h"
#include "sdk/record/waker.h"

namespace honeyhive::sdk {

// Records above this get a run of pages of their own.
inline constexpr std::uint32_t large_record_bytes = 32 << 10;

class Lane {
 public:
  Lane(Destination& destination, Waker& waker) noexcept
      : destination_(destination), waker_(waker) {}

  // Publishes a copy of `record` (header.bytes long). False: there is no room for it.
  bool append(const RecordHeader& header, const char* record) noexcept;

  Destination& destination() const noexcept { return destination_; }

 private:
  bool append_to_new_chunk(const RecordHeader& header, const char* record) noexcept;
  void seal() noexcept;

  Destination& destination_;
  Waker& waker_;
  ChunkHeader* chunk_ = nullptr;
  ChunkWord word_;              // as this lane left it: `leased`
  std::uint32_t capacity_ = 0;  // of the chunk, in bytes
  std::uint32_t next_pages_ = 1;
};

}  // namespace honeyhive::sdk
