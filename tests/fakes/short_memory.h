#pragma once

// Lets allocations fail. For one source file of a program, whose `operator new` this replaces.

#include <atomic>
#include <cstdlib>
#include <new>

namespace honeyhive::fakes {

enum class Shortage { once, lasting };

inline thread_local long allocations_left = -1;  // of this thread; below 0: no bound
inline thread_local Shortage shortage = Shortage::once;
inline thread_local bool has_failed = false;
inline thread_local bool is_spared = false;
inline std::atomic<bool> starves_others{false};

// While it lives, this thread has memory for `count` more allocations. With `once` only the next
// one fails.
class ShortMemory {
 public:
  ShortMemory(long count, Shortage how) noexcept {
    shortage = how;
    has_failed = false;
    allocations_left = count;
  }
  ~ShortMemory() { allocations_left = -1; }
  ShortMemory(const ShortMemory&) = delete;
  ShortMemory& operator=(const ShortMemory&) = delete;
};

// While it lives, no other thread has memory.
class StarvedOthers {
 public:
  StarvedOthers() noexcept {
    is_spared = true;
    starves_others = true;
  }
  ~StarvedOthers() { starves_others = false; }
  StarvedOthers(const StarvedOthers&) = delete;
  StarvedOthers& operator=(const StarvedOthers&) = delete;
};

inline bool may_allocate() noexcept {
  if (starves_others.load(std::memory_order_relaxed) && !is_spared) return false;
  if (allocations_left < 0) return true;
  if (allocations_left > 0) {
    --allocations_left;
    return true;
  }
  if (shortage == Shortage::once) allocations_left = -1;
  has_failed = true;
  return false;
}

}  // namespace honeyhive::fakes

// Not inline, lest the compiler see `malloc` behind one and not behind the other.
[[gnu::noinline]] void* operator new(std::size_t bytes) {
  if (honeyhive::fakes::may_allocate()) {
    if (void* const made = std::malloc(bytes)) return made;
  }
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* gone) noexcept { std::free(gone); }
[[gnu::noinline]] void operator delete(void* gone, std::size_t) noexcept { std::free(gone); }
