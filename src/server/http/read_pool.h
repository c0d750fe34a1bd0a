#pragma once

// A few threads for the calls that read from disk, so that they never hold up the listener's
// threads and with them what arrives. What waits for a thread is bounded.
//
// Thread-safe. A task must not throw for what it can answer; what it throws is logged.

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "server/http/response.h"

namespace honeyhive::server {

struct ReadPoolOptions {
  unsigned threads = 4;
  std::size_t waiting = 64;  // tasks that no thread has taken yet
};

struct ReadPoolStats {
  std::uint64_t waiting = 0;  // now
  std::uint64_t refused = 0;
};

class ReadPool {
 public:
  explicit ReadPool(const ReadPoolOptions& options = {});
  ~ReadPool() { close(); }

  // False, and `task` is dropped, if too many are waiting or the pool is closed.
  bool post(std::function<void()> task);

  // Posts `call`, which answers by `respond`. What does not come to that is answered too: 503 if
  // too many are waiting, exceptions as `exception_response` says. `where` names the request.
  void answer(std::string where, const Responder& respond, std::function<void()> call);

  ReadPoolStats stats() const;

  // Drops what waits and takes no more. Idempotent.
  void refuse();

  // Whether no task is running.
  bool is_idle() const;

  // Refuses, and ends when the running tasks have. Idempotent; not called by a task.
  void close();

 private:
  void run();

  const std::size_t most_waiting_;
  mutable std::mutex mutex_;
  std::condition_variable has_work_;
  std::deque<std::function<void()>> waiting_;
  std::size_t running_ = 0;
  bool is_closing_ = false;
  std::atomic<std::uint64_t> refused_{0};
  std::vector<std::thread> threads_;  // last: they use all of the above
};

}  // namespace honeyhive::server
