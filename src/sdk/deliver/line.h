#pragma once

// Requests of one kind to one destination: those to be sent, and those under way.
//
// Knows no clock: time is an argument. For one thread.

#include <chrono>
#include <cstddef>
#include <list>
#include <memory>

#include "sdk/deliver/pending_request.h"

namespace honeyhive::sdk {

class Line {
 public:
  using Requests = std::list<std::unique_ptr<PendingRequest>>;  // moving one needs no memory

  static constexpr std::chrono::milliseconds slow_answer{20};
  static constexpr std::chrono::seconds long_answer{1};

  // A server that answers at once is kept busy by `usual` requests; one that takes its time gets
  // up to `most`.
  Line(std::size_t usual, std::size_t most) noexcept : usual_(usual), most_(most) {}

  Requests ready;      // by age
  Requests in_flight;  // as they were sent

  // When the next may be sent: SteadyTime::max() if one must be answered first.
  SteadyTime next_place(const Backoff& backoff) const noexcept;

  // What to send now, `ready.end()` if nothing: the oldest that may go. While the server fails, one
  // that failed least: it may be a single request that it fails at.
  Requests::iterator next(SteadyTime now, const Backoff& backoff) noexcept;
  PendingRequest& send(Requests::iterator next, SteadyTime now, Backoff& backoff) noexcept;

  // Of what was sent; `in_flight.end()` if it was not.
  Requests::iterator find(const PendingRequest& sent) noexcept;

  // To be sent again, in its place by age.
  void put_back(Requests::iterator sent) noexcept;

  bool settled_before(std::uint64_t sequence) const noexcept;
  bool waits_long(SteadyTime now) const noexcept;
  SteadyTime next_deadline(const Backoff& backoff) const noexcept;

 private:
  const std::size_t usual_;
  const std::size_t most_;
};

}  // namespace honeyhive::sdk
