// Context: the handle's calls, passed on to the thread's flow.

#include "sdk/context.h"

namespace honeyhive {

using detail::ContextAccess;

Context::Context(const Context& other) noexcept : saved_(sdk::retain(ContextAccess::of(other))) {}

Context& Context::operator=(const Context& other) noexcept {
  Context copy(other);
  std::swap(saved_, copy.saved_);
  return *this;
}

Context& Context::operator=(Context&& other) noexcept {
  Context taken(std::move(other));
  std::swap(saved_, taken.saved_);
  return *this;
}

Context::~Context() {
  if (saved_ != nullptr) sdk::release(ContextAccess::take(*this));
}

Context Context::current() noexcept { return ContextAccess::make(sdk::take_snapshot()); }

Context Context::exchange() const noexcept {
  bool changed = false;
  return ContextAccess::make(sdk::install(ContextAccess::of(*this), changed));
}

ContextScope Context::attach() const noexcept {
  bool changed = false;
  Context previous = ContextAccess::make(sdk::install(ContextAccess::of(*this), changed));
  if (!changed) return {};
  return ContextScope(std::move(previous));
}

ContextScope::ContextScope(Context previous) noexcept : previous_(std::move(previous)) {
  const sdk::ThreadState* const thread = sdk::this_thread();
  thread_ = thread;
  if (thread != nullptr) flow_ = thread->flow_id;
}

ContextScope::~ContextScope() {
  if (thread_ == nullptr) return;
  sdk::go_back(flow_, static_cast<const sdk::ThreadState*>(thread_),
               ContextAccess::take(previous_));
}

}  // namespace honeyhive
