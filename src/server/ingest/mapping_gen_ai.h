#pragma once

// OpenTelemetry's semantic conventions for GenAI, of both generations: `gen_ai.*` attributes, the
// messages as JSON or structure (since 1.37), as numbered keys (OpenLLMetry's, before), or as
// events of the span.
//
// Source: opentelemetry.io, semantic conventions for GenAI 1.27 to 1.41, attributes and events; the
// events that Azure's and Strands' instrumentations write.

#include "otlp/decode.h"
#include "server/ingest/span_mapping.h"

namespace honeyhive::server {

// False if the convention does not know `attribute`, whose key begins with "gen_ai.".
bool map_gen_ai(const otlp::KeyValue& attribute, SpanMapping& mapping);

// Messages in the span's events. They stay there as well.
void map_gen_ai_events(const otlp::SpanView& span, SpanMapping& mapping);

}  // namespace honeyhive::server
