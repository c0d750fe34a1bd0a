#include "sdk/record/arena.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <new>

#include "sdk/record/arena_header.h"

namespace honeyhive::sdk {
namespace {

constexpr std::uint32_t word_pages = 64;
constexpr std::size_t max_words = Arena::max_bytes / Arena::page_bytes / word_pages;
constexpr std::uint64_t all = ~std::uint64_t{0};

// A state word and a link per page. Zero pages of the system are valid atomics with value 0, and
// cost nothing unless touched.
constexpr std::size_t links_bytes =
    Arena::max_bytes / Arena::page_bytes * sizeof(std::atomic<std::uint32_t>);
constexpr std::size_t mapped_bytes = arena_header_bytes + Arena::max_bytes + links_bytes;

bool make_usable(void* memory, std::size_t bytes) noexcept {
  return ::mprotect(memory, bytes, PROT_READ | PROT_WRITE) == 0;
}

constexpr std::uint64_t low_bits(std::uint32_t count) noexcept {
  return count >= 64 ? all : (std::uint64_t{1} << count) - 1;
}

}  // namespace

std::unique_ptr<Arena> Arena::create() {
  // Not accessible: a system that grants no more memory than it has (vm.overcommit_memory = 2)
  // would count all of it otherwise.
  void* const memory =
      ::mmap(nullptr, mapped_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  char* const links = static_cast<char*>(memory) + arena_header_bytes + max_bytes;
  if (!make_usable(memory, arena_header_bytes) || !make_usable(links, links_bytes)) {
    ::munmap(memory, mapped_bytes);
    return nullptr;
  }
  new (memory) ArenaHeader{.magic = arena_magic,
                           .version = arena_format_version,
                           .header_bytes = arena_header_bytes,
                           .page_bytes = page_bytes};
  return std::unique_ptr<Arena>(new Arena(static_cast<char*>(memory) + arena_header_bytes));
}

Arena::Arena(char* memory)
    : memory_(memory),
      used_(std::make_unique<std::atomic<std::uint64_t>[]>(max_words)),
      links_(reinterpret_cast<std::atomic<std::uint32_t>*>(memory + max_bytes)),
      state_words_(reinterpret_cast<std::atomic<std::uint64_t>*>(memory - arena_header_bytes +
                                                                 arena_words_offset)) {
  static_assert(arena_header_bytes - arena_words_offset ==
                max_bytes / page_bytes * sizeof(std::atomic<std::uint64_t>));
}

Arena::~Arena() { ::munmap(memory_ - arena_header_bytes, mapped_bytes); }

void Arena::grow(std::size_t bytes) noexcept {
  constexpr std::size_t word_bytes = word_pages * page_bytes;
  const auto wanted =
      static_cast<std::uint32_t>((std::min(bytes, max_bytes) + word_bytes - 1) / word_bytes);
  const std::uint32_t present = words_.load(std::memory_order_relaxed);
  if (wanted > present &&
      make_usable(memory_ + present * word_bytes, (wanted - present) * word_bytes)) {
    words_.store(wanted, std::memory_order_release);
    reinterpret_cast<ArenaHeader*>(memory_ - arena_header_bytes)->pages = wanted * word_pages;
  }
}

std::optional<std::uint32_t> Arena::take(std::uint32_t pages) noexcept {
  const std::uint32_t words = words_.load(std::memory_order_acquire);
  const std::uint32_t span = (pages + word_pages - 1) / word_pages;
  std::uint32_t first = 0;
  for (std::uint32_t word = 0; word + span <= words; ++word) {
    if (span == 1 ? take_in_word(word, pages, first) : take_words(word, pages)) {
      return span == 1 ? first : word * word_pages;
    }
  }
  return std::nullopt;
}

bool Arena::take_in_word(std::uint32_t word, std::uint32_t pages, std::uint32_t& first) noexcept {
  std::uint64_t used = used_[word].load(std::memory_order_relaxed);
  while (used != all) {
    // Bit i of `runs`: pages i to i + pages - 1 are free. Doubling steps cover any length.
    std::uint64_t runs = ~used;
    for (std::uint32_t covered = 1; covered < pages && runs != 0;) {
      const std::uint32_t step = std::min(covered, pages - covered);
      runs &= runs >> step;
      covered += step;
    }
    if (runs == 0) return false;
    const auto at = static_cast<std::uint32_t>(std::countr_zero(runs));
    if (used_[word].compare_exchange_weak(used, used | low_bits(pages) << at,
                                          std::memory_order_acquire, std::memory_order_relaxed)) {
      first = word * word_pages + at;
      return true;
    }
  }
  return false;
}

bool Arena::take_words(std::uint32_t word, std::uint32_t pages) noexcept {
  std::uint32_t left = pages;
  for (std::uint32_t at = word; left > 0; ++at) {
    const std::uint32_t here = std::min(left, word_pages);
    std::uint64_t used = used_[at].load(std::memory_order_relaxed);
    bool taken = false;
    while (!taken && (used & low_bits(here)) == 0) {
      taken = used_[at].compare_exchange_weak(used, used | low_bits(here),
                                              std::memory_order_acquire, std::memory_order_relaxed);
    }
    if (!taken) {
      if (pages > left) give(word * word_pages, pages - left);
      return false;
    }
    left -= here;
  }
  return true;
}

void Arena::give(std::uint32_t first, std::uint32_t pages) noexcept {
  while (pages > 0) {
    const std::uint32_t bit = first % word_pages;
    const std::uint32_t here = std::min(pages, word_pages - bit);
    used_[first / word_pages].fetch_and(~(low_bits(here) << bit), std::memory_order_release);
    first += here;
    pages -= here;
  }
}

}  // namespace honeyhive::sdk
