#pragma once

// The body of an export or a search, checked.

#include <string>
#include <string_view>
#include <vector>

#include "core/limits.h"
#include "core/result.h"
#include "server/http/request.h"
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

  // Error of all: `invalid_argument` or `malformed_data`, naming the field.
  static core::Result<ExportRequest> parse(std::string_view body);

  // The body of a search: at most 1,000 events a page, dates named otherwise, no other fields.
  static core::Result<ExportRequest> parse_search(std::string_view body);

  // What a query asks of all events: `dateRange` as JSON, `evaluation_id`.
  static core::Result<ExportRequest> parse_query(const Request& request);
};

}  // namespace honeyhive::server
