#pragma once

// `HoneyHiveTracer`: makes spans and sessions and delivers them to one HoneyHive project.

#include <chrono>
#include <concepts>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "honeyhive/config.h"
#include "honeyhive/context.h"
#include "honeyhive/detail/carrier.h"
#include "honeyhive/enrich.h"
#include "honeyhive/error.h"
#include "honeyhive/session.h"
#include "honeyhive/span.h"
#include "honeyhive/stats.h"

#pragma GCC visibility push(default)
namespace honeyhive {

namespace detail {
struct TracerImpl;
struct TracerAccess;  // the library's door to a handle's private parts

template <typename F>
concept span_body = std::invocable<F&, Span&> || std::invocable<F&>;
}  // namespace detail

// What `link` returns and `unlink` takes: the context to go back to. For the thread that the linked
// context is on.
class [[nodiscard]] LinkToken {
 public:
  LinkToken() noexcept = default;  // nothing to undo

 private:
  friend class HoneyHiveTracer;
  Context previous_;
  const void* thread_ = nullptr;
  std::uint64_t flow_ = 0;
};

// The hook for instrumentors: code that knows a client library but no HoneyHive. Cheap to copy;
// thread-safe. Like a context, it does not keep the tracer open.
class Provider {
 public:
  // A span of the instrumented library `scope`, made current. Attributes are sent as given, the
  // scope as `otel.scope.name`.
  Span start_span(std::string_view scope, std::string_view name, SpanOptions&& options = {},
                  Attributes&& attributes = {}) const noexcept;

 private:
  friend class HoneyHiveTracer;
  explicit Provider(const std::shared_ptr<detail::TracerImpl>& impl) noexcept : impl_(impl) {}

  std::weak_ptr<detail::TracerImpl> impl_;
};

// A handle: copies are cheap and mean the same tracer. The last handle to go flushes (at most 2 s)
// and closes, so a block that makes a tracer also ends it. A null handle ignores every call. All
// members are thread-safe. Only construction throws.
//
// The tracer has a session of its own, started on the server ahead of its first spans. After a
// fork, the child records nothing.
class HoneyHiveTracer {
 public:
  // Reads the environment for what `config` does not set. Throws ConfigError, and ConnectionError
  // if `require_connection` is set; otherwise an unreachable server is no error: spans wait and are
  // retried.
  static HoneyHiveTracer init(const TracerConfig& config = {}) { return HoneyHiveTracer(config); }

  // The same without exceptions, also where memory runs out.
  static Expected<HoneyHiveTracer> try_init(const TracerConfig& config = {}) noexcept;

  explicit HoneyHiveTracer(const TracerConfig& config);
  HoneyHiveTracer(const TracerConfig& config, const TracerConfig& overrides)
      : HoneyHiveTracer(config.merged(overrides)) {}

  // The null handle: `HoneyHiveTracer tracer = nullptr;`.
  HoneyHiveTracer(std::nullptr_t) noexcept {}

  explicit operator bool() const noexcept { return impl_ != nullptr; }
  friend bool operator==(const HoneyHiveTracer&, const HoneyHiveTracer&) noexcept = default;

  // -- spans

  // A span, current until it ends. Trailing pairs are attributes of the span, sent as given.
  Span trace(std::string_view name) const noexcept;
  template <std::size_t N>
  Span trace(std::string_view name, const Attribute (&attributes)[N]) const noexcept {
    return trace(name, SpanOptions{}, Attributes(attributes, N));
  }
  Span trace(std::string_view name, SpanOptions&& options,
             Attributes&& attributes = {}) const noexcept;
  template <detail::object_like T>
  Span trace(std::string_view name, const T& attributes) const noexcept {
    return trace(name, SpanOptions{}, Attributes(attributes));
  }

  // Calls `body()` or `body(span)` inside a span and returns its result. An exception is recorded
  // on the span, with type and message, and goes on.
  template <detail::span_body F>
  decltype(auto) trace(std::string_view name, F&& body) const {
    return trace(name, SpanOptions{}, std::forward<F>(body));
  }
  template <detail::span_body F>
  decltype(auto) trace(std::string_view name, SpanOptions&& options, F&& body) const;

  // As the free functions of honeyhive/enrich.h, for the current span of this tracer.
  template <std::size_t N>
  bool enrich_span(const Attribute (&metadata)[N]) const noexcept {
    return enrich_span(EnrichOptions{}, Attributes(metadata, N));
  }
  bool enrich_span(EnrichOptions&& options, Attributes&& metadata = {}) const noexcept;
  template <detail::object_like T>
  bool enrich_span(const T& metadata) const noexcept {
    return enrich_span(EnrichOptions{}, Attributes(metadata));
  }
  // Sets the pairs as plain attributes: each as `Span::set_attribute` would.
  bool enrich_current_span(Attributes&& attributes) const noexcept;

