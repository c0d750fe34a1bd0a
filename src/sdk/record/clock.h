#pragma once

// Wall-clock time in nanoseconds, cheap enough to be read twice per span.
//
// On x86-64 with an invariant TSC it is the time-stamp counter, tied to CLOCK_REALTIME by the
// worker once a second: small errors are slewed away, so that time runs on without a jump; a step
// of the system clock by more than a second is followed. Until the first two calls of `rebase`, and
// on every other machine, it is clock_gettime.
//
// Reading is wait-free and thread-safe. Within a thread the recorder keeps it from going backwards.

#include <atomic>
#include <cstdint>

#include "core/inline.h"

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace honeyhive::sdk {

__extension__ using Wide = unsigned __int128;  // two 64-bit factors fit

// How ticks become nanoseconds: a line through (base_ticks, base_ns), for ticks from there on.
struct ClockLine {
  std::uint64_t base_ticks = 0;
  std::uint64_t base_ns = 0;
  std::uint64_t ns_per_tick = 0;  // 32.32 fixed point

  std::uint64_t at(std::uint64_t ticks) const noexcept { return after(ticks - base_ticks); }
  std::uint64_t after(std::uint64_t ticks) const noexcept {
    return base_ns + static_cast<std::uint64_t>(static_cast<Wide>(ticks) * ns_per_tick >> 32);
  }
};

std::uint64_t system_unix_ns() noexcept;

// The line to follow from `ticks` on, given what the present line says and what is true: within a
// second of error it bends by at most a tenth, without a jump; beyond, it jumps.
ClockLine next_line(const ClockLine& present, std::uint64_t ticks, std::uint64_t true_ns,
                    std::uint64_t measured_ns_per_tick) noexcept;

// Whether two measurements of ns per tick can be of one counter that ran all the time.
bool is_same_rate(std::uint64_t before, std::uint64_t measured) noexcept;

// Clocks that were read together.
struct ClockSample {
  std::uint64_t ticks = 0;
  std::uint64_t boot_ns =
      0;  // since the system started, suspended time too: the counter may run on
  std::uint64_t unix_ns = 0;
};

class Clock {
 public:
  std::uint64_t unix_ns() const noexcept {
    std::uint64_t now = 0;
    return try_ticks(now) ? now : system_unix_ns();
  }

  // The same without a call. False: there is no line to follow, it changes just now, or it begins
  // later than the counter stands, which another processor's may.
  HH_INLINE bool try_ticks(std::uint64_t& now) const noexcept {
#if defined(__x86_64__)
    const std::uint32_t before = sequence_.load(std::memory_order_acquire);
    if (HH_LIKELY((before & 1) == 0)) {
      const ClockLine present = line();
      if (HH_LIKELY(sequence_.load(std::memory_order_relaxed) == before)) {
        std::uint64_t since = 0;
        if (HH_UNLIKELY(__builtin_sub_overflow(__rdtsc(), present.base_ticks, &since)))
          return false;
        now = present.after(since);
        return true;
      }
    }
#endif
    return false;
  }

  // Called by one thread, about once a second; the first call only takes an anchor.
  void rebase() noexcept;
  void rebase(const ClockSample& now) noexcept;

  // The line that is followed; not while it changes.
  ClockLine line() const noexcept {
    return {base_ticks_.load(std::memory_order_acquire), base_ns_.load(std::memory_order_acquire),
            ns_per_tick_.load(std::memory_order_acquire)};
  }

  bool uses_ticks() const noexcept { return (sequence() & 1) == 0; }

  // Odd: there is no line, or it changes just now. Never the same again for another line.
  std::uint32_t sequence() const noexcept { return sequence_.load(std::memory_order_relaxed); }

 private:
  void begin_again(const ClockSample& now) noexcept;
  void follow(const ClockLine& line) noexcept;

  std::atomic<std::uint32_t> sequence_{1};
  std::atomic<std::uint64_t> base_ticks_{0};
  std::atomic<std::uint64_t> base_ns_{0};
  std::atomic<std::uint64_t> ns_per_tick_{0};

  // Of the thread that rebases: where the tick's length is measured from.
  ClockSample anchor_;
  std::uint64_t measured_ = 0;  // ns per tick since then; the line's may be bent
};

}  // namespace honeyhive::sdk
