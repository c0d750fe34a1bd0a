#include "sdk/deliver/backoff.h"

#include <algorithm>

#include "sdk/deliver/retry.h"

namespace honeyhive::sdk {

void Backoff::failed(const Attempt& attempt, std::optional<std::chrono::seconds> retry_after,
                     SteadyTime now, double random) noexcept {
  if (retry_after) floor_ = std::max(floor_, now + retry_delay(0, retry_after, 0));
  if (attempt.round != round_) return;  // sent before a failure that has been counted
  ++round_;
  ++failures_;
  is_probing_ = false;
  next_ = now + retry_delay(failures_, retry_after, random);
}

void Backoff::answered(const Attempt& attempt) noexcept {
  if (attempt.round != round_) return;
  failures_ = 0;
  is_probing_ = false;
  next_ = {};
}

void Backoff::end_wait() noexcept {
  if (is_failing()) ++round_;  // what is still under way says nothing about the probe that follows
  is_probing_ = false;
  next_ = {};
  floor_ = {};
}

}  // namespace honeyhive::sdk
