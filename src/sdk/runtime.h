#pragma once

// What the SDK keeps per process: tracer slots, destinations, the worker, and what happens at exit
// and after a fork. Made with the first tracer and never destroyed.
//
// Thread-safe.

#include <sys/types.h>
#include <unistd.h>

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/result.h"
#include "sdk/deliver/worker.h"
#include "sdk/tracer_impl.h"

namespace honeyhive::sdk {

class Runtime {
 public:
  using Tracer = honeyhive::detail::TracerImpl;

  static Runtime& get();

  // A running tracer. Error: `unavailable` if the system gives no memory or no thread.
  core::Result<Tracer*> open(const Settings& settings);

  // A handle of a tracer that is open; of the process default for null. Null if there is none.
  std::shared_ptr<Tracer> handle_of(const TracerCore* tracer) noexcept;
  void add_handle(const std::shared_ptr<Tracer>& handle);
  void set_default(const std::shared_ptr<Tracer>& handle) noexcept;

  // Where nothing is recorded.
  bool is_forked_child() const noexcept;

  // False if `timeout` came first, or the process is a fork's child.
  bool flush(Tracer& tracer, std::chrono::milliseconds timeout);

  // Flushes for at most `close_wait`, then stops; what is still unsent is dropped and counted.
  // Idempotent.
  void close(Tracer& tracer);

  // Test mode: calls `take` for each record of any test tracer since the last time.
  using TakeTestRecord = std::function<void(Tracer&, const Record&)>;
  void collect_test_records(const TakeTestRecord& take);

  static constexpr std::chrono::milliseconds close_wait{2'000};
  // ... for a server that another tracer has waited for in vain, and that has answered none since.
  static constexpr std::chrono::milliseconds vain_wait{100};

 private:
  Runtime() = default;

  struct Known {
    Endpoint endpoint;
    Destination* destination;
    bool test_mode;
    std::unique_ptr<Collector> test_collector;  // in test mode
  };

  Tracer& take_slot();
  void give_up(Tracer* tracer) noexcept;
  bool is_reusable(Tracer& tracer);
  Known& destination_for(const Settings& settings);
  void ensure_worker();
  void set_limits();
  bool start_session(Tracer& tracer);
  void finish(Tracer& tracer, std::chrono::milliseconds wait);
  std::uint64_t answers_of(const std::string& server);
  std::chrono::milliseconds wait_for(const std::string& server);
  void note_wait(const std::string& server, bool was_vain);
  void close_all() noexcept;
  void before_fork();
  void after_fork(bool is_child);

  std::mutex mutex_;  // never held while waiting for the worker to send
  std::vector<std::unique_ptr<Tracer>> tracers_;
  std::vector<Known> destinations_;
  std::vector<std::weak_ptr<Tracer>> handles_;  // in the order they were made
  std::weak_ptr<Tracer> default_;
  std::unique_ptr<Worker> worker_;
  std::map<std::string, std::uint64_t> waited_in_vain_;  // server -> its answers by then
  std::atomic<bool> is_forked_child_{false};
  const pid_t pid_ = ::getpid();
};

}  // namespace honeyhive::sdk
