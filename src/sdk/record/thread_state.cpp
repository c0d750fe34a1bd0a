#include "sdk/record/thread_state.h"

#include <cxxabi.h>
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>
#include <optional>
#include <type_traits>

#include "sdk/record/no_cancel.h"
#include "sdk/record/recorder.h"
#include "sdk/record/span_state.h"

namespace honeyhive::sdk {
namespace {

constexpr int spans_per_block = 4;

// Makes `table` at least `wanted` long. Throws std::bad_alloc.
template <typename T>
void lengthen(T*& table, std::uint32_t& count, std::uint32_t wanted) {
  const std::uint32_t length = std::max(wanted, std::max(count * 2, 4u));
  auto* const longer = new T[length]{};
  for (std::uint32_t i = 0; i < count; ++i) {
    if constexpr (std::is_pointer_v<T>) {
      longer[i] = table[i];
    } else {
      longer[i].store(table[i].load(std::memory_order_relaxed), std::memory_order_relaxed);
    }
  }
  delete[] table;
  table = longer;
  count = length;
}

// Runs after the thread's own thread_local destructors, which may still record.
void leave(void* thread) noexcept {
  detail::current_thread = nullptr;
  Recorder::leave_thread(static_cast<ThreadState*>(thread));
}

// None if the program has taken all keys that the system has, or is over.
std::optional<pthread_key_t> exit_key() noexcept {
  static constinit std::atomic<bool> is_over{false};
  static const std::optional<pthread_key_t> key = []() -> std::optional<pthread_key_t> {
    pthread_key_t made{};
    if (pthread_key_create(&made, leave) != 0) return std::nullopt;
    // A plugin may be unloaded before the threads that recorded in it end: `leave` is gone then.
    std::atexit([] {
      if (!is_over.exchange(true) && key) pthread_key_delete(*key);
    });
    return made;
  }();
  return is_over.load(std::memory_order_acquire) ? std::nullopt : key;
}

}  // namespace

ThreadState* detail::make_this_thread() noexcept {
  const NoCancel whole;
  try {
    const auto key = exit_key();
    if (!key) return nullptr;
    ThreadState* const thread = Recorder::get().adopt_thread();
    if (pthread_setspecific(*key, thread) != 0) {
      Recorder::leave_thread(thread);
      return nullptr;
    }
    thread->exceptions =
        reinterpret_cast<const ThreadState::ExceptionGlobals*>(abi::__cxa_get_globals());
    thread->mark.store(this_thread_mark(), std::memory_order_relaxed);
    thread->flow_id = thread->last_flow_id = thread->span_ids();
    return current_thread = thread;
  } catch (...) {
    return nullptr;
  }
}

TracerSlot* ThreadState::make_slot(const TracerCore& tracer) noexcept {
  const NoCancel whole;
  try {
    Lane* const to = lane(*tracer.destination);
    TracerSlot* slot = nullptr;
    Recorder::get().with_lock([&] {
      if (tracer.index >= slot_count_) lengthen(slots_, slot_count_, tracer.index + 1);
      slot = retired_slots_;
      if (slot != nullptr) {
        retired_slots_ = slot->next_retired;
        slot->counters.reset();
      } else {
        slot = new TracerSlot;
      }
      slot->lane = to;
      slots_[tracer.index].store(slot, std::memory_order_relaxed);
    });
    return slot;
  } catch (...) {
    return nullptr;
  }
}

Lane* ThreadState::lane(Destination& destination) {
  const std::uint32_t index = destination.index();
  if (index >= lane_count_) lengthen(lanes_, lane_count_, index + 1);
  if (lanes_[index] == nullptr) {
    lanes_[index] = new Lane(destination, Recorder::get().waker());
  }
  return lanes_[index];
}

bool ThreadState::refill_pool() noexcept {
  free_spans = returned.exchange(nullptr, std::memory_order_acquire);
  if (free_spans != nullptr) return true;
  auto* const block = new (std::nothrow) SpanState[spans_per_block];
  if (block == nullptr) return false;
  for (int i = 0; i < spans_per_block; ++i) {
    block[i].owner.store(this, std::memory_order_relaxed);
    block[i].below = free_spans;
    free_spans = &block[i];
  }
  return true;
}

}  // namespace honeyhive::sdk
