#pragma once

// The library's door to a Span's private parts.

#include "core/inline.h"
#include "honeyhive/span.h"
#include "sdk/exception_text.h"
#include "sdk/record/recorder.h"
#include "sdk/record/span_state.h"

namespace honeyhive::detail {

struct SpanAccess {
  // A handle of `state`, which the calling thread has just started; null makes an empty one.
  static void give(Span& span, sdk::SpanState* state) noexcept {
    if (state != nullptr) give(span, state, *state->owner.load(std::memory_order_relaxed));
  }
  HH_INLINE static void give(Span& span, sdk::SpanState* state,
                             const sdk::ThreadState& thread) noexcept {
    span.state_ = reinterpret_cast<std::uintptr_t>(state) | (state->sampled ^ true);
    static_assert(Span::recording == 0 && Span::not_sampled == 1);
    span.exceptions_ = thread.uncaught_exceptions();
  }

  static sdk::SpanState* state(const Span& span) noexcept {
    // NOLINTNEXTLINE(performance-no-int-to-ptr): a handle is an address with a tag
    return reinterpret_cast<sdk::SpanState*>(span.state_ & ~Span::tag_bits);
  }

  static void add_exception_event(Span& span, const sdk::ExceptionText& error);
};

}  // namespace honeyhive::detail
