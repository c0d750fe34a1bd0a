#include "server/store/catalog_reader.h"

#include <algorithm>
#include <limits>
#include <tuple>

#include "core/limits.h"
#include "server/store/catalog.h"

namespace honeyhive::server {
namespace {

using core::Error;
using core::Result;

constexpr std::int64_t first_ns = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t update_kind = static_cast<std::int64_t>(Event::Kind::update);

std::uint64_t count(const Statement& row, int column) {
  return static_cast<std::uint64_t>(row.integer(column));
}

// Project, session and times may be unset; which index is used follows from the text.
std::string list_sql(bool by_project, bool by_session) {
  std::string sql =
      "SELECT project.name, t.tid, t.session, t.name, t.start, t.end, t.spans, t.errors, "
      "t.model_spans, t.session_spans, t.tokens_in, t.tokens_out, t.id FROM ";
  if (by_session) {
    sql +=
        "session JOIN session_trace ON session_trace.session = session.id "
        "JOIN trace t ON t.id = session_trace.trace ";
  } else {
    sql += "trace t ";
  }
  sql += "JOIN project ON project.id = t.project WHERE (t.start, t.id) < (?1, ?2) ";
  sql += "AND t.start >= ?3 AND t.end >= ?7 ";
  if (by_project) sql += "AND t.project = (SELECT id FROM project WHERE name = ?4) ";
  if (by_session) sql += "AND session.sid = ?5 ";
  return sql + "ORDER BY t.start DESC, t.id DESC LIMIT ?6";
}

constexpr const char* session_columns =
    "SELECT project.name, s.text, s.name, s.source, s.start, s.end, "
    "(SELECT count(*) FROM session_trace WHERE session = s.id), s.spans, s.errors, s.tokens_in, "
    "s.tokens_out, s.started, s.id, s.created FROM session s JOIN project ON project.id = "
    "s.project WHERE ";

std::string session_list_sql(bool by_project, bool by_session) {
  std::string sql = session_columns;
  sql += "(s.start, s.id) < (?1, ?2) AND s.start >= ?6 AND s.end >= ?7 ";
  if (by_project) sql += "AND s.project = (SELECT id FROM project WHERE name = ?3) ";
  if (by_session) sql += "AND s.sid = ?4 ";
  return sql + "ORDER BY s.start DESC, s.id DESC LIMIT ?5";
}

std::string log_chunks_sql(bool by_project) {
  std::string sql = "SELECT segment, offset, bytes FROM log_chunk WHERE key = ?1 ";
  sql += by_project ? "AND project = (SELECT id FROM project WHERE name = ?2) " : "AND ?2 IS NULL ";
  return sql + "ORDER BY segment DESC, offset DESC LIMIT ?3";
}

// Of what was posted to a session, itself (c) or with its updates (r).
std::string created_sql(const char* columns, const char* join_updates) {
  return std::string("SELECT ") + columns +
         " FROM project JOIN session ON session.project = project.id "
         "JOIN created c ON c.session = session.id " +
         join_updates + "WHERE session.sid = ?1 AND project.name = ?2 ";
}

constexpr const char* join_updates =
    "JOIN record r ON r.key = c.key AND r.project = c.project AND r.kind = ?3 ";
constexpr const char* created_columns = "c.key, project.name, c.segment, c.offset, c.bytes";

// Where a page ends: rows are before this.
template <typename Query>
Cursor end_of_page(const Query& query) {
  using Limits = std::numeric_limits<std::int64_t>;
  const Cursor end{query.until_ns.value_or(Limits::max()), query.until_ns ? 0 : Limits::max()};
  const auto key = [](const Cursor& cursor) { return std::tie(cursor.start_ns, cursor.row); };
  return query.after && key(*query.after) < key(end) ? *query.after : end;
}

std::int64_t rows_of_page(std::size_t limit) {
  return static_cast<std::int64_t>(std::min(limit, core::limits::list_page));
}

}  // namespace

struct CatalogReader::Statements {
  explicit Statements(Database& db)
      : lists{{{db, list_sql(false, false)}, {db, list_sql(false, true)}},
              {{db, list_sql(true, false)}, {db, list_sql(true, true)}}},
        session_lists{{{db, session_list_sql(false, false)}, {db, session_list_sql(false, true)}},
                      {{db, session_list_sql(true, false)}, {db, session_list_sql(true, true)}}},
        find_traces(db, R"(
          SELECT t.id, project.name, t.tid, t.session FROM trace t JOIN project ON project.id = t.project
          WHERE t.tid >= ?1 AND t.tid < ?2 AND (?3 IS NULL OR project.name = ?3)
          ORDER BY t.project, t.id)"),
        session_traces(db, R"(
          SELECT t.id, project.name, t.tid, t.session FROM session
          JOIN session_trace ON session_trace.session = session.id
          JOIN trace t ON t.id = session_trace.trace JOIN project ON project.id = t.project
          WHERE session.sid = ?1 AND (?2 IS NULL OR project.name = ?2)
          ORDER BY t.project, t.start, t.id)"),
        chunks(db, R"(
          SELECT segment, offset, bytes FROM chunk WHERE trace = ? ORDER BY segment, offset)"),
        sessions_of(db, std::string(session_columns) +
                            "s.sid = ?1 AND (?2 IS NULL OR project.name = ?2) ORDER BY s.project"),
        records(db, R"(
          SELECT segment, offset, bytes FROM record
          WHERE key = ?1 AND project = (SELECT id FROM project WHERE name = ?2)
          ORDER BY segment, offset)"),
        updates_between(db, R"(
          SELECT segment, offset, bytes FROM record
          WHERE key >= ?1 AND key < ?2 AND project = (SELECT id FROM project WHERE name = ?3)
          AND kind = ?4 ORDER BY segment, offset)"),
        log_chunks{{db, log_chunks_sql(false)}, {db, log_chunks_sql(true)}},
        find_alias(db, R"(
          SELECT t.id, project.name, t.tid, e.span, t.session FROM ext_event e
          JOIN trace t ON t.id = e.trace JOIN project ON project.id = e.project
          WHERE e.key = ?1 AND (?2 IS NULL OR project.name = ?2) ORDER BY e.project LIMIT 1)"),
        aliases(db, "SELECT key FROM ext_event WHERE trace = ?"),
        created(db, created_sql(created_columns, "") + "ORDER BY c.segment, c.offset"),
        created_updates(db, created_sql("r.segment, r.offset, r.bytes", join_updates) +
                                "ORDER BY r.segment, r.offset"),
        find_created(db, std::string("SELECT ") + created_columns + R"( FROM created c
          JOIN project ON project.id = c.project
          WHERE c.key = ?1 AND (?2 IS NULL OR project.name = ?2) ORDER BY c.project LIMIT 1)"),
        longest(db, "SELECT ns FROM longest WHERE kind = ?") {}

