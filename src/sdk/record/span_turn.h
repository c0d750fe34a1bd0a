#pragma once

// The turn of a span that several may write to: who has it writes.
//
// It is kept while a user's hook runs, and that may wait for a lock whose holder waits for the
// turn. So nobody waits for long: a write that does not get the turn is left out and counted, an
// end is left to whoever has the turn. Thread-safe.

#include <atomic>
#include <cstdint>

#include "core/inline.h"
#include "sdk/record/span_state.h"

namespace honeyhive::sdk {

// In `SpanState::busy`, beside the mark of the thread whose turn it is.
namespace turn_bit {
inline constexpr std::uintptr_t ends = 1;     // when the turn is over, the span ends
inline constexpr std::uintptr_t slow = 2;     // somebody has waited in vain: others do not try
inline constexpr std::uintptr_t watched = 4;  // somebody waits: gone once it is another turn
inline constexpr std::uintptr_t all = 7;
}  // namespace turn_bit

inline std::uintptr_t own_turn() noexcept {
  return reinterpret_cast<std::uintptr_t>(this_thread_mark());
}

// `ours`: it was before, as a user's hook writes while its own value is written.
enum class Turn : std::uint8_t { refused, taken, ours };

Turn wait_for_turn(SpanState& span) noexcept;

HH_INLINE Turn take_turn(SpanState& span) noexcept {
  std::uintptr_t nobody = 0;
  const bool taken = span.busy.compare_exchange_strong(
      nobody, own_turn(), std::memory_order_acquire, std::memory_order_relaxed);
  return HH_LIKELY(taken) ? Turn::taken : wait_for_turn(span);
}

HH_INLINE void give_turn_back(SpanState& span) noexcept {
  const std::uintptr_t was = span.busy.exchange(0, std::memory_order_acq_rel);
  if (HH_UNLIKELY((was & turn_bit::ends) != 0)) end_or_leave(span);
}

// Leaves the end of the span to whoever has its turn. False: nobody has.
inline bool leave_end(SpanState& span) noexcept {
  std::uintptr_t holder = span.busy.load(std::memory_order_relaxed);
  while (holder != 0) {
    if (span.busy.compare_exchange_weak(holder, holder | turn_bit::ends, std::memory_order_release,
                                        std::memory_order_relaxed)) {
      return true;
    }
  }
  return false;
}

}  // namespace honeyhive::sdk
