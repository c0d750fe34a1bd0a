#pragma once

// The HoneyHive event id of a span: stable, so that the SDK can name a span before the server has
// seen it, and the server can find the span from the id alone.

#include "core/ids.h"
#include "core/uuid.h"

namespace honeyhive::otlp {

// A UUIDv8: bytes 0 to 7 are the first 8 of the trace id, bytes 8 to 15 the span id; the six bits
// of version and variant are overwritten.
core::Uuid event_id(const core::TraceId& trace, const core::SpanId& span) noexcept;

}  // namespace honeyhive::otlp
