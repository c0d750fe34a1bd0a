#pragma once

// The conventions of others: which one knows an attribute, and which one a span follows.

#include <string_view>

#include "otlp/decode.h"
#include "server/ingest/span_mapping.h"

namespace honeyhive::server {

// Puts `attribute`, one of `span`'s, where its convention says; a plain one if none knows it.
void map_by_convention(const otlp::SpanView& span, const otlp::KeyValue& attribute,
                       SpanMapping& mapping);

// Who wrote the span, by HoneyHive's names for them; "" if nothing says so. After the last
// attribute.
std::string_view instrumentor_of(const otlp::ScopeView& scope, const SpanMapping& mapping);

}  // namespace honeyhive::server
