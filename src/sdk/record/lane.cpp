#include "sdk/record/lane.h"

#include <algorithm>

namespace honeyhive::sdk {
namespace {

constexpr std::uint32_t largest_chunk_pages = 16;  // 64 KB

}  // namespace

bool Lane::append_after_take_back(const RecordInfo& what, const char* record) noexcept {
  state_ = nullptr;
  room_ = 0;
  next_pages_ = 1;
  return append_to_new_chunk(what, record);
}

bool Lane::append_to_new_chunk(const RecordInfo& what, const char* record) noexcept {
  const std::uint32_t space = record_space(what.bytes);
  const auto bytes = static_cast<std::uint32_t>(sizeof(ChunkHeader)) + space;
  const auto needed =
      static_cast<std::uint32_t>((bytes + Arena::page_bytes - 1) / Arena::page_bytes);
  const bool large = space > large_record_bytes;
  const std::uint32_t largest =
      std::max(needed, std::min(largest_chunk_pages, destination_.page_limit() / 16));
  std::uint32_t pages = large ? needed : std::clamp(next_pages_, needed, largest);

  ChunkHeader* chunk = destination_.lease(pages);
  if (chunk == nullptr && pages > needed) chunk = destination_.lease(pages = needed);
  if (chunk == nullptr) {
    // Said once: the worker answers by making room, if there is any to be made. Ordered before the
    // look at whether it sleeps, as its own look at this is after it said that it will.
    if (!destination_.pressed.exchange(true, std::memory_order_seq_cst)) waker_.wake_if_asleep();
    return false;
  }
  std::atomic<std::uint64_t>& state = destination_.word_of(chunk);
  ChunkWord word = ChunkWord::unpack(state.load(std::memory_order_relaxed));
  word.state = large ? ChunkState::sealed : ChunkState::leased;
  word.used = bytes;
  char* const at = reinterpret_cast<char*>(chunk) + sizeof(ChunkHeader);
  place(at, what, record);
  // Announced to the worker already, but empty until now.
  state.store(word.pack(), std::memory_order_release);
  if (large) {
    if (destination_.note_sealed(bytes)) waker_.wake_if_asleep();
    return true;
  }
  seal();
  state_ = &state;
  word_ = word.pack();
  end_ = at + space;
  room_ = pages * static_cast<std::uint32_t>(Arena::page_bytes) - bytes;
  next_pages_ = std::min(pages * 2, largest_chunk_pages);
  return true;
}

void Lane::seal() noexcept {
  if (state_ == nullptr) return;
  std::uint64_t leased = word_;
  ChunkWord word = ChunkWord::unpack(word_);
  word.state = ChunkState::sealed;
  if (!state_->compare_exchange_strong(leased, word.pack(), std::memory_order_release,
                                       std::memory_order_relaxed)) {
    return;  // taken back
  }
  if (destination_.note_sealed(word.used)) waker_.wake_if_asleep();
}

}  // namespace honeyhive::sdk
