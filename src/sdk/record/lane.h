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
    if (HH_UNLIKELY(space > room_)) return append_to_new_chunk(what, record);
    // Fails if the worker has taken the chunk back: then it is no longer ours to look at.
    std::uint64_t leased = word_;
    constexpr std::uint64_t to_writing =
        ChunkWord{ChunkState::writing}.pack() - ChunkWord{ChunkState::leased}.pack();
    if (HH_UNLIKELY(!state_->compare_exchange_strong(
            leased, leased + to_writing, std::memory_order_acquire, std::memory_order_relaxed))) {
      return append_after_take_back(what, record);
    }
    place(end_, what, record);
    commit(space);
    return true;
  }

  // The same for a small record, of which `copy_block` bytes more can be read, without a call.
  // False also where only `append` can tell.
  HH_INLINE bool try_append_small(const RecordInfo& what, const char* record) noexcept {
    const std::uint32_t space = record_space(what.bytes);
    std::uint64_t leased = word_;
    constexpr std::uint64_t to_writing =
        ChunkWord{ChunkState::writing}.pack() - ChunkWord{ChunkState::leased}.pack();
    if (HH_UNLIKELY(space + copy_block > room_ ||
                    !state_->compare_exchange_strong(leased, leased + to_writing,
                                                     std::memory_order_acquire,
                                                     std::memory_order_relaxed))) {
      return false;
    }
    char* const at = end_;
    write_header(at, what);
    // In whole blocks: what is copied too much lies where the next record goes.
    char* out = at + sizeof(RecordHeader);
    for (const char* const last = record + what.bytes; record < last; record += copy_block) {
      std::memcpy(out, record, copy_block);
      out += copy_block;
    }
    commit(space);
    return true;
  }
  static constexpr std::uint32_t copy_block = 64;

  Destination& destination() const noexcept { return destination_; }

 private:
  HH_INLINE void commit(std::uint32_t space) noexcept {
    end_ += space;
    room_ -= space;
    word_ += std::uint64_t{space} << ChunkWord::used_shift;
    state_->store(word_, std::memory_order_release);
  }
  HH_INLINE static void write_header(char* at, const RecordInfo& what) noexcept {
    auto* const header = new (at) RecordHeader;  // each field is set below
    header->bytes = what.bytes;
    header->type = what.type;
    header->flags = what.flags;
    header->tracer = what.tracer;
    header->session = what.session;
    header->end_ns = what.end_ns;
    header->check = record_check(*header, what.flags);
  }
  HH_INLINE static void place(char* at, const RecordInfo& what, const char* record) noexcept {
    write_header(at, what);
    std::memcpy(at + sizeof(RecordHeader), record, what.bytes);
  }
  bool append_after_take_back(const RecordInfo& what, const char* record) noexcept;
  bool append_to_new_chunk(const RecordInfo& what, const char* record) noexcept;
  void seal() noexcept;

  std::atomic<std::uint64_t>* state_ = nullptr;  // of the chunk
  std::uint64_t word_ = 0;                       // as this lane left it: `leased`
  char* end_ = nullptr;                          // of its records
  std::uint32_t room_ = 0;                       // bytes behind them
  std::uint32_t next_pages_ = 1;
  Destination& destination_;
  Waker& waker_;
};

}  // namespace honeyhive::sdk
