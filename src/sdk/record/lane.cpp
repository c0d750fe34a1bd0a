#include "sdk/record/lane.h"

#include <algorithm>

namespace honeyhive::sdk {
namespace {

constexpr std::uint32_t largest_chunk_pages = 16;  // 64 KB

void place(char* at, const RecordHeader& header, const char* record) noexcept {
  std::memcpy(at, &header, sizeof header);
  std::memcpy(at + sizeof header, record, header.bytes);
}

}  // namespace

bool Lane::append(const RecordHeader& header, const char* record) noexcept {
  const std::uint32_t space = record_space(header.bytes);
  if (chunk_ == nullptr || space > capacity_ - word_.used || space > large_record_bytes) {
    return append_to_new_chunk(header, record);
  }
  // Fails if the worker has taken the chunk back: then it is no longer ours to look at.
  std::uint64_t expected = word_.pack();
  const ChunkWord writing{ChunkState::writing, word_.used, word_.lease};
  if (!chunk_->word.compare_exchange_strong(expected, writing.pack(), std::memory_order_acquire,
                                            std::memory_order_relaxed)) {
    chunk_ = nullptr;
    next_pages_ = 1;
    return append_to_new_chunk(header, record);
  }
  place(reinterpret_cast<char*>(chunk_) + word_.used, header, record);
  word_.used += space;
  chunk_->word.store(word_.pack(), std::memory_order_release);
  return true;
}

bool Lane::append_to_new_chunk(const RecordHeader& header, const char* record) noexcept {
  const std::uint32_t space = record_space(header.bytes);
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
    destination_.pressed.store(true, std::memory_order_relaxed);
    waker_.wake_if_asleep();
    return false;
  }
  const std::uint32_t lease = ChunkWord::unpack(chunk->word.load(std::memory_order_relaxed)).lease;
  const ChunkWord word{large ? ChunkState::sealed : ChunkState::leased, bytes, lease};
  place(reinterpret_cast<char*>(chunk) + sizeof(ChunkHeader), header, record);
  // Announced to the worker already, but empty until now.
  chunk->word.store(word.pack(), std::memory_order_release);
  if (large) {
    if (destination_.note_sealed(bytes)) waker_.wake_if_asleep();
    return true;
  }
  seal();
  chunk_ = chunk;
  word_ = word;
  capacity_ = pages * static_cast<std::uint32_t>(Arena::page_bytes);
  next_pages_ = std::min(pages * 2, largest_chunk_pages);
  return true;
}

void Lane::seal() noexcept {
  if (chunk_ == nullptr) return;
  std::uint64_t expected = word_.pack();
  const ChunkWord sealed{ChunkState::sealed, word_.used, word_.lease};
  if (!chunk_->word.compare_exchange_strong(expected, sealed.pack(), std::memory_order_release,
                                            std::memory_order_relaxed)) {
    return;  // taken back
  }
  if (destination_.note_sealed(word_.used)) waker_.wake_if_asleep();
}

}  // namespace honeyhive::sdk
