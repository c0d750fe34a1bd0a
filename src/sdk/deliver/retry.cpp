#include "sdk/deliver/retry.h"

#include <algorithm>

namespace honeyhive::sdk {

Verdict judge(int status, int server_errors) noexcept {
  if (status >= 200 && status < 300) return Verdict::delivered;
  switch (status) {
    case 0:
    case 302:  // a network's log-in answers so, to everything, until somebody has logged in
    case 303:
    case 307:
    case 408:
    case 429:
    case 502:
    case 503:
    case 504:
      return Verdict::retry;
    case 500:
      return server_errors < 3 ? Verdict::retry : Verdict::refused;
    default:
      return Verdict::refused;
  }
}

std::chrono::milliseconds retry_delay(int failures, std::optional<std::chrono::seconds> retry_after,
                                      double random) noexcept {
  using std::chrono::milliseconds;
  constexpr milliseconds ceiling{30'000};
  constexpr std::chrono::seconds longest_floor{300};
  const int doublings = std::clamp(failures, 0, 6);  // 0.5 s * 2^6 is above the ceiling
  const milliseconds most = std::min(ceiling, milliseconds(500 << doublings));
  const milliseconds wait(static_cast<std::int64_t>(random * static_cast<double>(most.count())));
  if (!retry_after) return wait;
  return std::max<milliseconds>(wait,
                                std::clamp(*retry_after, std::chrono::seconds(0), longest_floor));
}

}  // namespace honeyhive::sdk
