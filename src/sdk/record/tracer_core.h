#pragma once

// The part of a tracer that recording needs. Plain values, set before the tracer is used; only
// `closed` changes.

#include <atomic>
#include <chrono>
#include <cstdint>

#include "sdk/record/destination.h"
#include "sdk/record/key_filter.h"

namespace honeyhive::sdk {

struct TracerCore {
  std::uint32_t index = 0;  // among the tracers of the process; used again after the tracer is gone
  Destination* destination = nullptr;

  // A trace is recorded if the last 56 bits of its id are at least this: 0 records all.
  // Source: W3C Trace Context level 2, random trace id flag; OpenTelemetry "consistent probability
  // sampling".
  std::uint64_t reject_below = 0;

  // The keys that the worker adds to every span: set by hand, they count as set twice.
  KeyFilter constant_keys;

  std::uint32_t max_span_bytes = 0;
  std::chrono::milliseconds on_full_wait{0};
  bool sends_alone = false;  // disable_batch

  std::atomic<bool> closed{false};
};

}  // namespace honeyhive::sdk
