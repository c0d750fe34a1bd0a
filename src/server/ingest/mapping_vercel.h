#pragma once

// The `ai.*` attributes of Vercel's AI SDK. Its newer integration writes OpenTelemetry's instead.
//
// Source: vercel/ai, "Telemetry" and packages/otel, as of August 2026; AI SDK 4 and 5.

#include "otlp/attributes.h"
#include "server/ingest/span_mapping.h"

namespace honeyhive::server {

// False if the convention does not know `attribute`, whose key begins with "ai.".
bool map_vercel(const otlp::KeyValue& attribute, SpanMapping& mapping);

}  // namespace honeyhive::server
