#pragma once

// What recording shares in a process: the arena, the destinations, the states of all threads, the
// clock, and the waker of the worker. Made at first use and never destroyed, because spans may end
// as late as static destruction.
//
// Thread-safe. The lock is taken when a thread or a tracer is new, never per span.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "sdk/record/arena.h"
#include "sdk/record/clock.h"
#include "sdk/record/destination.h"
#include "sdk/record/thread_state.h"
#include "sdk/record/waker.h"

namespace honeyhive::sdk {

class Recorder {
 public:
  // Throws std::bad_alloc if the system gives no memory.
  static Recorder& get();

  Arena& arena() noexcept { return *arena_; }
  Waker& waker() noexcept { return waker_; }

  // A destination whose tracers hold at most `buffer_bytes`; the arena grows to the largest of all.
  Destination& add_destination();

  // Says which destinations are in use, and how large: their limits follow from that.
  struct Use {
    Destination* destination;
    std::size_t buffer_bytes;
  };
  void set_limits(const std::vector<Use>& in_use);

  // -- threads
  ThreadState* adopt_thread();  // a state without a thread, else a new one
  static void leave_thread(ThreadState* thread) noexcept;

  // Runs `change` under the lock that `ThreadState`'s tables grow under.
  void with_lock(const std::function<void()>& change);

  // For a fork: the lock is held across it. Where nothing was recorded yet there is none: the fork
  // is the program's, and does not fail because of us.
  static void lock_for_fork() noexcept;
  static void unlock_after_fork() noexcept;

  // Sums what all threads counted for a tracer; forgets it. Precondition of forgetting: no span of
  // the tracer is open, and no handle of it is left.
  struct Counts {
    std::uint64_t started = 0, ended = 0, sampled_out = 0, sampled_out_ended = 0, buffer_full = 0,
                  too_large = 0, closed = 0, late_set = 0, context_mismatch = 0, keys_ignored = 0,
                  values_cut = 0, attributes_dropped = 0;
  };
  Counts counts(std::uint32_t tracer);
  void forget_tracer(std::uint32_t tracer);

  // -- room: producers that wait for the worker
  // Calls `attempt` until it is true or the time is over; whether it was.
  bool wait_for_room(std::chrono::milliseconds limit, const std::function<bool()>& attempt);
  // The worker gave chunks back.
  void note_room() noexcept;
  std::uint32_t room_waiters() const noexcept {
    return room_waiters_.load(std::memory_order_relaxed);
  }

  static inline constinit Clock clock{};

 private:
  Recorder();

  static inline constinit std::atomic<Recorder*> made_{nullptr};
  static inline constinit Recorder* locked_ = nullptr;  // by the thread that forks

  std::unique_ptr<Arena> arena_;
  Waker waker_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Destination>> destinations_;
  ThreadState* threads_ = nullptr;

  std::mutex room_mutex_;
  std::condition_variable room_changed_;
  std::atomic<std::uint64_t> room_generation_{0};
  std::atomic<std::uint32_t> room_waiters_{0};
};

}  // namespace honeyhive::sdk
