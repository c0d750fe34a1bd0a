#pragma once

// The part of a created session that recording needs. The tracer's own session has none: its slot
// is 0, and it lives as long as the tracer.

#include <atomic>
#include <cstdint>

#include "sdk/record/tracer_core.h"

namespace honeyhive::sdk {

// Referred to by contexts, by the sampled spans that were started in it, and by their records until
// the worker has settled them: the last of them to go frees it. Its tracer's slot is not used again
// before that.
struct SessionCore {
  explicit SessionCore(TracerCore& its_tracer) noexcept : tracer(its_tracer) {}

  TracerCore& tracer;
  std::uint32_t slot = 0;  // in the table of sessions, never 0 once it is there
  std::atomic<std::uint32_t> references{1};
};

inline void retain_session(SessionCore& session, std::uint32_t count = 1) noexcept {
  session.references.fetch_add(count, std::memory_order_relaxed);
}
void release_session(SessionCore& session, std::uint32_t count = 1) noexcept;  // in session.cpp

}  // namespace honeyhive::sdk
