#pragma once

// Wakes the worker, at most once per sleep, and only if it sleeps. Thread-safe; one system call
// when it wakes, none otherwise.

#include <atomic>

namespace honeyhive::sdk {

class Waker {
 public:
  using Wake = void (*)(void* context) noexcept;

  // Before the worker runs.
  void set(Wake function, void* context) noexcept {
    wake_ = function;
    context_ = context;
  }

  void wake_if_asleep() noexcept {
    if (asleep_.load(std::memory_order_seq_cst) && asleep_.exchange(false)) wake_(context_);
  }

  // For orders (flush, close): also ends the next sleep.
  void wake() noexcept {
    asleep_.store(false, std::memory_order_seq_cst);
    if (wake_) wake_(context_);
  }

  // The worker announces its sleep, looks once more for work, then sleeps.
  void fall_asleep() noexcept { asleep_.store(true, std::memory_order_seq_cst); }
  void awake() noexcept { asleep_.store(false, std::memory_order_relaxed); }

 private:
  std::atomic<bool> asleep_{false};
  Wake wake_ = nullptr;
  void* context_ = nullptr;
};

}  // namespace honeyhive::sdk
