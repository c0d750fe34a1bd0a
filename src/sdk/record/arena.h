#pragma once

// The memory of all unsent spans of the process: pages of 4 KB, taken and given back in runs.
//
// Taking and giving are lock-free and thread-safe: a bit per page, claimed by compare-and-swap, the
// lowest free run first, so that a drained arena keeps using the memory that is in the cache. The
// map of free pages lives outside of the arena's own memory: whoever reads the arena after a crash
// trusts nothing in it (docs/arena_format.md).

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace honeyhive::sdk {

class Arena {
 public:
  static constexpr std::size_t page_bytes = 4096;
  static constexpr std::size_t max_bytes = std::size_t{1} << 30;

  // Of no page yet.
  static std::unique_ptr<Arena> create() { return std::unique_ptr<Arena>(new Arena); }
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // Makes at least `bytes` usable, rounded up to 256 KB; never shrinks. Stays as it is if the
  // system gives no more. Not for two threads at once.
  //
  // The first call reserves address space for all later ones, which nobody counts as memory: for
  // `max_bytes`, or where that is scarce (`ulimit -v`) for a quarter of what there is, at least for
  // `bytes`. More than was reserved is never given.
  void grow(std::size_t bytes) noexcept;

  // The first of `pages` free pages in a row (at least 1); nullopt if there are none.
  std::optional<std::uint32_t> take(std::uint32_t pages) noexcept;
  void give(std::uint32_t first, std::uint32_t pages) noexcept;

  char* at(std::uint32_t page) const noexcept { return memory_ + page * page_bytes; }
  std::uint32_t page_of(const void* address) const noexcept {
    return static_cast<std::uint32_t>(
        static_cast<std::size_t>(static_cast<const char*>(address) - memory_) / page_bytes);
  }
  // A place for the user of a run to link it to another: one per page, outside of the memory.
  std::atomic<std::uint32_t>& link(std::uint32_t page) const noexcept { return links_[page]; }

  // The state word of the chunk that begins with this page (chunk.h).
  std::atomic<std::uint64_t>& state_word(std::uint32_t page) const noexcept {
    return state_words_[page];
  }

  // Tells leases of the same run apart.
  std::uint32_t next_lease() noexcept { return leases_.fetch_add(1, std::memory_order_relaxed); }

  std::uint32_t pages() const noexcept { return words_.load(std::memory_order_acquire) * 64; }

 private:
  Arena();
  bool reserve(std::size_t least) noexcept;
  bool take_in_word(std::uint32_t word, std::uint32_t pages, std::uint32_t& first) noexcept;
  bool take_words(std::uint32_t word, std::uint32_t pages) noexcept;

  // Set before `words_` is, and never changed.
  char* memory_ = nullptr;
  std::size_t reserved_ = 0;                            // bytes of it
  std::unique_ptr<std::atomic<std::uint64_t>[]> used_;  // a set bit is a page in use
  std::atomic<std::uint32_t>* links_ = nullptr;         // behind the memory, in the same mapping
  std::atomic<std::uint64_t>* state_words_ = nullptr;   // in the header
  std::atomic<std::uint32_t> leases_{0};
  std::atomic<std::uint32_t> words_{0};  // how much of it may be used
};

}  // namespace honeyhive::sdk
