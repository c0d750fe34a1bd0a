#pragma once

// One span through the decoder and the mapper, and the event that it becomes as text.

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "core/json_scan.h"
#include "otlp/decode.h"
#include "server/ingest/span_event.h"
#include "unit/otlp/trace_request.h"

namespace honeyhive::testing {

inline server::Event mapped_span(const SpanFields& fields) {
  core::Result<server::Event> event = core::Error{};
  server::SpanMapper mapper(1'700'000'001'000'000'000, "");
  const auto decoded = otlp::decode_trace_request(
      encode_request({fields}), [&](const auto& resource, const auto& scope, const auto& span) {
        event = mapper.map(resource, scope, span);
      });
  REQUIRE(decoded);
  REQUIRE(event);
  for (const std::string& bucket : event->buckets) {
    CHECK((bucket.empty() || core::scan_json_object(bucket)));
  }
  return *std::move(event);
}

// All that the attributes decide, a line for each field that is not empty.
inline std::string printed(const server::Event& event) {
  std::string out = event.event_type + " " + event.event_name + "\n";
  const auto line = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) out.append(name).append(" ").append(value).append("\n");
  };
  line("type as sent", event.event_type_text);
  line("session", event.session_id);
  line("session name", event.session_name);
  line("source", event.source);
  line("error", event.error);
  line("model", event.model);
  if (event.tokens_in + event.tokens_out > 0) {
    line("tokens",
         std::to_string(event.tokens_in) + " in, " + std::to_string(event.tokens_out) + " out");
  }
  for (std::size_t i = 0; i < server::bucket_count; ++i) {
    line(server::bucket_names[i], event.buckets[i]);
  }
  return out;
}

inline std::string printed(const SpanFields& fields) { return printed(mapped_span(fields)); }

}  // namespace honeyhive::testing
