#pragma once

// How many tokens a span took and which model it asked, from whichever attribute says so.
//
// Source: OpenTelemetry semantic conventions for GenAI (both generations of names); the attributes
// that HoneyHive's SDK 1.5 writes.

#include "otlp/attributes.h"
#include "server/store/event.h"

namespace honeyhive::server {

// Sets tokens_in, tokens_out and model of `event`.
void read_tokens_and_model(const otlp::Attributes& attributes, Event& event);

}  // namespace honeyhive::server
