#pragma once

// OpenInference's attributes: `llm.*`, `input.value`, `output.value`, `tool.*`, flattened messages
// and documents, and the keys it shares with many others (`session.id`, `user.id`, `metadata`).
//
// Source: OpenInference's semantic conventions as of August 2026 (Arize-ai/openinference, spec).

#include "otlp/decode.h"
#include "server/ingest/span_mapping.h"

namespace honeyhive::server {

// False if the convention does not know `attribute`. `span`: what it is one of.
bool map_openinference(const otlp::SpanView& span, const otlp::KeyValue& attribute,
                       SpanMapping& mapping);

}  // namespace honeyhive::server
