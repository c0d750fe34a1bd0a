#include "sdk/record/span_turn.h"

#include <chrono>
#include <thread>

#include "sdk/record/no_cancel.h"

namespace honeyhive::sdk {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr auto longest_wait = std::chrono::milliseconds(100);
constexpr auto pause_between = std::chrono::microseconds(100);
constexpr int rounds_awake = 64;

void pause(const SpanState& span, int round) noexcept {
  for (int i = 0; i < 64 && span.busy.load(std::memory_order_relaxed) != 0; ++i) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  }
  if (span.busy.load(std::memory_order_relaxed) == 0) return;
  if (round < rounds_awake) {
    std::this_thread::yield();
  } else {
    std::this_thread::sleep_for(pause_between);
  }
}

}  // namespace

Turn wait_for_turn(SpanState& span) noexcept {
  const NoCancel whole;
  // Of one turn: who takes the next one first, again and again, does not keep others out.
  auto deadline = SteadyClock::time_point::min();
  std::uintptr_t holder = span.busy.load(std::memory_order_relaxed);
  for (int round = 0;; ++round) {
    if ((holder & ~turn_bit::all) == own_turn()) return Turn::ours;
    // In the child of a fork the holder is gone for good; a closed tracer's spans are not sent.
    constexpr std::uintptr_t hopeless = turn_bit::ends | turn_bit::slow;
    if ((holder & hopeless) != 0 || span.tracer->closed.load(std::memory_order_relaxed)) {
      return Turn::refused;
    }
    const auto now = SteadyClock::now();
    if (holder != 0 && now > deadline) {
      const bool is_first_look = deadline == SteadyClock::time_point::min();
      const bool is_same = !is_first_look && (holder & turn_bit::watched) != 0;
      const std::uintptr_t mark = is_same ? turn_bit::slow : turn_bit::watched;
      span.busy.compare_exchange_strong(holder, holder | mark, std::memory_order_relaxed);
      if (is_same) return Turn::refused;
      deadline = now + longest_wait;
    }
    // Most often the other copies one value: it is about to be done, unless it lost its processor.
    pause(span, round);
    holder = 0;
    if (span.busy.compare_exchange_strong(holder, own_turn(), std::memory_order_acquire,
                                          std::memory_order_relaxed)) {
      return Turn::taken;
    }
  }
}

}  // namespace honeyhive::sdk
