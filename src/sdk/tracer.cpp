// HoneyHiveTracer: the handle's calls, passed on to the tracer's slot and the runtime.

#include "honeyhive/tracer.h"

#include "honeyhive/semconv.h"
#include "sdk/enrich.h"
#include "sdk/environment.h"
#include "sdk/probe.h"
#include "sdk/record/quick_span.h"
#include "sdk/runtime.h"
#include "sdk/span_access.h"

namespace honeyhive {
namespace {

using detail::SpanAccess;
using detail::TracerImpl;
using sdk::KnownEventType;

KnownEventType known_type(std::string_view text) noexcept {
  if (text == EventType::model.text()) return KnownEventType::model;
  if (text == EventType::tool.text()) return KnownEventType::tool;
  if (text == EventType::chain.text()) return KnownEventType::chain;
  if (text == EventType::session.text()) return KnownEventType::session;
  return KnownEventType::none;
}

// A kind that OTLP does not know could not be read, nor could the span that has it.
std::uint8_t known_kind(SpanKind kind) noexcept {
  const bool is_known = kind >= SpanKind::internal && kind <= SpanKind::consumer;
  return static_cast<std::uint8_t>(is_known ? kind : SpanKind::internal);
}

HH_INLINE void start(Span& made, const sdk::SpanStart& what) noexcept {
  sdk::ThreadState* const thread = sdk::detail::current_thread;
  sdk::SpanState* const span = sdk::start_span_quickly(thread, what);
  if (HH_LIKELY(span != nullptr)) {
    SpanAccess::give(made, span, *thread);
  } else if (what.tracer.closed.load(std::memory_order_relaxed)) {
    what.tracer.count_late_call();
  } else {
    SpanAccess::give(made, sdk::start_span(what.tracer, what.name, what.kind, what.type));
  }
}

// A tracer, or why there is none.
struct Opened {
  std::shared_ptr<TracerImpl> tracer = nullptr;
  Error error = {};
  bool is_unreachable = false;
};

Opened open_tracer(const TracerConfig& config) {
  const auto settings = sdk::resolve(config, sdk::read_environment);
  if (!settings) return {.error = {Error::Code::invalid_config, settings.error().message}};
  sdk::Runtime& runtime = sdk::Runtime::get();
  if (settings->require_connection.value && settings->is_sending() && !runtime.is_forked_child()) {
    if (auto failure = sdk::unreachable(*settings)) {
      return {.error = {Error::Code::unavailable, std::move(*failure)}, .is_unreachable = true};
    }
  }
  const auto opened = runtime.open(*settings);
  if (!opened) return {.error = {Error::Code::unavailable, opened.error().message}};
  std::shared_ptr<TracerImpl> handle(*opened, [](TracerImpl* tracer) {
    sdk::Runtime::get().close(*tracer);
    tracer->has_handle.store(false, std::memory_order_release);
  });
  runtime.add_handle(handle);
  return {.tracer = std::move(handle)};
}

}  // namespace

HoneyHiveTracer::HoneyHiveTracer(const TracerConfig& config) {
  Opened opened = open_tracer(config);
  if (opened.is_unreachable) throw ConnectionError(opened.error.message);
  if (opened.tracer == nullptr) throw ConfigError(opened.error);
  impl_ = std::move(opened.tracer);
}

Expected<HoneyHiveTracer> HoneyHiveTracer::try_init(const TracerConfig& config) noexcept {
  try {
    Opened opened = open_tracer(config);
    if (opened.tracer == nullptr) return std::move(opened.error);
    return HoneyHiveTracer(std::move(opened.tracer));
  } catch (...) {
    // As short as this a text needs no memory.
    return Error{Error::Code::unavailable, "out of memory"};
  }
}

Span HoneyHiveTracer::trace(std::string_view name) const noexcept {
  Span made;
  if (impl_ != nullptr) start(made, {*impl_, name});
  return made;
}

Span HoneyHiveTracer::trace(std::string_view name, SpanOptions&& options,
                            Attributes&& attributes) const noexcept {
  Span made;
  if (impl_ == nullptr) return made;
  const std::string_view type = options.event_type.text();
  const KnownEventType known = type.empty() ? KnownEventType::none : known_type(type);
  start(made, {*impl_, name, known_kind(options.kind), known});
  const bool has_own_type = !type.empty() && known == KnownEventType::none;
  if (!made.is_recording() || !(has_own_type || options.attributes.given() || attributes.given())) {
    return made;
  }
  sdk::SpanWriter writer(SpanAccess::state(made), sdk::SpanWriter::Turns::hooks);
  if (has_own_type) {
    writer.text(semconv::event_type, type);
    writer.text("honeyhive.event_type", type);
  }
  sdk::write_attributes(writer, {}, options.attributes);
  sdk::write_attributes(writer, {}, attributes);
  return made;
}

bool HoneyHiveTracer::enrich_span(EnrichOptions&& options, Attributes&& metadata) const noexcept {
  return sdk::enrich_current(this, options, metadata);
}

bool HoneyHiveTracer::enrich_current_span(Attributes&& attributes) const noexcept {
  sdk::SpanState* const span = impl_ ? sdk::recording_span(impl_.get()) : nullptr;
  if (span == nullptr) return false;
  sdk::SpanWriter writer(span, sdk::SpanWriter::Turns::hooks);
  if (!writer) return false;
  sdk::write_attributes(writer, {}, attributes);
  return true;
}

Span Provider::start_span(std::string_view scope, std::string_view name, SpanOptions&& options,
                          Attributes&& attributes) const noexcept {
  Span made = HoneyHiveTracer(impl_.lock()).trace(name, std::move(options), std::move(attributes));
  if (!scope.empty()) made.set_attribute("otel.scope.name", scope);
  return made;
}

bool HoneyHiveTracer::flush(std::chrono::milliseconds timeout) const noexcept {
  return impl_ == nullptr || sdk::Runtime::get().flush(*impl_, timeout);
}

void HoneyHiveTracer::close() const noexcept {
  if (impl_) sdk::Runtime::get().close(*impl_);
}

std::string HoneyHiveTracer::project() const {
  return impl_ ? impl_->settings.project.value : std::string();
}

std::string HoneyHiveTracer::source() const {
  return impl_ ? impl_->settings.source.value : std::string();
}

std::string HoneyHiveTracer::session_id() const {
  return impl_ ? impl_->session_id : std::string();
}

std::string HoneyHiveTracer::session_name() const {
  return impl_ ? impl_->settings.session_name.value : std::string();
}

bool HoneyHiveTracer::test_mode() const noexcept {
  return impl_ && impl_->settings.test_mode.value;
}

TracerStats HoneyHiveTracer::stats() const { return impl_ ? impl_->stats() : TracerStats(); }

}  // namespace honeyhive
