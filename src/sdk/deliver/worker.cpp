#include "sdk/deliver/worker.h"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <new>

#include "sdk/record/entropy.h"
#include "sdk/record/no_cancel.h"

namespace honeyhive::sdk {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds idle_wait{1'000};         // also how often the clock is rebased
constexpr std::uint32_t least_share_pages = 16;  // one chunk
constexpr milliseconds longest_flush = std::chrono::hours(24 * 365);  // is still a point in time

std::uint64_t id_of(const PendingRequest& request) noexcept {
  return reinterpret_cast<std::uintptr_t>(&request);
}
PendingRequest& request_of(std::uint64_t id) noexcept {
  // NOLINTNEXTLINE(performance-no-int-to-ptr): the id is the request's address, see above
  return *reinterpret_cast<PendingRequest*>(static_cast<std::uintptr_t>(id));
}

// Spans that were queued and will never be sent.
std::uint64_t lost(const Worker::Tracer& tracer) noexcept {
  const auto& delivery = tracer.delivery;
  return delivery.refused.get() + delivery.expired.get() + delivery.buffer_full.get() +
         delivery.unsent.get();
}

}  // namespace

Worker::Worker(Recorder& recorder, std::unique_ptr<net::HttpClient> client)
    : recorder_(recorder), client_(std::move(client)), random_(random_seed()) {
  recorder_.waker().set(
      [](void* http) noexcept {
        const NoCancel whole;
        static_cast<net::HttpClient*>(http)->wake();
      },
      client_.get());
}

Worker::~Worker() { stop(); }

void Worker::start() {
  // Signals are the program's business: none is delivered to this thread.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    running_ = true;
    thread_ = std::thread([this] {
      pthread_setname_np(pthread_self(), "honeyhive");
      while (true) {
        {
          const std::scoped_lock lock(mutex_);
          if (stopping_) return;
        }
        run_or_rest();
      }
    });
  } catch (...) {
    running_ = false;
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Worker::stop() noexcept {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  recorder_.waker().wake();
  if (thread_.joinable()) thread_.join();
  // From now on others carry out their orders themselves, one at a time with what follows.
  const std::scoped_lock one_at_a_time(inline_mutex_);
  {
    const std::scoped_lock lock(mutex_);
    running_ = false;
  }
  take_orders();
  changed_.notify_all();
  try {
    client_->cancel_all();
    client_->run(milliseconds(0), completions_);
  } catch (...) {  // without memory: what is not answered stays with its route
  }
  take_answers(std::chrono::steady_clock::now());
}

// -- orders

void Worker::order(std::function<void()> change) {
  const auto mine = std::make_shared<Order>();
  mine->change = std::move(change);
  std::unique_lock lock(mutex_);
  orders_.push_back(mine);
  if (running_) {
    recorder_.waker().wake();
  } else {
    lock.unlock();
    const std::scoped_lock one_at_a_time(inline_mutex_);
    take_orders();
    lock.lock();
  }
  changed_.wait(lock, [&] { return mine->done; });
  if (mine->failed) throw std::bad_alloc();
}

// Whoever gave an order is told about its failure; the others are carried out all the same.
void Worker::take_orders() noexcept {
  std::unique_lock lock(mutex_);
  while (!orders_.empty()) {
    for (const auto& order : std::exchange(orders_, {})) {
      lock.unlock();
      bool failed = false;
      try {
        order->change();
      } catch (...) {
        failed = true;
      }
      lock.lock();
      order->failed = failed;
      order->done = true;
    }
  }
  lock.unlock();
  changed_.notify_all();
}

void Worker::add_tracer(Tracer& tracer, const Endpoint& endpoint, bool has_session_start) {
  order([&] {
    route(endpoint, *tracer.destination).add_tracer(tracer, has_session_start);
    // Before its first span: there may be less room for those that came before.
    share_room(now_);
  });
}

void Worker::go_ahead(Tracer& tracer) {
  order([&] {
    if (Route* const its = route_of(tracer)) its->go_ahead(tracer);
  });
}

void Worker::end_waits(Tracer& tracer) {
  order([&] {
    if (Route* const its = route_of(tracer)) its->end_waits(tracer);
  });
}

void Worker::drop_tracer(Tracer& tracer) {
  order([&] {
    if (Route* const its = route_of(tracer)) {
      its->collect(std::chrono::steady_clock::now(), 0, Route::close_all);
      its->drop_tracer(tracer);
    }
  });
}

bool Worker::forget_tracer(Tracer& tracer) {
  bool forgotten = true;
  order([&] {
    if (Route* const its = route_of(tracer)) forgotten = its->forget_tracer(tracer);
  });
  return forgotten;
}

bool Worker::flush(Tracer& tracer, milliseconds timeout) {
  const auto flush = std::make_shared<Flush>();
  flush->tracer = &tracer;
  flush->lost = lost(tracer);
  const auto deadline =
      std::chrono::steady_clock::now() + std::clamp(timeout, milliseconds(0), longest_flush);
  std::unique_lock lock(mutex_);
  if (!running_) return false;
  flushes_.push_back(flush);
  recorder_.waker().wake();
  changed_.wait_until(lock, deadline, [&] { return flush->done || !running_; });
  std::erase(flushes_, flush);
  return flush->done && lost(tracer) == flush->lost;
}

Route& Worker::route(const Endpoint& endpoint, Destination& destination) {
  for (const auto& known : routes_) {
    if (known->endpoint() == endpoint) return *known;
  }
  return *routes_.emplace_back(std::make_unique<Route>(destination, endpoint, log_, gzip_));
}

Route* Worker::route_of(const Tracer& tracer) noexcept {
  for (const auto& known : routes_) {
    if (&known->destination() == tracer.destination) return known.get();
  }
  return nullptr;
}

// -- the loop

void Worker::run_once(SteadyTime now, bool may_wait) {
  now_ = now;
  take_orders();
  Flushes flushes;
  {
    const std::scoped_lock lock(mutex_);
    flushes = flushes_;
  }
  for (const auto& flush : flushes) flush->route = route_of(*flush->tracer);
  const std::uint64_t unix_ns = may_wait ? Recorder::clock.unix_ns() : 0;
  for (const auto& its : routes_) {
    // What is flushed may have waited for a session's start, and must not wait again.
    std::uint64_t close_before = 0;
    for (const auto& flush : flushes) {
      if (flush->route != its.get()) continue;
      close_before = std::max(close_before, flush->before == 0 ? Route::close_all : flush->before);
    }
    its->collect(now, unix_ns, close_before);
    its->take_back_idle(now);
  }
  share_room(now);
  note_room();
  note_flushes(flushes, true);
  send(now);
  if (now >= next_rebase_) {
    Recorder::clock.rebase();
    next_rebase_ = now + idle_wait;
  }
  milliseconds wait = may_wait ? wait_until_due(now) : milliseconds(0);
  if (!completions_.empty()) wait = milliseconds(0);  // requests that could not be made
  if (wait.count() > 0) {
    recorder_.waker().fall_asleep();
    if (has_work()) wait = milliseconds(0);
  }
  client_->run(wait, completions_);
  recorder_.waker().awake();
  take_answers(may_wait ? std::chrono::steady_clock::now() : now);
  note_flushes(flushes, false);
  note_room();
}

// What is stuck holds at most half of the buffer, all of it together, as long as others are not.
void Worker::share_room(SteadyTime now) noexcept {
  std::uint32_t in_use = 0, stuck = 0;
  for (const auto& its : routes_) {
    in_use += its->is_in_use();
    stuck += its->is_in_use() && its->is_stuck(now);
  }
  for (const auto& its : routes_) {
    Destination& destination = its->destination();
    const bool is_limited = stuck > 0 && stuck < in_use && its->is_in_use() && its->is_stuck(now);
    const std::uint32_t share =
        std::max(destination.arena().pages() / 2 / std::max(stuck, 1u), least_share_pages);
    destination.set_stuck_limit(is_limited ? share : Destination::no_limit);
    its->relieve(now);
  }
}

void Worker::note_room() {
  bool made_room = false;
  for (const auto& its : routes_) made_room |= its->made_room();
  if (made_room) recorder_.note_room();
}

// The program it watches must not end because of tracing: when memory runs out, the worker waits
// for better times. What it had not taken stays in the arena.
void Worker::run_or_rest() noexcept {
  try {
    run_once(std::chrono::steady_clock::now(), true);
  } catch (...) {
    core::log_line(core::LogLevel::error, "memory ran out while sending spans; they are kept");
    std::this_thread::sleep_for(idle_wait);
  }
}

void Worker::send(SteadyTime now) {
  completions_.reserve(completions_.size() +
                       routes_.size() * (Route::max_batches + Route::max_calls));
  for (const auto& its : routes_) {
    while (PendingRequest* const request = its->next(now)) {
      try {
        client_->start(id_of(*request), its->request(*request));
      } catch (...) {
        completions_.push_back({id_of(*request), {}});  // there is room: see above
      }
    }
  }
}

void Worker::take_answers(SteadyTime now) noexcept {
  for (const net::Completion& completion : completions_) {
    PendingRequest& request = request_of(completion.id);
    if (Route* const its = route_of(request.tracer)) {
      its->answered(request, completion.answer, now, random());
    }
  }
  completions_.clear();
}

// A flush is done when everything that was collected before it has been settled.
void Worker::note_flushes(const Flushes& flushes, bool collected) {
  bool any_done = false;
  for (const auto& flush : flushes) {
    if (flush->route != nullptr) {
      if (collected && flush->before == 0) flush->before = flush->route->next_sequence();
      if (flush->before == 0 || !flush->route->settled_before(flush->before)) continue;
    }
    const std::scoped_lock lock(mutex_);
    any_done = flush->done = true;
  }
  if (any_done) changed_.notify_all();
}

milliseconds Worker::wait_until_due(SteadyTime now) const {
  SteadyTime next = std::min(next_rebase_, now + idle_wait);
  for (const auto& its : routes_) next = std::min(next, its->next_deadline());
  if (next <= now) return milliseconds(0);
  return std::chrono::ceil<milliseconds>(next - now);
}

bool Worker::has_work() const noexcept {
  return std::any_of(routes_.begin(), routes_.end(), [](const auto& its) {
    const Destination& destination = its->destination();
    return destination.has_unseen() || destination.pressed.load();
  });
}

double Worker::random() noexcept { return static_cast<double>(random_() >> 11) * 0x1.0p-53; }

}  // namespace honeyhive::sdk
