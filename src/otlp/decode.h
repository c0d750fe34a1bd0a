#pragma once

// OTLP requests of traces and logs, read in place: every view points into the body, nothing is
// copied.
//
// What a protobuf parser accepts is accepted: fields in any order, a scalar that comes again wins,
// a message that comes again is merged, unknown fields are skipped. One exception: where a
// KeyValue carries `value` twice, the last one wins whole. Text is as sent, valid UTF-8 or not; who
// writes it out repairs it. All of core/limits.h that concerns a span is kept here: what exceeds a
// bound is left out and counted in `dropped`. Flags and the URLs of schemas are skipped.
//
// Thread-safe: no state.
//
// Source: opentelemetry-proto 1.10; Protocol Buffers encoding, "Last One Wins".

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "otlp/attributes.h"

namespace honeyhive::otlp {

struct EventView {
  std::uint64_t time_ns = 0;
  std::string_view name;
  Attributes attributes;
};

struct LinkView {
  std::string_view trace_id;
  std::string_view span_id;
  std::string_view trace_state;
  Attributes attributes;
};

struct ResourceView {
  std::size_t index = 0;  // of its ResourceSpans in the request
  Attributes attributes;
};

struct ScopeView {
  std::size_t index = 0;  // of its ScopeSpans in the ResourceSpans
  std::string_view name;
  std::string_view version;
  Attributes attributes;
};

struct SpanView {
  std::size_t index = 0;  // in its ScopeSpans
  std::size_t encoded_bytes = 0;
  std::string_view trace_id;  // as long as it was sent
  std::string_view span_id;
  std::string_view trace_state;
  std::string_view parent_span_id;
  std::string_view name;
  std::uint64_t kind = 0;
  std::uint64_t start_ns = 0;
  std::uint64_t end_ns = 0;
  Attributes attributes;
  std::vector<std::string_view> events;  // each for `read_event`
  std::uint64_t dropped_events = 0;      // left out here: too many
  std::uint64_t dropped_events_by_sender = 0;
  std::vector<std::string_view> links;  // each for `read_link`
  std::uint64_t dropped_links = 0;
  std::uint64_t dropped_links_by_sender = 0;
  std::uint64_t status_code = 0;
  std::string_view status_message;
};

struct LogView {
  std::size_t index = 0;  // in its ScopeLogs
  std::size_t encoded_bytes = 0;
  std::string_view trace_id;  // as long as it was sent; empty: of no trace
  std::string_view span_id;
  std::uint64_t time_ns = 0;  // 0: not known
  std::uint64_t observed_ns = 0;
  std::uint64_t severity = 0;
  std::string_view severity_text;
  std::string_view event_name;
  AnyValue body;
  Attributes attributes;
};

// Called for each span in the order of the request. The arguments are valid during the call.
using SpanSink =
    std::function<void(const ResourceView& resource, const ScopeView& scope, const SpanView& span)>;

using LogSink =
    std::function<void(const ResourceView& resource, const ScopeView& scope, const LogView& log)>;

// Reads an ExportTraceServiceRequest. Spans before the place of an error have been delivered.
//
// Error: `malformed_data`, with the byte and the message where it happened; `limit_exceeded`, for
// a body or a number of spans above the bound.
core::Result<void> decode_trace_request(std::string_view body, const SpanSink& sink);

// Reads an ExportLogsServiceRequest, in the same way.
core::Result<void> decode_logs_request(std::string_view body, const LogSink& sink);

// "resource_spans[0].scope_spans[1].spans[17]".
std::string place_of(const ResourceView& resource, const ScopeView& scope, const SpanView& span);
std::string place_of(const ResourceView& resource, const ScopeView& scope, const LogView& log);

// The parts of a decoded span. Precondition for each: the encoded argument comes from a span that
// `decode_trace_request` delivered, or from one of these; `out` is overwritten.
void read_event(std::string_view encoded, EventView& out);
void read_link(std::string_view encoded, LinkView& out);

// The elements of an array, in order. Precondition: `value.kind` is array.
void for_each_item(const AnyValue& value, const std::function<void(const AnyValue&)>& visit);

// The entries of a list of key-value pairs, each key once. Precondition: `value.kind` is kvlist.
Attributes entries_of(const AnyValue& value);

}  // namespace honeyhive::otlp
