#pragma once

// A thread's way to one destination: the chunk it is writing to, and the next one when that is
// full.
//
// For its thread only; never blocks. Chunks grow with use, from 4 KB to 64 KB.

#include <cstdint>

#include "core/inline.h"
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

  // Publishes a copy of `record` (what.bytes long). False: there is no room for it.
  HH_INLINE bool append(RecordInfo what, const char* record) noexcept {
    const std::uint32_t space = record_space(what.bytes);
    if (space > room_) [[unlikely]]
      return append_to_new_chunk(what, record);
    // Fails if the worker has taken the chunk back: then it is no longer ours to look at.
    std::uint64_t leased = word_;
    constexpr std::uint64_t to_writing =
        ChunkWord{ChunkState::writing}.pack() - ChunkWord{ChunkState::leased}.pack();
    if (!chunk_->word.compare_exchange_strong(leased, leased + to_writing,
                                              std::memory_order_acquire, std::memory_order_relaxed))
        [[unlikely]] {
      return append_after_take_back(what, record);
    }
    place(end_, what, record);
    end_ += space;
    room_ -= space;
    word_ += std::uint64_t{space} << ChunkWord::used_shift;
    chunk_->word.store(word_, std::memory_order_release);
    return true;
  }

  Destination& destination() const noexcept { return destination_; }

 private:
  HH_INLINE static void place(char* at, const RecordInfo& what, const char* record) noexcept {
    auto* const header =
        new (at) RecordHeader{what.bytes, what.type, what.flags, what.tracer, 0, what.end_ns, 0, 0};
    header->check = record_check(*header);
    std::memcpy(at + sizeof(RecordHeader), record, what.bytes);
  }
  bool append_after_take_back(const RecordInfo& what, const char* record) noexcept;
  bool append_to_new_chunk(const RecordInfo& what, const char* record) noexcept;
  void seal() noexcept;

  ChunkHeader* chunk_ = nullptr;
  std::uint64_t word_ = 0;  // the chunk's, as this lane left it: `leased`
  char* end_ = nullptr;     // of its records
  std::uint32_t room_ = 0;  // bytes behind them
  std::uint32_t next_pages_ = 1;
  Destination& destination_;
  Waker& waker_;
};

}  // namespace honeyhive::sdk
