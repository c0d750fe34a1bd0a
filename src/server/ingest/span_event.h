#pragma once

// One decoded span as the record that is stored, or why it cannot be one.
//
// Odd times are no reason: they are stored as sent and marked. Not thread-safe: one mapper per
// request, it remembers the resource.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/result.h"
#include "otlp/decode.h"
#include "server/ingest/span_mapping.h"
#include "server/ingest/surroundings.h"
#include "server/store/event.h"

namespace honeyhive::server {

class SpanMapper {
 public:
  // `arrival_ns`: now. `source`: of spans that name none themselves.
  SpanMapper(std::int64_t arrival_ns, std::string source)
      : arrival_ns_(arrival_ns), around_(std::move(source)) {}

  // Error: `invalid_argument`, with field and value, for zero ids, ids of a wrong length, and
  // projects and session ids that are out of bounds.
  core::Result<Event> map(const otlp::ResourceView& resource, const otlp::ScopeView& scope,
                          const otlp::SpanView& span);

 private:
  std::optional<std::string> set_ids(const otlp::SpanView& span, Event& event) const;
  std::optional<std::string> set_owner(const otlp::SpanView& span, Event& event) const;
  void set_times(const otlp::SpanView& span, Event& event) const;

  std::int64_t arrival_ns_;
  Surroundings around_;
  SpanMapping mapping_;  // of one span; kept for its memory
};

// Marks times that cannot be right; an end before the start becomes the start.
void mark_odd_clock(Event& event, std::int64_t arrival_ns);

}  // namespace honeyhive::server
