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

constexpr std::size_t word_bytes = word_pages * Arena::page_bytes;

// A state word and a link per page. Zero pages of the system are valid atomics with value 0, and
// cost nothing unless touched.
constexpr std::size_t links_bytes(std::size_t reserved) noexcept {
  const std::size_t bytes = reserved / Arena::page_bytes * sizeof(std::atomic<std::uint32_t>);
  return (bytes + Arena::page_bytes - 1) / Arena::page_bytes * Arena::page_bytes;
}
constexpr std::size_t mapped_bytes(std::size_t reserved) noexcept {
  return arena_header_bytes + reserved + links_bytes(reserved);
}

// Not accessible: a system that grants no more memory than it has (vm.overcommit_memory = 2) would
// count all of it otherwise.
char* map(std::size_t reserved) noexcept {
  void* const memory = ::mmap(nullptr, mapped_bytes(reserved), PROT_NONE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return memory == MAP_FAILED ? nullptr : static_cast<char*>(memory);
}

bool make_usable(void* memory, std::size_t bytes) noexcept {
  return ::mprotect(memory, bytes, PROT_READ | PROT_WRITE) == 0;
}

constexpr std::uint64_t low_bits(std::uint32_t count) noexcept {
  return count >= 64 ? all : (std::uint64_t{1} << count) - 1;
}

}  // namespace

Arena::Arena() : used_(std::make_unique<std::atomic<std::uint64_t>[]>(max_words)) {
  static_assert(arena_header_bytes - arena_words_offset ==
                max_bytes / page_bytes * sizeof(std::atomic<std::uint64_t>));
}

Arena::~Arena() {
  if (memory_ != nullptr) ::munmap(memory_ - arena_header_bytes, mapped_bytes(reserved_));
}

bool Arena::reserve(std::size_t least) noexcept {
  std::size_t bytes = max_bytes;
  char* mapped = nullptr;
  while ((mapped = map(bytes)) == nullptr) {
    if (bytes == least) return false;
    bytes = std::max(bytes / 2, least);
  }
  // The program needs some of the little there is.
  if (const std::size_t kept = std::max(bytes / 4, least); bytes < max_bytes && kept < bytes) {
    ::munmap(mapped + mapped_bytes(kept), mapped_bytes(bytes) - mapped_bytes(kept));
    bytes = kept;
  }
  char* const memory = mapped + arena_header_bytes;
  if (!make_usable(mapped, arena_header_bytes) ||
      !make_usable(memory + bytes, links_bytes(bytes))) {
    ::munmap(mapped, mapped_bytes(bytes));
    return false;
  }
  new (mapped) ArenaHeader{.magic = arena_magic,
                           .version = arena_format_version,
                           .header_bytes = arena_header_bytes,
                           .page_bytes = page_bytes};
  memory_ = memory;
  reserved_ = bytes;
  links_ = reinterpret_cast<std::atomic<std::uint32_t>*>(memory + bytes);
  state_words_ = reinterpret_cast<std::atomic<std::uint64_t>*>(mapped + arena_words_offset);
  return true;
}

void Arena::grow(std::size_t bytes) noexcept {
  bytes = (std::min(bytes, max_bytes) + word_bytes - 1) / word_bytes * word_bytes;
  if (bytes == 0 || (memory_ == nullptr && !reserve(bytes))) return;
  const auto wanted = static_cast<std::uint32_t>(std::min(bytes, reserved_) / word_bytes);
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
