#pragma once

// When a destination that fails is asked again: after the first failure one request at a time, each
// after a longer wait, until one is answered. So what a server that is down gets to see depends on
// how long it is down, not on how much waits for it.
//
// Knows no clock: time and randomness are arguments. For one thread.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

#include "sdk/deliver/collector.h"

namespace honeyhive::sdk {

class Backoff {
 public:
  // What a request needs to know about when it was sent.
  struct Attempt {
    std::uint32_t round = 0;
    bool is_probe = false;  // sent while the destination was failing
  };

  // Failed attempts in a row; those that were under way together count once.
  int failures() const noexcept { return failures_; }
  bool is_failing() const noexcept { return failures_ > 0; }

  // Nothing is sent before this; SteadyTime::max() while a probe is under way.
  SteadyTime next_attempt() const noexcept {
    return is_probing_ ? SteadyTime::max() : std::max(next_, floor_);
  }
  std::chrono::nanoseconds wait_after(SteadyTime now) const noexcept {
    return std::max(next_, floor_) - now;
  }

  Attempt sent() noexcept {
    is_probing_ = is_failing();
    return {round_, is_failing()};
  }

  // The server failed, and may have said when to ask again.
  void failed(const Attempt& attempt, std::optional<std::chrono::seconds> retry_after,
              SteadyTime now, double random) noexcept;

  // The server works.
  void answered(const Attempt& attempt) noexcept;

  // The next probe may be sent at once. It decides, whatever becomes of one that is under way.
  void end_wait() noexcept;

 private:
  SteadyTime next_{};
  SteadyTime floor_{};  // what the server asked for: holds whatever else it answers
  std::uint32_t round_ = 0;
  int failures_ = 0;
  bool is_probing_ = false;
};

}  // namespace honeyhive::sdk
