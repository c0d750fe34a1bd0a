#pragma once

// One decoded log record as the record that is stored, or why it cannot be one.
//
// Of a trace where it names one that can be: as OTLP says, ids that cannot be right are as none.
// Else it belongs to the session that it names, else to its project. Not thread-safe: one mapper
// per request.
//
// Source: opentelemetry-proto 1.10, logs/v1/logs.proto.

#include <cstdint>
#include <string>
#include <utility>

#include "core/result.h"
#include "otlp/decode.h"
#include "server/ingest/surroundings.h"
#include "server/store/event.h"

namespace honeyhive::server {

class LogMapper {
 public:
  // As of SpanMapper.
  LogMapper(std::int64_t arrival_ns, std::string source)
      : arrival_ns_(arrival_ns), around_(std::move(source)) {}

  // Error: `invalid_argument`, with field and value, for projects and session ids that are out of
  // bounds, and for a record that is too large.
  core::Result<Event> map(const otlp::ResourceView& resource, const otlp::ScopeView& scope,
                          const otlp::LogView& log);

 private:
  std::int64_t arrival_ns_;
  Surroundings around_;
};

}  // namespace honeyhive::server
