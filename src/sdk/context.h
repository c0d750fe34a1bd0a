#pragma once

// The library's door to a Context's private parts.

#include <utility>

#include "honeyhive/context.h"
#include "sdk/record/flow.h"

namespace honeyhive::detail {

struct ContextAccess {
  // Takes over a reference; null makes an empty one.
  static Context make(sdk::SavedContext* saved) noexcept { return Context(saved); }
  static sdk::SavedContext* of(const Context& context) noexcept {
    return static_cast<sdk::SavedContext*>(context.saved_);
  }
  static sdk::SavedContext* take(Context& context) noexcept {
    return static_cast<sdk::SavedContext*>(std::exchange(context.saved_, nullptr));
  }

  // A scope that changes nothing at its end.
  static ContextScope no_scope() noexcept { return ContextScope(); }
};

}  // namespace honeyhive::detail
