#include "sdk/record/tracer_core.h"

#include <algorithm>

#include "sdk/record/thread_state.h"

namespace honeyhive::sdk {

bool TracerCore::expect_answer(std::uint64_t span_id) noexcept {
  try {
    const std::scoped_lock lock(answer_mutex_);
    waiting_.push_back(span_id);
    return true;
  } catch (...) {
    return false;
  }
}

void TracerCore::wait_for_answer(std::uint64_t span_id,
                                 std::chrono::milliseconds longest) noexcept {
  std::unique_lock lock(answer_mutex_);
  answered_.wait_for(lock, longest, [&] {
    return std::find(waiting_.begin(), waiting_.end(), span_id) == waiting_.end();
  });
  std::erase(waiting_, span_id);
}

void TracerCore::note_answered(std::uint64_t span_id) noexcept {
  {
    const std::scoped_lock lock(answer_mutex_);
    std::erase(waiting_, span_id);
  }
  answered_.notify_all();
}

void TracerCore::count_late_call() noexcept {
  // No new slot: the tracer of a span that ended may be gone.
  ThreadState* const thread = detail::current_thread;
  TracerSlot* const slot = thread != nullptr ? thread->find_slot(index) : nullptr;
  if (slot != nullptr) {
    slot->counters.late_set.add();
  } else {
    late_calls.fetch_add(1, std::memory_order_relaxed);
  }
}

}  // namespace honeyhive::sdk