  // -- sessions

  // Creates a session and makes it current: for this thread, until the span that is innermost, a
  // `Context::attach` or a `with_session` ends, or another session is created; without any of them
  // it stays. Does not block unless `wait`.
  SessionId create_session(SessionOptions&& options = {}) const noexcept;

  // The same for one block; what was current before is current again after it.
  SessionScope with_session(SessionOptions&& options = {}) const noexcept;
  SessionScope with_session(std::string_view session_name,
                            SessionOptions&& options = {}) const noexcept;

  // Adds to the current session, or to `session_id`. Trailing pairs go to its metadata.
  void enrich_session(SessionUpdate&& update, Attributes&& metadata = {}) const noexcept;

  // -- other processes

  // Continues the trace that `carrier` (headers) describes: spans started here become its children,
  // until `unlink`. A session in its baggage becomes current with it, unless that names another
  // project. Malformed or missing headers change nothing (counted as `bad_context` if malformed).
  // `linked` is the same for a block. Only what `carrier` or `getter` throws is thrown.
  template <typename Carrier>
  LinkToken link(const Carrier& carrier) const {
    return link_from(detail::carrier_getter(carrier));
  }
  template <typename Carrier, detail::getter_of<Carrier> Getter>
  LinkToken link(const Carrier& carrier, Getter&& getter) const {
    return link_from(
        [&](std::string_view name) -> std::optional<std::string> { return getter(carrier, name); });
  }
  void unlink(LinkToken&& token) const noexcept;
  template <typename Carrier>
  ContextScope linked(const Carrier& carrier) const {
    return linked_from(detail::carrier_getter(carrier));
  }

  // Writes `traceparent`, `tracestate` and `baggage` of the current span and session into
  // `carrier`, and returns it. Without a span, or one of another process that is linked, there is
  // no `traceparent`.
  template <typename Carrier>
  Carrier& inject(Carrier& carrier) const {
    inject_into(detail::carrier_setter(carrier));
    return carrier;
  }
  template <typename Carrier, detail::setter_of<Carrier> Setter>
  Carrier& inject(Carrier& carrier, Setter&& setter) const {
    inject_into(
        [&](std::string_view name, std::string_view value) { setter(carrier, name, value); });
    return carrier;
  }
  std::map<std::string, std::string> inject() const {
    std::map<std::string, std::string> carrier;
    inject(carrier);
    return carrier;
  }

  // -- lifecycle

  // Sends what has ended so far; waits at most `timeout`. False: not all was sent in time (it stays
  // queued), or the server refused some (counted in `stats()`).
  bool flush(std::chrono::milliseconds timeout = std::chrono::seconds(30)) const noexcept;

  // Flushes (at most 2 s) and stops. Later calls are ignored and counted: `late_set`, and for spans
  // that end later `dropped_closed`. A new tracer can be made any time.
  void close() const noexcept;

  std::string project() const;
  std::string source() const;
  std::string session_id() const;  // of this tracer; `create_session` does not change it
  std::string session_name() const;
  bool test_mode() const noexcept;
  TracerStats stats() const;
  Provider provider() const noexcept { return Provider(impl_); }

 private:
  friend struct detail::TracerAccess;
  friend class Provider;

  explicit HoneyHiveTracer(std::shared_ptr<detail::TracerImpl> impl) noexcept
      : impl_(std::move(impl)) {}

  LinkToken link_from(const detail::CarrierGetter& get) const;
  ContextScope linked_from(const detail::CarrierGetter& get) const;
  void inject_into(const detail::CarrierSetter& set) const;

  std::shared_ptr<detail::TracerImpl> impl_;
};

using Tracer = HoneyHiveTracer;

// The tracer of calls that name none: that of the current context, else the process default; may be
// null.
HoneyHiveTracer current_tracer() noexcept;

// The process default: the last one set, else the first one made that still lives. It keeps no
// tracer open.
void set_default_tracer(const HoneyHiveTracer& tracer) noexcept;
HoneyHiveTracer default_tracer() noexcept;

// As `HoneyHiveTracer::inject`, by the current tracer.
template <typename Carrier>
Carrier& inject(Carrier& carrier) {
  return current_tracer().inject(carrier);
}

template <detail::span_body F>
decltype(auto) HoneyHiveTracer::trace(std::string_view name, SpanOptions&& options,
                                      F&& body) const {
  auto span = trace(name, std::move(options));
  try {
    if constexpr (std::invocable<F&, Span&>) {
      return body(span);
    } else {
      return body();
    }
  } catch (...) {
    detail::fail_span(span, std::current_exception());
    throw;
  }
}

}  // namespace honeyhive
#pragma GCC visibility pop
