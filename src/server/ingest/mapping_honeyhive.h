#pragma once

// HoneyHive's own attributes, and the names that its SDK puts beside them: what each means, and
// who is asked about all others. Types, tokens and models are read in event_type and tokens_model.
//
// Source: the attributes that HoneyHive's SDK 1.5 writes.

#include "otlp/decode.h"
#include "server/ingest/span_mapping.h"
#include "server/store/event.h"

namespace honeyhive::server {

// Sets session, source, type, name and error of `event` from the span's attributes, and puts every
// attribute that is not one of these into its bucket. The views put are the span's.
//
// An id given with `honeyhive_event_id` replaces `event.event_id`: the store finds the span by it
// as well as by the id that its trace and span ids make.
void map_honeyhive(const otlp::SpanView& span, Event& event, SpanMapping& mapping);

}  // namespace honeyhive::server
