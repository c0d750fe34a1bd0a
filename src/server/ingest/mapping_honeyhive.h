#pragma once

// HoneyHive's own attributes: what each means, and where all others go. Conventions of other
// projects have files of their own.
//
// Source: reference/honeyhive-wire.md 3.9.

#include <string_view>

#include "otlp/decode.h"
#include "server/ingest/span_buckets.h"
#include "server/store/event.h"

namespace honeyhive::server {

// Sets session, source, type, name and error of `event` from the span's attributes, and puts every
// attribute that is not one of these into its bucket. The views put are the span's.
//
// An id given with `honeyhive_event_id` replaces `event.event_id`: the store finds the span by it
// as well as by the id that its trace and span ids make.
void map_honeyhive(const otlp::SpanView& span, Event& event, SpanBuckets& buckets);

}  // namespace honeyhive::server
