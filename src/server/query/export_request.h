#pragma once

// The body of an export, checked.

#include <string>
#include <string_view>
#include <vector>

#include "core/limits.h"
#include "core/result.h"
#include "server/query/event_scan.h"

namespace honeyhive::server {

struct ExportRequest {
  static constexpr std::size_t default_limit = 1000;
  static constexpr std::size_t most_filters = 100;
  static constexpr std::size_t most_projections = 100;

  EventQuery query;
  std::vector<std::string> projections;  // none: whole events
  std::size_t limit = default_limit;     // 1 to `limits::export_events`
  std::size_t page = 1;                  // 1 to 1,000,000

  // Error: `invalid_argument` or `malformed_data`, naming the field.
  static core::Result<ExportRequest> parse(std::string_view body);
};

}  // namespace honeyhive::server
