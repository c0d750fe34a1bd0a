#pragma once

// OpenLLMetry's attributes besides those of OpenTelemetry: `traceloop.*`, and the `llm.*` that its
// instrumentations wrote before 0.50.
//
// Source: traceloop/openllmetry, opentelemetry-semantic-conventions-ai 0.4 and 0.5.

#include "otlp/attributes.h"
#include "server/ingest/span_mapping.h"

namespace honeyhive::server {

// False if the convention does not know `attribute`.
bool map_traceloop(const otlp::KeyValue& attribute, SpanMapping& mapping);

}  // namespace honeyhive::server
