#include "server/store/catalog_logs.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "server/store/catalog.h"

namespace honeyhive::server {

std::string log_key(const core::TraceId& trace, std::string_view session_id) {
  if (!trace.is_zero()) return "t" + trace.hex();
  return session_id.empty() ? std::string() : "s" + id_key(session_id);
}

core::TraceId trace_of_log_key(std::string_view key) {
  if (!key.starts_with('t')) return {};
  return core::TraceId::from_hex(key.substr(1)).value_or(core::TraceId{});
}

CatalogLogs::CatalogLogs(Database& database)
    : add_chunk_(database, "INSERT OR IGNORE INTO log_chunk VALUES(?, ?, ?, ?, ?)"),
      has_(database, R"(
        SELECT last >= ?3 FROM kept_log WHERE instance = ?1 AND first <= ?3
        AND project = (SELECT id FROM project WHERE name = ?2) ORDER BY first DESC LIMIT 1)"),
      find_(database, R"(
        SELECT first, last FROM kept_log WHERE instance = ? AND project = ? AND first <= ?
        ORDER BY first DESC LIMIT 2)"),
      set_(database, "INSERT OR REPLACE INTO kept_log VALUES(?, ?, ?, ?)"),
      drop_(database, "DELETE FROM kept_log WHERE instance = ? AND project = ? AND first = ?") {}

bool CatalogLogs::has(std::string_view project, const RecordId& id) {
  Statement& query = has_.with(id.instance, project, id.number);
  const bool has = query.next() && query.integer(0) != 0;
  query.reset();
  return has;
}

void CatalogLogs::add(std::int64_t project, std::span<const Event* const> events,
                      const FrameRef& frame) {
  const std::string key = log_key(*events.front());
  add_chunk_
      .with(key, project, std::int64_t{frame.place.segment},
            static_cast<std::int64_t>(frame.place.offset), static_cast<std::int64_t>(frame.bytes))
      .run();
  for (const Event* event : events) {
    if (!event->event_id.empty()) keep(project, RecordId::parse(event->event_id));
  }
}

// As one range with those before and behind it.
void CatalogLogs::keep(std::int64_t project, const RecordId& id) {
  std::int64_t first = id.number, last = id.number;
  std::vector<std::pair<std::int64_t, std::int64_t>> near;
  Statement& query = find_.with(id.instance, project, id.number + 1);
  while (query.next()) near.emplace_back(query.integer(0), query.integer(1));
  for (const auto& [from, to] : near) {
    if (from == id.number + 1) {
      last = to;
      drop_.with(id.instance, project, from).run();
    } else if (to >= id.number - 1) {
      first = from;
      last = std::max(last, to);
    }
  }
  set_.with(id.instance, project, first, last).run();
}

}  // namespace honeyhive::server
