#pragma once

// How many tokens a span took and which model it asked, from where the conventions put it.

#include "server/ingest/span_buckets.h"
#include "server/store/event.h"

namespace honeyhive::server {

// Sets tokens_in, tokens_out and model of `event`, and puts the sum of the tokens into metadata if
// it is not there. Precondition: the buckets are settled.
void read_tokens_and_model(SpanBuckets& buckets, Event& event);

}  // namespace honeyhive::server
