#pragma once

// Spans: one timed operation each, ended by the end of their scope.

#include <concepts>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <type_traits>

#include "honeyhive/enrich.h"
#include "honeyhive/value.h"

#pragma GCC visibility push(default)
namespace honeyhive {

// What kind of step a span is: `EventType::tool`, or any text ("user_authentication"), sent
// verbatim; a null pointer means none. Refers to the text: a literal, or a string that outlives the
// call it is used in.
class EventType {
 public:
  constexpr EventType() noexcept = default;
  constexpr EventType(const char* text) noexcept
      : text_(text != nullptr ? std::string_view(text) : std::string_view()) {}
  constexpr EventType(std::string_view text) noexcept : text_(text) {}
  EventType(const std::string& text) noexcept : text_(text) {}

  static const EventType model;
  static const EventType tool;
  static const EventType chain;
  static const EventType session;

  constexpr std::string_view text() const noexcept { return text_; }
  friend constexpr bool operator==(EventType, EventType) noexcept = default;

 private:
  std::string_view text_;
};

inline constexpr EventType EventType::model{"model"};
inline constexpr EventType EventType::tool{"tool"};
inline constexpr EventType EventType::chain{"chain"};
inline constexpr EventType EventType::session{"session"};

enum class StatusCode : std::uint8_t { unset = 0, ok = 1, error = 2 };  // as in OTLP
enum class SpanKind : std::uint8_t {
  internal = 1,
  server = 2,
  client = 3,
  producer = 4,
  consumer = 5
};  // as in OTLP

// Keyword arguments of `HoneyHiveTracer::trace`.
struct SpanOptions {
  detail::NamedOnly named_only = {};
  EventType event_type = {};
  Attributes attributes = {};
  SpanKind kind = SpanKind::internal;
};

// The identity of a span, as text in the form of the W3C traceparent header.
struct SpanContext {
  std::string trace_id;  // 32 hex digits; empty for a span that records nothing
  std::string span_id;   // 16 hex digits
  bool sampled = false;
};

class Span;

namespace detail {
struct SpanAccess;  // the library's door to a Span's private parts
void fail_span(Span& span, std::exception_ptr error) noexcept;
}  // namespace detail

// A running span: made by `HoneyHiveTracer::trace`, current on its thread until it ends. Move-only.
// Ends in its destructor; when an exception leaves the scope, with status ERROR. A default-made or
// moved-from span ignores every call. May be moved to and ended on another thread; not for use by
// two threads at once. No member throws.
class [[nodiscard]] Span {
 public:
  Span() noexcept = default;
  Span(Span&& other) noexcept : state_(other.state_), exceptions_(other.exceptions_) {
    other.state_ = none;
  }
  Span& operator=(Span&& other) noexcept;  // ends the span it held
  ~Span() {
    if (state_ != none) leave();
  }

  // The key is sent as given. The last value of a key wins.
  template <typename T>
  void set_attribute(std::string_view key, const T& value) noexcept {
    if (!wants_data()) return;
    // NOLINTNEXTLINE(bugprone-branch-clone): all branches but that of T are empty
    if constexpr (detail::is_own<T> || detail::has_hook<T>) {
      set(Attribute(key, value));
    } else if constexpr (std::same_as<T, bool>) {
      set_bool(key, value);
    } else if constexpr (std::is_floating_point_v<T>) {
      set_double(key, static_cast<double>(value));
    } else if constexpr (detail::is_integer<T>) {
      set_int(key, static_cast<std::int64_t>(value));
    } else if constexpr (detail::is_text<T> && std::is_pointer_v<T>) {
      if (value) set_text(key, value);
    } else if constexpr (detail::is_safe_text<T>) {
      set_text(key, static_cast<std::string_view>(value));
    } else {
      set(Attribute(key, value));  // may throw on its way: that is caught there
    }
  }
  void set_attribute(std::string_view key, std::initializer_list<Attribute> nested) noexcept {
    if (wants_data()) set(Attribute(key, nested));
  }
  void set_attributes(Attributes&& attributes) noexcept;

  void set_status(StatusCode code, std::string_view description = {}) noexcept;
  void record_exception(const std::exception& error) noexcept;  // an event; the status stays
  void record_exception(std::exception_ptr error = std::current_exception()) noexcept;
  void add_event(std::string_view name, Attributes&& attributes = {}) noexcept;
  void update_name(std::string_view name) noexcept;

  // As the free `enrich_span`, for this span.
  template <std::size_t N>
  void enrich(const Attribute (&metadata)[N]) noexcept {
    enrich(EnrichOptions{}, Attributes(metadata, N));
  }
  template <detail::object_like T>
  void enrich(const T& metadata) noexcept {
    enrich(EnrichOptions{}, Attributes(metadata));
  }
  void enrich(EnrichOptions&& options, Attributes&& metadata = {}) noexcept;

  // Ends now instead of at the end of the scope; later calls are ignored.
  void end() noexcept;

  bool is_recording() const noexcept { return (state_ & tag_bits) == recording; }
  SpanContext context() const;

 private:
  friend struct detail::SpanAccess;

  // `state_` is a pointer with the span's condition in its low bits: whether anything is recorded
  // is one test.
  static constexpr std::uintptr_t recording = 0;
  static constexpr std::uintptr_t not_sampled = 1;
  static constexpr std::uintptr_t ended = 2;
  static constexpr std::uintptr_t none = 3;  // no span
  static constexpr std::uintptr_t tag_bits = 3;

  bool wants_data() noexcept {
    if ((state_ & tag_bits) == recording) return true;
    if ((state_ & tag_bits) == ended) count_late_call();
    return false;
  }
  void count_late_call() noexcept;
  void leave() noexcept;
  void set(const Attribute& attribute) noexcept;
  void set_text(std::string_view key, std::string_view value) noexcept;
  void set_int(std::string_view key, std::int64_t value) noexcept;
  void set_double(std::string_view key, double value) noexcept;
  void set_bool(std::string_view key, bool value) noexcept;

  std::uintptr_t state_ = none;
  int exceptions_ = 0;
};

}  // namespace honeyhive
#pragma GCC visibility pop
