#include "sdk/record/recorder.h"

#include <algorithm>
#include <new>

#include "sdk/record/entropy.h"
#include "sdk/record/flow.h"

namespace honeyhive::sdk {

Recorder& Recorder::get() {
  static Recorder* const recorder = new Recorder;
  return *recorder;
}

Recorder::Recorder() : arena_(Arena::create()) {
  clock.rebase();
  made_.store(this, std::memory_order_release);
}

void Recorder::lock_for_fork() noexcept {
  locked_ = made_.load(std::memory_order_acquire);
  if (locked_ != nullptr) locked_->mutex_.lock();
}

void Recorder::unlock_after_fork() noexcept {
  if (locked_ != nullptr) locked_->mutex_.unlock();
}

Destination& Recorder::add_destination() {
  const std::scoped_lock lock(mutex_);
  const auto index = static_cast<std::uint32_t>(destinations_.size());
  return *destinations_.emplace_back(std::make_unique<Destination>(*arena_, index));
}

void Recorder::set_limits(const std::vector<Use>& in_use) {
  const std::scoped_lock lock(mutex_);
  std::size_t largest = 0;
  for (const Use& use : in_use) largest = std::max(largest, use.buffer_bytes);
  arena_->grow(largest);
  if (largest > 0 && arena_->pages() == 0) throw std::bad_alloc();
  const std::uint32_t most = in_use.size() > 1 ? arena_->pages() / 2 : arena_->pages();
  for (const Use& use : in_use) {
    const std::size_t pages = (use.buffer_bytes + Arena::page_bytes - 1) / Arena::page_bytes;
    use.destination->set_page_limit(std::min(most, static_cast<std::uint32_t>(pages)));
  }
}

ThreadState* Recorder::adopt_thread() {
  const std::scoped_lock lock(mutex_);
  for (ThreadState* thread = threads_; thread != nullptr; thread = thread->next) {
    bool idle = false;
    if (thread->in_use.compare_exchange_strong(idle, true, std::memory_order_acquire)) {
      return thread;
    }
  }
  auto* const thread = new ThreadState(random_seed(), random_seed()[0]);
  thread->next = threads_;
  threads_ = thread;
  return thread;
}

void Recorder::leave_thread(ThreadState* thread) noexcept {
  abandon_flow(*thread);
  thread->last_ns = 0;
  thread->mark.store(nullptr, std::memory_order_relaxed);
  thread->in_use.store(false, std::memory_order_release);
}

void Recorder::with_lock(const std::function<void()>& change) {
  const std::scoped_lock lock(mutex_);
  change();
}

Recorder::Counts Recorder::counts(std::uint32_t tracer) {
  const std::scoped_lock lock(mutex_);
  Counts sum;
  for (const ThreadState* thread = threads_; thread != nullptr; thread = thread->next) {
    const TracerSlot* const slot = thread->find_slot(tracer);
    if (slot == nullptr) continue;
    const RecordCounters& counters = slot->counters;
    // `ended` before `started`: a span in between is then seen as running, not as ended twice.
    sum.ended += counters.ended.get();
    sum.started += counters.started.get();
    sum.sampled_out_ended += counters.sampled_out_ended.get();
    sum.sampled_out += counters.sampled_out.get();
    sum.buffer_full += counters.buffer_full.get();
    sum.too_large += counters.too_large.get();
    sum.closed += counters.closed.get();
    sum.late_set += counters.late_set.get();
    sum.context_mismatch += counters.context_mismatch.get();
    sum.keys_ignored += counters.keys_ignored.get();
    sum.values_cut += counters.values_cut.get();
    sum.attributes_dropped += counters.attributes_dropped.get();
  }
  return sum;
}

void Recorder::forget_tracer(std::uint32_t tracer) {
  const std::scoped_lock lock(mutex_);
  for (ThreadState* thread = threads_; thread != nullptr; thread = thread->next) {
    thread->forget_slot(tracer);
  }
}

bool Recorder::wait_for_room(std::chrono::milliseconds limit,
                             const std::function<bool()>& attempt) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  room_waiters_.fetch_add(1, std::memory_order_seq_cst);
  bool done = false, in_time = true;
  while (true) {
    const std::uint64_t generation = room_generation_.load(std::memory_order_seq_cst);
    done = attempt();
    if (done || !in_time) break;
    std::unique_lock lock(room_mutex_);
    in_time = room_changed_.wait_until(lock, deadline, [&] {
      return room_generation_.load(std::memory_order_seq_cst) != generation;
    });
  }
  room_waiters_.fetch_sub(1, std::memory_order_relaxed);
  return done;
}

void Recorder::note_room() noexcept {
  room_generation_.fetch_add(1, std::memory_order_seq_cst);
  if (room_waiters_.load(std::memory_order_seq_cst) == 0) return;
  { const std::scoped_lock lock(room_mutex_); }
  room_changed_.notify_all();
}

}  // namespace honeyhive::sdk