  Statement lists[2][2];  // by project, by session
  Statement session_lists[2][2];
  Statement find_traces;
  Statement session_traces;
  Statement chunks;
  Statement sessions_of;
  Statement records;
  Statement updates_between;
  Statement log_chunks[2];  // by project
  Statement find_alias;
  Statement aliases;
  Statement created;
  Statement created_updates;
  Statement find_created;
  Statement longest;
};

CatalogReader::CatalogReader(std::unique_ptr<Database> database)
    : database_(std::move(database)), statements_(std::make_unique<Statements>(*database_)) {}

CatalogReader::~CatalogReader() = default;

Result<std::unique_ptr<CatalogReader>> CatalogReader::open(const std::string& path) {
  auto database = open_catalog(path);
  if (!database) return database.error();
  std::unique_ptr<CatalogReader> reader(new CatalogReader(*std::move(database)));
  if (auto error = reader->database_->take_error(); !error) {
    return catalog_error(*reader->database_, error.error());
  }
  return reader;
}

template <typename T>
Result<T> CatalogReader::finish(T value) {
  if (auto error = database_->take_error(); !error) return error.error();
  return value;
}

Result<std::vector<FrameRef>> CatalogReader::frames(Statement& query) {
  std::vector<FrameRef> frames;
  while (query.next()) {
    frames.push_back(
        {{static_cast<std::uint32_t>(query.integer(0)), count(query, 1)}, count(query, 2)});
  }
  return finish(std::move(frames));
}

Result<std::vector<TraceRef>> CatalogReader::trace_refs(Statement& query) {
  std::vector<TraceRef> traces;
  while (query.next()) {
    const auto id = core::TraceId::from_bytes(query.text(2));
    traces.push_back({query.integer(0), std::string(query.text(1)), id.value_or(core::TraceId{}),
                      std::string(query.text(3))});
  }
  return finish(std::move(traces));
}

// A list goes by start: what ended lately began as much earlier, at most, as the longest one took.
std::int64_t CatalogReader::earliest_start(LongestKind kind,
                                           const std::optional<std::int64_t>& ended_ns) {
  if (!ended_ns || *ended_ns <= 0) return first_ns;  // nothing began before 1970
  Statement& query = statements_->longest.with(static_cast<std::int64_t>(kind));
  std::int64_t longest_ns = 0;
  if (query.next()) longest_ns = query.integer(0);
  query.reset();
  return *ended_ns - longest_ns;
}

Result<std::vector<TraceSummary>> CatalogReader::traces(const TraceQuery& query) {
  const Cursor before = end_of_page(query);
  std::optional<std::string> session;
  if (query.session_id) session = id_key(*query.session_id);
  Statement& list = statements_->lists[query.project.has_value()][session.has_value()];
  const std::int64_t since = std::max(query.since_ns.value_or(first_ns),
                                      earliest_start(LongestKind::trace, query.ended_ns));
  list.with(before.start_ns, before.row, since, query.project, session, rows_of_page(query.limit),
            query.ended_ns.value_or(first_ns));
  std::vector<TraceSummary> traces;
  while (list.next()) {
    TraceSummary& trace = traces.emplace_back();
    trace.project = list.text(0);
    trace.trace_id = core::TraceId::from_bytes(list.text(1)).value_or(core::TraceId{});
    trace.session_id = list.text(2);
    trace.name = list.text(3);
    trace.start_ns = list.integer(4);
    trace.end_ns = list.integer(5);
    trace.spans = count(list, 6);
    trace.errors = count(list, 7);
    trace.model_spans = count(list, 8);
    trace.session_spans = count(list, 9);
    trace.tokens_in = count(list, 10);
    trace.tokens_out = count(list, 11);
    trace.cursor = {trace.start_ns, list.integer(12)};
  }
  return finish(std::move(traces));
}

Result<std::vector<TraceRef>> CatalogReader::find_traces(Project project, std::string_view prefix) {
  const std::string end = std::string(prefix) + std::string(17, '\xff');
  return trace_refs(statements_->find_traces.with(Bytes{prefix}, Bytes{end}, project));
}

Result<std::vector<TraceRef>> CatalogReader::session_traces(Project project,
                                                            std::string_view session_id) {
  const std::string key = id_key(session_id);
  return trace_refs(statements_->session_traces.with(key, project));
}

Result<std::vector<FrameRef>> CatalogReader::chunks(const TraceRef& trace) {
  return frames(statements_->chunks.with(trace.row));
}

Result<std::vector<SessionSummary>> CatalogReader::session_rows(Statement& query) {
  std::vector<SessionSummary> sessions;
  while (query.next()) {
    SessionSummary& session = sessions.emplace_back();
    session.project = query.text(0);
    session.session_id = query.text(1);
    session.name = query.text(2);
    session.source = query.text(3);
    session.start_ns = query.integer(4);
    session.end_ns = query.integer(5);
    session.traces = count(query, 6);
    session.spans = count(query, 7);
    session.errors = count(query, 8);
    session.tokens_in = count(query, 9);
    session.tokens_out = count(query, 10);
    session.is_started = query.integer(11) != 0;
    session.cursor = {session.start_ns, query.integer(12)};
    session.created = count(query, 13);
  }
  return finish(std::move(sessions));
}

Result<std::vector<SessionSummary>> CatalogReader::sessions(const SessionQuery& query) {
  const Cursor before = end_of_page(query);
  std::optional<std::string> session;
  if (query.session_id) session = id_key(*query.session_id);
  Statement& list = statements_->session_lists[query.project.has_value()][session.has_value()];
  return session_rows(list.with(
      before.start_ns, before.row, query.project, session, rows_of_page(query.limit),
      earliest_start(LongestKind::session, query.ended_ns), query.ended_ns.value_or(first_ns)));
}

Result<std::vector<SessionSummary>> CatalogReader::sessions_of(Project project,
                                                               std::string_view session_id) {
  const std::string key = id_key(session_id);
  return session_rows(statements_->sessions_of.with(key, project));
}

Result<std::vector<FrameRef>> CatalogReader::records(std::string_view project,
                                                     std::string_view id) {
  const std::string key = id_key(id);
  return frames(statements_->records.with(key, project));
}

Result<std::vector<FrameRef>> CatalogReader::updates_between(std::string_view project,
                                                             std::string_view first,
                                                             std::string_view last) {
  return frames(statements_->updates_between.with(first, last, project, update_kind));
}

Result<std::vector<FrameRef>> CatalogReader::log_chunks(Project project, std::string_view key,
                                                        std::size_t limit) {
  Statement& query = statements_->log_chunks[project.has_value()];
  return frames(query.with(key, project, static_cast<std::int64_t>(limit)));
}

Result<std::optional<SpanRef>> CatalogReader::find_alias(Project project, std::string_view id) {
  const std::string key = id_key(id);
  Statement& row = statements_->find_alias.with(key, project);
  std::optional<SpanRef> span;
  if (row.next()) {
    span.emplace();
    span->trace.row = row.integer(0);
    span->trace.project = row.text(1);
    span->trace.trace_id = core::TraceId::from_bytes(row.text(2)).value_or(core::TraceId{});
    span->span_id = core::SpanId::from_bytes(row.text(3)).value_or(core::SpanId{});
    span->trace.session_id = row.text(4);
    row.run();
  }
  return finish(std::move(span));
}

Result<std::vector<std::string>> CatalogReader::aliases(const TraceRef& trace) {
  Statement& query = statements_->aliases.with(trace.row);
  std::vector<std::string> keys;
  while (query.next()) keys.emplace_back(query.text(0));
  return finish(std::move(keys));
}

Result<std::vector<CreatedRef>> CatalogReader::created_refs(Statement& query) {
  std::vector<CreatedRef> events;
  while (query.next()) {
    const FramePlace place{static_cast<std::uint32_t>(query.integer(2)), count(query, 3)};
    events.push_back(
        {std::string(query.text(0)), std::string(query.text(1)), {place, count(query, 4)}});
  }
  return finish(std::move(events));
}

Result<std::vector<CreatedRef>> CatalogReader::created(std::string_view project,
                                                       std::string_view session_id) {
  const std::string key = id_key(session_id);
  return created_refs(statements_->created.with(key, project));
}

Result<std::vector<FrameRef>> CatalogReader::created_updates(std::string_view project,
                                                             std::string_view session_id) {
  const std::string key = id_key(session_id);
  return frames(statements_->created_updates.with(key, project, update_kind));
}

Result<std::optional<CreatedRef>> CatalogReader::find_created(Project project,
                                                              std::string_view id) {
  const std::string key = id_key(id);
  auto events = created_refs(statements_->find_created.with(key, project));
  if (!events) return events.error();
  if (events->empty()) return std::optional<CreatedRef>();
  return std::optional<CreatedRef>(std::move(events->front()));
}

}  // namespace honeyhive::server
