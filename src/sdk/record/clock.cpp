#include "sdk/record/clock.h"

#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace honeyhive::sdk {
namespace {

constexpr std::uint64_t ns_per_second = 1'000'000'000;

std::uint64_t read_clock(clockid_t which) noexcept {
  timespec now{};
  clock_gettime(which, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * ns_per_second +
         static_cast<std::uint64_t>(now.tv_nsec);
}

#if defined(__x86_64__)

// The kernel itself trusts the counter, and the processor says it never stops or changes its rate.
bool ticks_are_reliable() noexcept {
  unsigned a = 0, b = 0, c = 0, d = 0;
  constexpr unsigned invariant_tsc = 1u << 8;
  if (!__get_cpuid(0x80000007, &a, &b, &c, &d) || (d & invariant_tsc) == 0) return false;
  std::FILE* const file =
      std::fopen("/sys/devices/system/clocksource/clocksource0/current_clocksource", "re");
  if (file == nullptr) return false;
  char name[16] = {};
  const bool read = std::fgets(name, sizeof name, file) != nullptr;
  std::fclose(file);
  return read && std::strcmp(name, "tsc\n") == 0;
}

// The best of three: a thread that loses its processor between two reads would measure a wrong
// rate.
ClockSample take_sample() noexcept {
  ClockSample best;
  std::uint64_t least = ~std::uint64_t{0};
  for (int i = 0; i < 3; ++i) {
    const std::uint64_t before = __rdtsc();
    const std::uint64_t boot_ns = read_clock(CLOCK_BOOTTIME);
    const std::uint64_t unix_ns = read_clock(CLOCK_REALTIME);
    const std::uint64_t took = __rdtsc() - before;
    if (took >= least) continue;
    least = took;
    best = {before + took / 2, boot_ns, unix_ns};
  }
  return best;
}

#endif

}  // namespace

std::uint64_t system_unix_ns() noexcept { return read_clock(CLOCK_REALTIME); }

ClockLine next_line(const ClockLine& present, std::uint64_t ticks, std::uint64_t true_ns,
                    std::uint64_t measured_ns_per_tick) noexcept {
  const std::uint64_t shown_ns = present.at(ticks);
  const auto error = static_cast<std::int64_t>(true_ns - shown_ns);
  constexpr auto second = static_cast<std::int64_t>(ns_per_second);
  if (error > second || error < -second) return {ticks, true_ns, measured_ns_per_tick};
  // Gone after one second at a rate changed by error / 1 s, a tenth at most.
  const std::int64_t bend = std::clamp(error, -second / 10, second / 10);
  const auto rate = static_cast<Wide>(measured_ns_per_tick) *
                    static_cast<std::uint64_t>(second + bend) / ns_per_second;
  return {ticks, shown_ns, static_cast<std::uint64_t>(rate)};
}

bool is_same_rate(std::uint64_t before, std::uint64_t measured) noexcept {
  const std::uint64_t difference = before < measured ? measured - before : before - measured;
  return difference <= before / 1000;
}

// The counter has stood still, gone back, or run on while the clocks stood still, as over a
// suspended night: what was measured with it is void.
void Clock::begin_again(const ClockSample& now) noexcept {
  anchor_ = now;
  measured_ = 0;
  sequence_.store(sequence() | 1, std::memory_order_release);
}

void Clock::rebase() noexcept {
#if defined(__x86_64__)
  static const bool reliable = ticks_are_reliable();
  if (reliable) rebase(take_sample());
#endif
}

void Clock::rebase(const ClockSample& now) noexcept {
  constexpr std::uint64_t shortest_baseline_ns = 20'000'000;  // two reads 20 ms apart: 1 in 10^5
  if (anchor_.ticks == 0 || now.ticks <= anchor_.ticks) return begin_again(now);
  const std::uint64_t elapsed_ns = now.boot_ns - anchor_.boot_ns;
  if (elapsed_ns < shortest_baseline_ns) return;
  const auto measured = static_cast<std::uint64_t>((static_cast<Wide>(elapsed_ns) << 32) /
                                                   (now.ticks - anchor_.ticks));
  if (measured_ != 0 && !is_same_rate(measured_, measured)) return begin_again(now);
  measured_ = measured;
  follow(uses_ticks() ? next_line(line(), now.ticks, now.unix_ns, measured)
                      : ClockLine{now.ticks, now.unix_ns, measured});
}

void Clock::follow(const ClockLine& line) noexcept {
  // Another processor's counter may be a little behind this one's: the line begins 1 ms earlier.
  const std::uint64_t lead = (std::uint64_t{1'000'000} << 32) / line.ns_per_tick;
  const std::uint64_t lead_ns =
      static_cast<std::uint64_t>(static_cast<Wide>(lead) * line.ns_per_tick >> 32);
  const std::uint32_t changing = sequence_.load(std::memory_order_relaxed) | 1;
  sequence_.store(changing, std::memory_order_relaxed);
  base_ticks_.store(line.base_ticks - lead, std::memory_order_release);
  base_ns_.store(line.base_ns - lead_ns, std::memory_order_release);
  ns_per_tick_.store(line.ns_per_tick, std::memory_order_release);
  sequence_.store(changing + 1, std::memory_order_release);
}

}  // namespace honeyhive::sdk
