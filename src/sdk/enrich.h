#pragma once

// Writes what users pass as `Attributes` and `EnrichOptions` into a span.

#include <string_view>

#include "honeyhive/enrich.h"
#include "sdk/record/span_writer.h"

namespace honeyhive::sdk {

// Under `prefix` and a dot each; with an empty one as they are.
void write_attributes(SpanWriter& writer, std::string_view prefix,
                      const Attributes& attributes) noexcept;

// Source: the documented precedence: namespaces, then the trailing pairs; the last write wins.
void write_enrichment(SpanWriter& writer, const EnrichOptions& options,
                      const Attributes& metadata) noexcept;

// Enriches the innermost open span of the calling thread, or of `tracer`. False: there is none, or
// it records nothing.
bool enrich_current(const HoneyHiveTracer* tracer, const EnrichOptions& options,
                    const Attributes& metadata) noexcept;

// The innermost open span of the calling thread that belongs to `tracer` (null: to any) and
// records; null if there is none.
SpanState* recording_span(const TracerCore* tracer) noexcept;

}  // namespace honeyhive::sdk
