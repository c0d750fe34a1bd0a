#include "sdk/runtime.h"

#include <pthread.h>

#include <algorithm>
#include <cstdlib>
#include <new>
#include <system_error>

#include "core/limits.h"
#include "core/log.h"
#include "honeyhive/stats.h"
#include "sdk/environment.h"
#include "sdk/network_settings.h"
#include "sdk/record/entropy.h"
#include "sdk/record/no_cancel.h"
#include "sdk/session.h"
#include "sdk/session_start.h"

namespace honeyhive::sdk {
namespace {

std::string session_id_of(const Settings& settings) {
  return settings.session_id.value.empty() ? random_uuid().text() : settings.session_id.value;
}

void print_settings(const Settings& settings) {
  std::string text = "tracer configuration\n" + describe(settings);
  for (const auto& name : unknown_environment()) {
    text += "  " + name + " is set, but nothing here reads it\n";
  }
  text.pop_back();
  core::log_line(core::LogLevel::info, text);
}

// The last that is heard of them.
void say_unsent(Runtime::Tracer& tracer) noexcept {
  try {
    const TracerStats stats = tracer.stats();
    const std::uint64_t settled = stats.spans_sent + stats.dropped() - stats.dropped_unsent;
    if (stats.spans_ended <= settled) return;
    const std::uint64_t unsent = stats.spans_ended - settled;
    std::string text = std::to_string(unsent) +
                       (unsent == 1 ? " span had not been sent when its tracer closed"
                                    : " spans had not been sent when their tracer closed");
    if (!stats.last_error.empty()) text += "; the last error was: " + stats.last_error;
    core::log_line(core::LogLevel::warning, text);
  } catch (...) {  // without memory nothing is said
  }
}

}  // namespace

Runtime& Runtime::get() {
  static Runtime* const runtime = [] {
    auto* const made = new Runtime;
    pthread_atfork([] { get().before_fork(); }, [] { get().after_fork(false); },
                   [] { get().after_fork(true); });
    return made;
  }();
  return *runtime;
}

// Our locks are held across the fork, so that none is locked for ever in the child.
void Runtime::before_fork() {
  mutex_.lock();
  for (const auto& tracer : tracers_) tracer->lock();
  Recorder::lock_for_fork();
  lock_sessions_for_fork();
}

void Runtime::after_fork(bool is_child) {
  if (is_child) {
    is_forked_child_.store(true, std::memory_order_relaxed);
    for (const auto& tracer : tracers_) tracer->close_once();
  }
  unlock_sessions_after_fork();
  Recorder::unlock_after_fork();
  for (const auto& tracer : tracers_) tracer->unlock();
  mutex_.unlock();
}

core::Result<Runtime::Tracer*> Runtime::open(const Settings& settings) {
  const auto refused = [](const char* what) {
    return core::Error{core::Error::Code::unavailable, what};
  };
  const NoCancel whole;
  Tracer* begun = nullptr;
  try {
    const std::scoped_lock lock(mutex_);
    if (is_forked_child()) {
      return refused(
          "tracing is off in the child of a fork: call exec there, or trace in the parent");
    }
    Tracer& tracer = take_slot();
    Known& known = destination_for(settings);
    tracer.destination = known.destination;
    begun = &tracer;
    tracer.begin(settings, session_id_of(settings));
    set_limits();
    for (const std::string& warning : settings.warnings) {
      core::log_line(core::LogLevel::warning, warning);
    }
    if (settings.verbose.value) print_settings(settings);
    if (!settings.is_sending()) {
      // For tests to see. It is not worth refusing a tracer for.
      const bool starts = settings.test_mode.value && has_session_start(settings);
      if (starts && this_thread() != nullptr) start_session(tracer);
      return &tracer;
    }
    ensure_worker();
    const bool starts = has_session_start(settings);
    // First the tracer: the worker may read its session's start the moment it is there.
    // The spans of a session that is there already wait for nothing.
    worker_->add_tracer(tracer, known.endpoint, starts && settings.session_id.value.empty());
    if (starts && !start_session(tracer)) {
      tracer.calls_refused.fetch_add(1, std::memory_order_relaxed);
      tracer.set_last_error("the buffer had no room for the session's start");
      worker_->go_ahead(tracer);
    }
    return &tracer;
  } catch (const std::bad_alloc&) {
    give_up(begun);
    return refused("tracing needs memory and a key for threads, and the system gives no more");
  } catch (const std::system_error&) {
    give_up(begun);
    return refused("tracing needs a thread, and the system gives none");
  }
}

void Runtime::add_handle(const std::shared_ptr<Tracer>& handle) {
  const std::scoped_lock lock(mutex_);
  std::erase_if(handles_, [](const auto& known) { return known.expired(); });
  handles_.push_back(handle);
  handle->self = handle;
}

void Runtime::set_default(const std::shared_ptr<Tracer>& handle) noexcept {
  const std::scoped_lock lock(mutex_);
  default_ = handle;
}

std::shared_ptr<Runtime::Tracer> Runtime::handle_of(const TracerCore* tracer) noexcept {
  const std::scoped_lock lock(mutex_);
  if (tracer != nullptr) return static_cast<const Tracer*>(tracer)->self.lock();
  if (auto chosen = default_.lock()) return chosen;
  for (const auto& known : handles_) {
    if (auto first = known.lock()) return first;
  }
  return nullptr;
}

// Nobody will ever see this tracer: its slot is free again.
void Runtime::give_up(Tracer* tracer) noexcept {
  if (tracer == nullptr) return;
  tracer->close_once();
  tracer->has_handle.store(false, std::memory_order_release);
  try {
    const std::scoped_lock lock(mutex_);
    set_limits();  // the others get its share back
  } catch (...) {
  }
}

Runtime::Tracer& Runtime::take_slot() {
  for (const auto& tracer : tracers_) {
    if (is_reusable(*tracer)) {
      Recorder::get().forget_tracer(tracer->index);
      return *tracer;
    }
  }
  const auto index = static_cast<std::uint32_t>(tracers_.size());
  Tracer& made = *tracers_.emplace_back(std::make_unique<Tracer>());
  made.index = index;
  made.closed = true;
  return made;
}

bool Runtime::is_reusable(Tracer& tracer) {
  return tracer.is_over() && (!worker_ || worker_->forget_tracer(tracer));
}

Runtime::Known& Runtime::destination_for(const Settings& settings) {
  const Endpoint endpoint{settings.server_url.value.text(), settings.api_key.value,
                          settings.project.value, transport_of(settings)};
  const bool test_mode = settings.test_mode.value;
  for (Known& known : destinations_) {
    if (known.endpoint == endpoint && known.test_mode == test_mode) return known;
  }
  Destination& made = Recorder::get().add_destination();
  auto collector = test_mode ? std::make_unique<Collector>(made) : nullptr;
  return destinations_.emplace_back(Known{endpoint, &made, test_mode, std::move(collector)});
}

void Runtime::ensure_worker() {
  if (worker_) return;
  this_thread();  // so that threads can still be known while `close_all` runs
  auto client = net::make_http_client();
  if (!client) throw std::bad_alloc();
  auto worker = std::make_unique<Worker>(Recorder::get(), std::move(client));
  worker->start();
  worker_ = std::move(worker);
  // After the client has set up TLS, so that this runs before TLS is torn down.
  std::atexit([] { get().close_all(); });
  std::at_quick_exit([] { get().close_all(); });
}

void Runtime::set_limits() {
  std::vector<Recorder::Use> in_use;
  for (const auto& tracer : tracers_) {
    if (tracer->closed || tracer->settings.disable_tracing.value) continue;
    const std::size_t bytes = tracer->settings.buffer_bytes.value;
    const auto found = std::find_if(in_use.begin(), in_use.end(), [&](const Recorder::Use& use) {
      return use.destination == tracer->destination;
    });
    if (found == in_use.end()) {
      in_use.push_back({tracer->destination, bytes});
    } else {
      found->buffer_bytes = std::max(found->buffer_bytes, bytes);
    }
  }
  Recorder::get().set_limits(in_use);
}

// Puts the session's start into the arena, ahead of every span. False if there is no room for it:
// then spans say what the session is called.
bool Runtime::start_session(Tracer& tracer) {
  ThreadState* const thread = this_thread();
  TracerSlot* const slot = thread != nullptr ? thread->slot(tracer) : nullptr;
  if (slot == nullptr) throw std::bad_alloc();
  const std::string body = session_start_body(
      tracer.settings, tracer.session_id,
      std::min<std::size_t>(tracer.max_span_bytes, core::limits::session_body_bytes));
  return slot->lane->append({.bytes = static_cast<std::uint32_t>(body.size()),
                             .type = RecordType::session_start,
                             .flags = 0,
                             .tracer = tracer.index,
                             .end_ns = now_ns(*thread)},
                            body.data());
}

// Also where the fork did not run our handlers, as with _Fork().
bool Runtime::is_forked_child() const noexcept {
  return is_forked_child_.load(std::memory_order_relaxed) || ::getpid() != pid_;
}

bool Runtime::flush(Tracer& tracer, std::chrono::milliseconds timeout) {
  if (is_forked_child()) return false;
  if (!tracer.settings.is_sending()) return true;
  const NoCancel whole;
  try {
    return worker_->flush(tracer, timeout);
  } catch (...) {
    return false;
  }
}

void Runtime::close(Tracer& tracer) {
  if (!tracer.close_once() || is_forked_child()) return;
  const NoCancel whole;
  try {
    const std::string server = tracer.settings.server_url.value.text();
    if (tracer.settings.is_sending()) {
      finish(tracer, wait_for(server));
      say_unsent(tracer);
    }
    const std::scoped_lock lock(mutex_);
    set_limits();
  } catch (...) {
    core::log_line(core::LogLevel::error, "a tracer could not be closed: memory ran out");
  }
}

// What is sent within `wait` is; the rest is dropped and counted.
void Runtime::finish(Tracer& tracer, std::chrono::milliseconds wait) {
  const std::string server = tracer.settings.server_url.value.text();
  const std::uint64_t answers = answers_of(server);
  worker_->end_waits(tracer);
  const bool all_sent = worker_->flush(tracer, wait);
  worker_->drop_tracer(tracer);
  tracer.is_finished.store(true, std::memory_order_release);
  note_wait(server, !all_sent && answers_of(server) == answers);
}

// A program with many tracers must not wait for a dead server once for each.
std::chrono::milliseconds Runtime::wait_for(const std::string& server) {
  const std::uint64_t answers = answers_of(server);
  const std::scoped_lock lock(mutex_);
  const auto known = waited_in_vain_.find(server);
  return known != waited_in_vain_.end() && known->second == answers ? vain_wait : close_wait;
}

void Runtime::note_wait(const std::string& server, bool was_vain) {
  const std::uint64_t answers = answers_of(server);
  const std::scoped_lock lock(mutex_);
  if (was_vain) {
    waited_in_vain_[server] = answers;
  } else {
    waited_in_vain_.erase(server);
  }
}

std::uint64_t Runtime::answers_of(const std::string& server) {
  const std::scoped_lock lock(mutex_);
  std::uint64_t sum = 0;
  for (const Known& known : destinations_) {
    if (known.endpoint.server == server) sum += known.destination->answers();
  }
  return sum;
}

// Also of tracers that another thread is just closing: the process must not end before that has
// come to an end, and both have the same two seconds.
void Runtime::close_all() noexcept {
  if (is_forked_child()) return;
  const NoCancel whole;
  const auto deadline = std::chrono::steady_clock::now() + close_wait;
  std::vector<Tracer*> open;
  Worker* worker = nullptr;
  try {
    {
      const std::scoped_lock lock(mutex_);
      worker = worker_.get();
      for (const auto& tracer : tracers_) {
        tracer->close_once();
        if (!tracer->is_finished.load(std::memory_order_acquire)) open.push_back(tracer.get());
      }
    }
    for (Tracer* const tracer : open) {
      const auto left = deadline - std::chrono::steady_clock::now();
      finish(*tracer, std::chrono::duration_cast<std::chrono::milliseconds>(left));
    }
  } catch (...) {
  }
  if (worker != nullptr) worker->stop();
  for (Tracer* const tracer : open) say_unsent(*tracer);
}

void Runtime::collect_test_records(const TakeTestRecord& take) {
  const std::scoped_lock lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  for (const Known& known : destinations_) {
    if (!known.test_mode) continue;
    known.test_collector->collect(now, [&](const Record& record) {
      Tracer& tracer = *tracers_[record.header->tracer];
      take(tracer, record);
      release_session_of(*record.header);
      known.test_collector->settle(*record.chunk, 1);
      return true;
    });
  }
  Recorder::get().note_room();
}

}  // namespace honeyhive::sdk
