#pragma once

// The server's answers (/api/v0/...), read. Fields that are missing or of another type read as
// empty or 0: an older or newer server can still be shown.

#include <string>
#include <string_view>
#include <vector>

#include "cli/shown.h"
#include "core/result.h"

namespace honeyhive::cli {

struct TracePage {
  std::vector<TraceRow> rows;
  std::vector<std::string> json;  // each row as it came, compact and safe for a terminal
  std::string next;               // the cursor of the next page; empty: this was the last
};
core::Result<TracePage> read_trace_page(std::string_view json);

// GET /api/v0/traces/{id} or /api/v0/sessions/{id}.
core::Result<ShownTree> read_tree(std::string_view json);

// The data of one event of /api/v0/tail.
core::Result<ShownSpan> read_span(std::string_view json);

// Checked and made safe for a terminal; otherwise as it came.
core::Result<std::string> read_json(std::string_view json);

}  // namespace honeyhive::cli
