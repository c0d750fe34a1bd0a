#pragma once

// The current span, session and links, and how they follow work to other threads.
//
// Context is per thread and is restored by scopes. It is carried:
// clang-format off
//   to a thread           ContextThread thread(work);  std::async(bind_context(work));
//   to any later call     auto later = bind_context(work);
//   to another process    HoneyHiveTracer::inject and link
// clang-format on

#include <cstdint>
#include <functional>
#include <thread>
#include <type_traits>
#include <utility>

#pragma GCC visibility push(default)
namespace honeyhive {

class ContextScope;

namespace detail {
struct ContextAccess;  // the library's door to the private parts below
}

// A snapshot of the current context: the spans that are open, the sessions and the links. Cheap to
// copy; thread-safe. It keeps no tracer open and no span running: a span that starts under it after
// its parent ended is that span's child all the same.
class Context {
 public:
  Context() noexcept = default;  // empty: no span, no session
  Context(const Context& other) noexcept;
  Context(Context&& other) noexcept : saved_(std::exchange(other.saved_, nullptr)) {}
  Context& operator=(const Context& other) noexcept;
  Context& operator=(Context&& other) noexcept;
  ~Context();

  static Context current() noexcept;

  // Makes this context current on the calling thread until the scope ends.
  [[nodiscard]] ContextScope attach() const noexcept;

  // Makes this context current and returns what was, without a scope: for schedulers. What was,
  // with the spans that are open in it, can be made current again once, here or on another thread:
  // whoever uses these spans' handles goes there with it. A second time it is empty.
  Context exchange() const noexcept;

 private:
  friend struct detail::ContextAccess;
  explicit Context(void* saved) noexcept : saved_(saved) {}

  void* saved_ = nullptr;
};

// Restores the context that was current before `attach`. Ends on the thread that the attached
// context is on; out of order, it takes no other scope's context away (counted as
// `context_mismatch`).
class [[nodiscard]] ContextScope {
 public:
  // Goes back to `previous` from what is current now.
  explicit ContextScope(Context previous) noexcept;
  ContextScope(const ContextScope&) = delete;
  ContextScope& operator=(const ContextScope&) = delete;
  ~ContextScope();

 private:
  friend class Context;
  friend struct detail::ContextAccess;
  ContextScope() noexcept = default;  // goes nowhere

  Context previous_;
  const void* thread_ = nullptr;
  std::uint64_t flow_ = 0;
};

namespace detail {
template <typename F>
concept executor_like = requires(F& executor) {
  executor.context();
};
template <typename F>
concept callable = !executor_like<F>;
}  // namespace detail

// `work`, to be called later or elsewhere under the context of now.
template <detail::callable F>
auto bind_context(F&& work) {
  return [context = Context::current(),
          work = std::forward<F>(work)](auto&&... args) mutable -> decltype(auto) {
    const auto scope = context.attach();
    return std::invoke(work, std::forward<decltype(args)>(args)...);
  };
}

// A std::thread that starts under the context of its creator, and joins in its destructor.
class ContextThread {
 public:
  ContextThread() noexcept = default;
  template <typename F, typename... Args>
  requires(std::is_invocable_v<std::decay_t<F>&, std::decay_t<Args>...>) explicit ContextThread(
      F&& work, Args&&... args)
      : thread_(bind_context(std::forward<F>(work)), std::forward<Args>(args)...) {}
  ContextThread(ContextThread&&) noexcept = default;
  ContextThread& operator=(ContextThread&& other) noexcept {
    if (joinable()) join();
    thread_ = std::move(other.thread_);
    return *this;
  }
  ~ContextThread() {
    if (joinable()) join();
  }

  bool joinable() const noexcept { return thread_.joinable(); }
  void join() { thread_.join(); }
  void detach() { thread_.detach(); }
  std::thread::id get_id() const noexcept { return thread_.get_id(); }

 private:
  std::thread thread_;
};

}  // namespace honeyhive
#pragma GCC visibility pop
