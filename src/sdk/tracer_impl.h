#pragma once

// A tracer: its settings, its session, what the worker adds to its spans, and the worker's
// counters.
//
// Tracers live in slots that are never freed, because a span may outlive every handle; a slot is
// used again when its tracer has closed, no span of it is open and nothing of it is unsent.

#include <array>
#include <atomic>
#include <mutex>
#include <string>
#include <string_view>

#include "honeyhive/stats.h"
#include "honeyhive/tracer.h"
#include "sdk/config.h"
#include "sdk/record/span_state.h"
#include "sdk/record/tracer_core.h"

namespace honeyhive::detail {

// What a span says about its session.
struct SessionNames {
  std::string_view id;
  std::string_view name;
  std::string_view source;
};

struct TracerImpl : sdk::TracerCore {
  sdk::Settings settings;
  std::string session_id;

  // What every span gets besides its own attributes, encoded; by `KnownEventType`. `ahead` is for
  // spans that overtake their session's start.
  using Constants = std::array<std::string, sdk::known_event_types>;
  Constants constants;
  Constants constants_ahead;
  // ... of a span of that session. What is empty is left out.
  std::string make_constants(const SessionNames& session, std::size_t event_type, bool ahead) const;
  std::string resource;  // encoded Resource message

  // Written by the worker.
  struct Delivery {
    sdk::Counter sent, refused, buffer_full, expired, unsent, bytes_sent, retried;
    sdk::Counter captured;                   // in test mode, instead of sent
    sdk::Counter calls_sent, calls_dropped;  // starts and updates of sessions
  } delivery;

  // Calls that could never be delivered, and headers that could not be used.
  std::atomic<std::uint64_t> calls_refused{0};
  std::atomic<std::uint64_t> bad_contexts{0};

  std::weak_ptr<TracerImpl> self;  // of its handles; under the runtime's lock

  std::atomic<bool> has_handle{false};
  std::atomic<bool> is_finished{true};  // nothing of it will be sent any more
  std::uint64_t life = 0;               // which tracer of this slot

  void set_last_error(std::string text);

  // For a fork: the lock is held across it.
  void lock() { mutex_.lock(); }
  void unlock() { mutex_.unlock(); }
  TracerStats stats();

  // Closed, without handle, open span or anything on the way.
  bool is_over();

  // A new life for the slot.
  void begin(const sdk::Settings& from, std::string session);

 private:
  std::mutex mutex_;
  std::string last_error_;
};

// Doors into the public handles.
struct TracerAccess {
  static TracerImpl* of(const HoneyHiveTracer& tracer) noexcept { return tracer.impl_.get(); }
  static const std::shared_ptr<TracerImpl>& handle(const HoneyHiveTracer& tracer) noexcept {
    return tracer.impl_;
  }
  static HoneyHiveTracer make(std::shared_ptr<TracerImpl> handle) noexcept {
    return HoneyHiveTracer(std::move(handle));
  }
};

}  // namespace honeyhive::detail
