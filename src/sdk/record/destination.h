#pragma once

// A destination: where spans of one server, key and project go. Tracers with the same three share
// it. This is the half that recording threads touch: how much of the arena it holds, and which
// chunks are new. The sending half is deliver/route.h.
//
// Destinations live as long as the process.

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <optional>

#include "sdk/record/arena.h"
#include "sdk/record/chunk.h"

namespace honeyhive::sdk {

class Destination {
 public:
  Destination(Arena& arena, std::uint32_t index) noexcept : arena_(arena), index_(index) {}

  std::uint32_t index() const noexcept { return index_; }
  Arena& arena() const noexcept { return arena_; }

  // How many pages it may hold. While another destination is in use, at most half of the arena; and
  // while its server is stuck and another's is not, at most its share of half: servers that are
  // down can never take the last half.
  void set_page_limit(std::uint32_t pages) noexcept {
    page_limit_.store(pages, std::memory_order_relaxed);
  }
  void set_stuck_limit(std::uint32_t pages) noexcept {
    stuck_limit_.store(pages, std::memory_order_relaxed);
  }
  std::uint32_t page_limit() const noexcept {
    return std::min(page_limit_.load(std::memory_order_relaxed),
                    stuck_limit_.load(std::memory_order_relaxed));
  }
  std::uint32_t pages_held() const noexcept { return pages_.load(std::memory_order_relaxed); }

  // A new, empty chunk in state `writing`; null if the limit or the arena is reached. Lock-free.
  ChunkHeader* lease(std::uint32_t pages) noexcept;

  // The worker is done with the chunk.
  void release(ChunkHeader* chunk) noexcept;

  // What the worker holds elsewhere for spans of this destination counts too; it is never refused.
  void charge(std::uint32_t pages) noexcept { pages_.fetch_add(pages, std::memory_order_relaxed); }
  void discharge(std::uint32_t pages) noexcept {
    pages_.fetch_sub(pages, std::memory_order_relaxed);
  }

  // Requests that the server has taken.
  void note_answer() noexcept { answers_.fetch_add(1, std::memory_order_relaxed); }
  std::uint64_t answers() const noexcept { return answers_.load(std::memory_order_relaxed); }

  // A writer has filled a chunk with `bytes` of records. True if so much has come together that a
  // sleeping worker should wake.
  bool note_sealed(std::uint32_t bytes) noexcept {
    const auto before = unseen_bytes_.fetch_add(bytes, std::memory_order_seq_cst);
    return before + bytes >= wake_bytes();
  }
  bool has_unseen() const noexcept {
    return unseen_bytes_.load(std::memory_order_seq_cst) >= wake_bytes();
  }
  void note_seen() noexcept { unseen_bytes_.store(0, std::memory_order_seq_cst); }

  std::atomic<std::uint64_t>& word_of(const ChunkHeader* chunk) const noexcept {
    return arena_.state_word(arena_.page_of(chunk));
  }

  // Worker only: the chunks leased since the last call, oldest first, linked by `next_chunk`; null
  // at the end.
  ChunkHeader* take_new_chunks() noexcept;
  ChunkHeader* next_chunk(const ChunkHeader* chunk) const noexcept;

  static constexpr std::uint32_t no_limit = ~std::uint32_t{0};

  // A producer found no room: the worker makes some where it can.
  std::atomic<bool> pressed{false};

 private:
  std::uint32_t wake_bytes() const noexcept {
    const std::uint32_t share = page_limit() / 8 * static_cast<std::uint32_t>(Arena::page_bytes);
    constexpr std::uint32_t enough = 1 << 20;  // a batch: waking for less costs the caller
    return share < enough ? share : enough;
  }

  Arena& arena_;
  const std::uint32_t index_;
  std::atomic<std::uint32_t> page_limit_{0};
  std::atomic<std::uint32_t> stuck_limit_{no_limit};
  alignas(64) std::atomic<std::uint32_t> pages_{0};
  std::atomic<std::uint32_t> new_chunks_{0};  // page + 1 of the newest; 0: none
  std::atomic<std::uint32_t> unseen_bytes_{0};
  std::atomic<std::uint64_t> answers_{0};
};

}  // namespace honeyhive::sdk
