#pragma once

// How many bytes of request bodies may exist at once, over all connections. Thread-safe: a
// `Budget` is shared, a `Reservation` belongs to one request and gives back what it took.

#include <atomic>
#include <cstddef>

#include "core/limits.h"

namespace honeyhive::server {

class Budget {
 public:
  explicit Budget(std::size_t bytes = core::limits::decoded_bytes_in_flight) noexcept
      : limit_(bytes) {}

  bool try_take(std::size_t bytes) noexcept {
    const std::size_t before = used_.fetch_add(bytes, std::memory_order_relaxed);
    if (before <= limit_ && bytes <= limit_ - before) return true;
    give_back(bytes);
    return false;
  }
  void give_back(std::size_t bytes) noexcept { used_.fetch_sub(bytes, std::memory_order_relaxed); }
  std::size_t used() const noexcept { return used_.load(std::memory_order_relaxed); }

 private:
  const std::size_t limit_;
  std::atomic<std::size_t> used_{0};
};

class Reservation {
 public:
  explicit Reservation(Budget& budget) noexcept : budget_(budget) {}
  Reservation(const Reservation&) = delete;
  Reservation& operator=(const Reservation&) = delete;
  ~Reservation() { budget_.give_back(bytes_); }

  // False, and nothing changes, if the budget does not have that much.
  bool grow(std::size_t bytes) noexcept {
    if (!budget_.try_take(bytes)) return false;
    bytes_ += bytes;
    return true;
  }
  // Precondition: `bytes` was taken before.
  void shrink(std::size_t bytes) noexcept {
    budget_.give_back(bytes);
    bytes_ -= bytes;
  }

 private:
  Budget& budget_;
  std::size_t bytes_ = 0;
};

}  // namespace honeyhive::server
