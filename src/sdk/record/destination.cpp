#include "sdk/record/destination.h"

namespace honeyhive::sdk {

ChunkHeader* Destination::lease(std::uint32_t pages) noexcept {
  // Never above the limit, not even for a moment: another thread may look for fewer pages just now.
  const std::uint32_t limit = page_limit();
  std::uint32_t held = pages_.load(std::memory_order_relaxed);
  do {
    if (held + pages > limit) return nullptr;
  } while (!pages_.compare_exchange_weak(held, held + pages, std::memory_order_relaxed));
  const auto first = arena_.take(pages);
  if (!first) {
    pages_.fetch_sub(pages, std::memory_order_relaxed);
    return nullptr;
  }
  auto* const chunk = new (arena_.at(*first)) ChunkHeader{};
  chunk->magic = chunk_magic;
  chunk->pages = pages;
  chunk->destination = index_;
  // `writing`: the worker sees the chunk at once, and must not take it back before its first
  // record.
  const ChunkWord word{ChunkState::writing, sizeof(ChunkHeader), arena_.next_lease()};
  word_of(chunk).store(word.pack(), std::memory_order_relaxed);
  std::uint32_t newest = new_chunks_.load(std::memory_order_relaxed);
  do {
    arena_.link(*first).store(newest, std::memory_order_relaxed);
  } while (!new_chunks_.compare_exchange_weak(newest, *first + 1, std::memory_order_release,
                                              std::memory_order_relaxed));
  return chunk;
}

void Destination::release(ChunkHeader* chunk) noexcept {
  const std::uint32_t pages = chunk->pages;
  word_of(chunk).store(ChunkWord{}.pack(), std::memory_order_relaxed);
  arena_.give(arena_.page_of(chunk), pages);
  pages_.fetch_sub(pages, std::memory_order_relaxed);
}

ChunkHeader* Destination::take_new_chunks() noexcept {
  // The list is newest first: turn it round.
  std::uint32_t at = new_chunks_.exchange(0, std::memory_order_acquire);
  std::uint32_t behind = 0;
  while (at != 0) {
    auto& link = arena_.link(at - 1);
    const std::uint32_t older = link.load(std::memory_order_relaxed);
    link.store(behind, std::memory_order_relaxed);
    behind = at;
    at = older;
  }
  return behind == 0 ? nullptr : reinterpret_cast<ChunkHeader*>(arena_.at(behind - 1));
}

ChunkHeader* Destination::next_chunk(const ChunkHeader* chunk) const noexcept {
  const std::uint32_t next = arena_.link(arena_.page_of(chunk)).load(std::memory_order_relaxed);
  return next == 0 ? nullptr : reinterpret_cast<ChunkHeader*>(arena_.at(next - 1));
}

}  // namespace honeyhive::sdk
