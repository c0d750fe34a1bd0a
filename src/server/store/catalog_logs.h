#pragma once

// What the catalogue knows of log records: in which frames those of a trace or session are, and
// which ids are stored. The part of `CatalogWriter` for them; used by its thread, and its database
// has the errors.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/ids.h"
#include "server/store/event.h"
#include "server/store/record_id.h"
#include "server/store/segment_files.h"
#include "server/store/sqlite.h"

namespace honeyhive::server {

// Whose a log record is, as a key: its trace's, else its session's, else its project's ("").
std::string log_key(const core::TraceId& trace, std::string_view session_id);
inline std::string log_key(const Event& log) { return log_key(log.trace_id, log.session_id); }
core::TraceId trace_of_log_key(std::string_view key);  // zero: it names none

class CatalogLogs {
 public:
  explicit CatalogLogs(Database& database);

  bool has(std::string_view project, const RecordId& id);

  // Inside a transaction: log records of one key, and the frame they are in.
  void add(std::int64_t project, std::span<const Event* const> events, const FrameRef& frame);

  // Inside a transaction: a record of another kind that has such an id.
  void keep(std::int64_t project, const RecordId& id);

 private:
  Statement add_chunk_;
  Statement has_;
  Statement find_;
  Statement set_;
  Statement drop_;
};

}  // namespace honeyhive::server
