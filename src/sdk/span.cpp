// Span: the handle's calls, passed on to the span's state.

#include "honeyhive/span.h"

#include "core/hex.h"
#include "core/inline.h"
#include "honeyhive/semconv.h"
#include "sdk/enrich.h"
#include "sdk/exception_text.h"
#include "sdk/record/quick_span.h"
#include "sdk/record/span_sink.h"
#include "sdk/record/span_writer.h"
#include "sdk/span_access.h"
#include "sdk/tracer_impl.h"

namespace honeyhive {

using detail::SpanAccess;
using sdk::SpanState;
using sdk::SpanWriter;

namespace {

HH_NOINLINE void set_any_text(SpanState& span, std::string_view key,
                              std::string_view value) noexcept {
  SpanWriter writer(&span);
  if (!writer) return;
  writer.text(key, value);
  // Many attributes were announced as too many to be counted; now they have been.
  if (span.quick_limit != 0 && span.size >= span.quick_limit) sdk::set_quick_limit(span);
}

// An exception leaves the span's scope. What the program said about the outcome stays.
HH_NOINLINE void mark_unwound(SpanState& span) noexcept {
  if (!span.sampled) return;
  if (SpanWriter writer(&span); writer && span.notes.status == 0) {
    writer.status(static_cast<std::uint8_t>(StatusCode::error), "left by an exception");
  }
}

}  // namespace

Span& Span::operator=(Span&& other) noexcept {
  if (this == &other) return *this;
  end();
  state_ = other.state_;
  exceptions_ = other.exceptions_;
  other.state_ = none;
  return *this;
}

void Span::leave() noexcept {
  if ((state_ & tag_bits) == ended) return;
  SpanState& span = *SpanAccess::state(*this);
  sdk::ThreadState* const thread = sdk::detail::current_thread;
  if (HH_UNLIKELY(thread != nullptr && thread->uncaught_exceptions() > exceptions_)) {
    mark_unwound(span);
  }
  if (!sdk::end_span_quickly(thread, span)) sdk::end_span(span);
}

void Span::end() noexcept {
  if (state_ == none || (state_ & tag_bits) == ended) return;
  SpanState& span = *SpanAccess::state(*this);
  // What is left of the handle: whom to count later calls for.
  state_ = span.sampled ? reinterpret_cast<std::uintptr_t>(span.tracer) | ended : none;
  sdk::end_span(span);
}

void Span::count_late_call() noexcept {
  // NOLINTNEXTLINE(performance-no-int-to-ptr): a handle is an address with a tag
  reinterpret_cast<sdk::TracerCore*>(state_ & ~tag_bits)->count_late_call();
}

void Span::set(const Attribute& attribute) noexcept {
  SpanWriter writer(SpanAccess::state(*this), SpanWriter::Turns::hooks);
  if (!writer) return;
  sdk::SpanSink sink(writer, attribute.key(), sdk::SpanSink::Of::value);
  AttributeWriter values = detail::WriterAccess::make(sink);
  detail::WriterAccess::write_or_undo(values, attribute);
}

void Span::set_text(std::string_view key, std::string_view value) noexcept {
  // NOLINTNEXTLINE(performance-no-int-to-ptr): an address, untagged while recording
  SpanState& span = *reinterpret_cast<SpanState*>(state_);
  if (!sdk::put_short_text(span, key, value)) set_any_text(span, key, value);
}

void Span::set_int(std::string_view key, std::int64_t value) noexcept {
  if (SpanWriter writer(SpanAccess::state(*this)); writer) writer.integer(key, value);
}

void Span::set_double(std::string_view key, double value) noexcept {
  if (SpanWriter writer(SpanAccess::state(*this)); writer) writer.number(key, value);
}

void Span::set_bool(std::string_view key, bool value) noexcept {
  if (SpanWriter writer(SpanAccess::state(*this)); writer) writer.boolean(key, value);
}

void Span::set_attributes(Attributes&& attributes) noexcept {
  if (!wants_data()) return;
  if (SpanWriter writer(SpanAccess::state(*this), SpanWriter::Turns::hooks); writer) {
    sdk::write_attributes(writer, {}, attributes);
  }
}

void Span::set_status(StatusCode code, std::string_view description) noexcept {
  if (!wants_data()) return;
  if (SpanWriter writer(SpanAccess::state(*this)); writer) {
    if (code > StatusCode::error) code = StatusCode::unset;  // none that OTLP knows
    writer.status(static_cast<std::uint8_t>(code), description);
  }
}

void Span::update_name(std::string_view name) noexcept {
  if (!wants_data()) return;
  if (SpanWriter writer(SpanAccess::state(*this)); writer) writer.name(name);
}

void Span::add_event(std::string_view name, Attributes&& attributes) noexcept {
  if (!wants_data()) return;
  SpanWriter writer(SpanAccess::state(*this), SpanWriter::Turns::hooks);
  sdk::KeyFilter keys;
  if (!writer || !writer.begin_event(name, keys)) return;
  sdk::write_attributes(writer, {}, attributes);
  writer.end_event();
}

void Span::record_exception(const std::exception& error) noexcept {
  if (!wants_data()) return;
  try {
    SpanAccess::add_exception_event(*this, sdk::describe(error));
  } catch (...) {
  }
}

void Span::record_exception(std::exception_ptr error) noexcept {
  if (!wants_data() || !error) return;
  try {
    SpanAccess::add_exception_event(*this, sdk::describe(std::move(error)));
  } catch (...) {
  }
}

void Span::enrich(EnrichOptions&& options, Attributes&& metadata) noexcept {
  if (!wants_data()) return;
  if (SpanWriter writer(SpanAccess::state(*this), SpanWriter::Turns::hooks); writer) {
    sdk::write_enrichment(writer, options, metadata);
  }
}

SpanContext Span::context() const {
  if (!is_recording()) return {};
  const SpanState& span = *SpanAccess::state(*this);
  const auto hex = [](const void* bytes, std::size_t count) {
    return core::to_hex({static_cast<const char*>(bytes), count});
  };
  return {hex(span.trace_id, sizeof span.trace_id), hex(&span.span_id, sizeof span.span_id), true};
}

namespace detail {

void SpanAccess::add_exception_event(Span& span, const sdk::ExceptionText& error) {
  span.add_event("exception", {{"exception.type", error.type},
                               {"exception.message", error.message},
                               {"exception.stacktrace", "(not recorded at the throw site)"}});
}

void fail_span(Span& span, std::exception_ptr error) noexcept {
  if (!span.is_recording()) return;
  try {
    const sdk::ExceptionText text = sdk::describe(std::move(error));
    const std::string description =
        text.message.empty() ? text.type : text.type + ": " + text.message;
    span.set_status(StatusCode::error, description);
    span.set_attribute(semconv::error, text.message.empty() ? text.type : text.message);
    span.set_attribute(semconv::error_type, text.type);
    SpanAccess::add_exception_event(span, text);
  } catch (...) {
    span.set_status(StatusCode::error, "left by an exception");
  }
}

}  // namespace detail
}  // namespace honeyhive
