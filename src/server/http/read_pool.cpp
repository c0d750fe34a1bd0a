#include "server/http/read_pool.h"

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

#include "server/http/survives.h"

namespace honeyhive::server {

ReadPool::ReadPool(const ReadPoolOptions& options) : most_waiting_(options.waiting) {
  const unsigned count = std::max(1u, options.threads);
  threads_.reserve(count);
  for (unsigned i = 0; i < count; ++i) threads_.emplace_back([this] { run(); });
}

bool ReadPool::post(std::function<void()> task) {
  {
    const std::scoped_lock lock(mutex_);
    if (is_closing_ || waiting_.size() >= most_waiting_) {
      refused_.fetch_add(1, std::memory_order_relaxed);
      return false;
    }
    waiting_.push_back(std::move(task));
  }
  has_work_.notify_one();
  return true;
}

void ReadPool::answer(std::string where, const Responder& respond, std::function<void()> call) {
  const bool is_taken = post([where = std::move(where), respond, call = std::move(call)] {
    try {
      call();
    } catch (const std::exception& error) {
      respond(exception_response(where, error));
    }
  });
  if (!is_taken) respond(retry_response(503, "too many reads are waiting", 1));
}

ReadPoolStats ReadPool::stats() const {
  const std::scoped_lock lock(mutex_);
  return {waiting_.size(), refused_.load(std::memory_order_relaxed)};
}

bool ReadPool::is_idle() const {
  const std::scoped_lock lock(mutex_);
  return running_ == 0;
}

void ReadPool::refuse() {
  std::deque<std::function<void()>> dropped;  // destroyed without the lock: they answer
  {
    const std::scoped_lock lock(mutex_);
    is_closing_ = true;
    dropped.swap(waiting_);
  }
  has_work_.notify_all();
}

void ReadPool::close() {
  refuse();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void ReadPool::run() {
  for (;;) {
    std::function<void()> task;
    {
      std::unique_lock lock(mutex_);
      has_work_.wait(lock, [this] { return is_closing_ || !waiting_.empty(); });
      if (is_closing_) return;
      task = std::move(waiting_.front());
      waiting_.pop_front();
      ++running_;
    }
    survives("read failed", task);
    task = nullptr;
    const std::scoped_lock lock(mutex_);
    --running_;
  }
}

}  // namespace honeyhive::server
