#pragma once

// GET /api/v0/logs, and the log records that the answers about traces and sessions carry. Called in
// the read pool.

#include <string>
#include <string_view>
#include <vector>

#include "core/json_writer.h"
#include "core/result.h"
#include "server/http/router.h"
#include "server/query/deps.h"
#include "server/store/store.h"

namespace honeyhive::server {

// Of a trace, of a session without a trace, or of projects without either; at most `limit`, the
// last that were stored.
void list_logs(const QueryDeps& deps, const Request& request, const Responder& respond);

// Of a session and of the traces that `events` are of.
core::Result<Logs> logs_around(Store& store, std::string_view project, std::string_view session_id,
                               const std::vector<Event>& events);

// "logs", and "more_logs" where not all are there.
void append_logs(core::JsonWriter& json, const Logs& logs);

}  // namespace honeyhive::server
