#include "sdk/enrich.h"

#include "honeyhive/semconv.h"
#include "sdk/record/span_sink.h"
#include "sdk/tracer_impl.h"

namespace honeyhive {
namespace sdk {

void write_attributes(SpanWriter& writer, std::string_view prefix,
                      const Attributes& attributes) noexcept {
  if (!attributes.given()) return;
  SpanSink sink(writer, prefix, SpanSink::Of::pairs);
  AttributeWriter values = honeyhive::detail::WriterAccess::make(sink);
  honeyhive::detail::WriterAccess::write_or_undo(values, attributes);
}

void write_enrichment(SpanWriter& writer, const EnrichOptions& options,
                      const Attributes& metadata) noexcept {
  write_attributes(writer, semconv::metadata, options.metadata);
  write_attributes(writer, semconv::metrics, options.metrics);
  write_attributes(writer, semconv::feedback, options.feedback);
  write_attributes(writer, semconv::inputs, options.inputs);
  write_attributes(writer, semconv::outputs, options.outputs);
  write_attributes(writer, semconv::config, options.config);
  if (!options.error.empty()) writer.text(semconv::error, options.error);
  if (!options.event_id.empty()) writer.text(semconv::event_id, options.event_id);
  write_attributes(writer, semconv::metadata, metadata);
}

SpanState* recording_span(const TracerCore* tracer) noexcept {
  SpanState* span = current_span();
  const auto is_other = [&](const SpanState& open) {
    // Below the innermost there may be spans that another thread has ended.
    return (tracer != nullptr && open.tracer != tracer) ||
           open.ended.load(std::memory_order_acquire);
  };
  while (span != nullptr && is_other(*span)) span = span->below;
  if (span == nullptr || !span->sampled) return nullptr;
  if (!span->is_frame) return span;
  SpanState* const origin = span->origin;  // null: of another process
  const bool is_open = origin != nullptr && !origin->ended.load(std::memory_order_acquire);
  return is_open ? origin : nullptr;
}

bool enrich_current(const HoneyHiveTracer* tracer, const EnrichOptions& options,
                    const Attributes& metadata) noexcept {
  const auto* const only =
      tracer != nullptr ? honeyhive::detail::TracerAccess::of(*tracer) : nullptr;
  if (tracer != nullptr && only == nullptr) return false;
  SpanState* const span = recording_span(only);
  if (span == nullptr) return false;
  SpanWriter writer(span, SpanWriter::Turns::hooks);
  if (!writer) return false;
  write_enrichment(writer, options, metadata);
  return true;
}

}  // namespace sdk

bool enrich_span(EnrichOptions&& options, Attributes&& metadata) noexcept {
  return sdk::enrich_current(options.tracer, options, metadata);
}

}  // namespace honeyhive
