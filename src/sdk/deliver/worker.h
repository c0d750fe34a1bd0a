#pragma once

// The one background thread of a process: takes what was recorded for every destination, sends it,
// and keeps the clock. All routes belong to it; other threads give it orders.
//
// `run_once` is the whole loop body, so that tests step it without a thread.

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "net/http_client.h"
#include "sdk/deliver/route.h"
#include "sdk/record/recorder.h"

namespace honeyhive::sdk {

class Worker {
 public:
  using Tracer = honeyhive::detail::TracerImpl;

  Worker(Recorder& recorder, std::unique_ptr<net::HttpClient> client);
  ~Worker();

  // Starts the thread; throws std::system_error if there can be none.
  void start();

  // Ends the thread; transfers are cut off. Idempotent.
  void stop() noexcept;

  // -- orders, from any thread; each returns when the worker has taken it, and throws
  // std::bad_alloc if memory ran out on the way: then nothing has changed
  void add_tracer(Tracer& tracer, const Endpoint& endpoint, bool has_session_start);
  void go_ahead(Tracer& tracer);
  void end_waits(Tracer& tracer);
  void drop_tracer(Tracer& tracer);
  bool forget_tracer(Tracer& tracer);

  // Sends what has been recorded for the tracer's destination; false if `timeout` came first,
  // whatever the worker is doing, or if a span of the tracer was refused or dropped meanwhile.
  bool flush(Tracer& tracer, std::chrono::milliseconds timeout);

  // Collects, sends and takes answers once; waits at most until the next deadline if there is
  // nothing to do.
  void run_once(SteadyTime now, bool may_wait);

 private:
  struct Flush {
    Tracer* tracer = nullptr;
    Route* route = nullptr;    // worker only
    std::uint64_t before = 0;  // worker only: records below this; 0: not collected yet
    std::uint64_t lost = 0;    // spans of the tracer, before
    bool done = false;         // under the lock
  };
  struct Order {
    std::function<void()> change;
    bool done = false, failed = false;  // under the lock
  };
  using Flushes = std::vector<std::shared_ptr<Flush>>;

  Route& route(const Endpoint& endpoint, Destination& destination);
  Route* route_of(const Tracer& tracer) noexcept;
  void order(std::function<void()> change);
  void take_orders() noexcept;
  void run_or_rest() noexcept;
  void send(SteadyTime now);
  void take_answers(SteadyTime now) noexcept;
  void note_room();
  void share_room(SteadyTime now) noexcept;
  void note_flushes(const Flushes& flushes, bool collected);
  std::chrono::milliseconds wait_until_due(SteadyTime now) const;
  bool has_work() const noexcept;
  double random() noexcept;

  Recorder& recorder_;
  std::unique_ptr<net::HttpClient> client_;
  core::LogLimiter log_;
  Gzip gzip_;
  core::Xoshiro256 random_;
  std::vector<std::unique_ptr<Route>> routes_;
  std::vector<net::Completion> completions_;
  SteadyTime now_{};  // when the round began
  SteadyTime next_rebase_{};

  // Between the threads.
  std::mutex mutex_;
  std::condition_variable changed_;
  std::mutex inline_mutex_;  // who takes orders when there is no thread
  std::vector<std::shared_ptr<Order>> orders_;
  Flushes flushes_;
  bool stopping_ = false;
  bool running_ = false;
  std::thread thread_;
};

}  // namespace honeyhive::sdk
