#pragma once

// Which log records are asked for, and what is answered.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/ids.h"
#include "server/store/event.h"

namespace honeyhive::server {

// The log records of a trace; without one of a session; with neither those of projects that belong
// to nothing else.
struct LogQuery {
  std::optional<std::string> project = {};
  core::TraceId trace_id = {};
  std::string session_id = {};
  std::size_t limit = 10'000;
};

struct Logs {
  std::vector<Event> events;  // by time
  bool has_more = false;      // that were stored before these
};

}  // namespace honeyhive::server
