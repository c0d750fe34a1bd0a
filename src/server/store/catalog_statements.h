#pragma once

// What the writing side of the catalogue asks of SQLite, prepared once. Used by one thread.

#include <string>

#include "server/store/catalog.h"
#include "server/store/catalog_logs.h"
#include "server/store/sqlite.h"

namespace honeyhive::server {

// In an upsert: the row's times and those that come, of which only those of a right clock count
// where there are any.
inline constexpr const char* merge_times = R"(
            start = CASE WHEN timed = excluded.timed THEN min(start, excluded.start)
                         WHEN timed THEN start ELSE excluded.start END,
            end = CASE WHEN timed = excluded.timed THEN max(end, excluded.end)
                       WHEN timed THEN end ELSE excluded.end END,
            timed = max(timed, excluded.timed),)";

struct CatalogWriter::Statements {
  explicit Statements(Database& db)
      : find_project(db, "SELECT id FROM project WHERE name = ?"),
        add_project(db, "INSERT INTO project(name) VALUES(?) RETURNING id"),
        upsert_trace(db, std::string(R"(
          INSERT INTO trace(tid, project, start, end, spans, errors, model_spans, session_spans,
                            tokens_in, tokens_out, name, name_is_root, name_start, timed,
                            session)
          VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
          ON CONFLICT(tid, project) DO UPDATE SET)") +
                             merge_times + R"(
            spans = spans + excluded.spans, errors = errors + excluded.errors,
            model_spans = model_spans + excluded.model_spans,
            session_spans = session_spans + excluded.session_spans,
            tokens_in = tokens_in + excluded.tokens_in,
            tokens_out = tokens_out + excluded.tokens_out,
            name = iif((excluded.name_is_root, name_start) > (name_is_root, excluded.name_start),
                       excluded.name, name),
            name_start = iif((excluded.name_is_root, name_start) >
                             (name_is_root, excluded.name_start), excluded.name_start, name_start),
            name_is_root = max(name_is_root, excluded.name_is_root),
            session = iif(session = '', excluded.session, session)
          RETURNING id, end - start)"),
        upsert_session(db, std::string(R"(
          INSERT INTO session(sid, project, text, name, source, start, end, spans, created, errors,
                              tokens_in, tokens_out, started, timed)
          VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
          ON CONFLICT(sid, project) DO UPDATE SET)") +
                               merge_times + R"(
            name = iif(name = '' OR (excluded.started AND NOT started AND excluded.name <> ''),
                       excluded.name, name),
            source = iif(source = '' OR
                         (excluded.started AND NOT started AND excluded.source <> ''),
                         excluded.source, source),
            spans = spans + excluded.spans, created = created + excluded.created,
            errors = errors + excluded.errors,
            tokens_in = tokens_in + excluded.tokens_in,
            tokens_out = tokens_out + excluded.tokens_out,
            started = max(started, excluded.started)
          RETURNING id, end - start)"),
        add_session_trace(db, "INSERT OR IGNORE INTO session_trace VALUES(?, ?)"),
        add_chunk(db, "INSERT OR IGNORE INTO chunk VALUES(?, ?, ?, ?)"),
        add_record(db, "INSERT OR IGNORE INTO record VALUES(?, ?, ?, ?, ?, ?)"),
        add_alias(db, "INSERT OR IGNORE INTO ext_event VALUES(?, ?, ?, ?)"),
        add_created(db, "INSERT OR IGNORE INTO created VALUES(?, ?, ?, ?, ?, ?)"),
        find_created(db, R"(
          SELECT 1 FROM created
          WHERE key = ? AND project = (SELECT id FROM project WHERE name = ?))"),
        logs(db),
        grow_longest(db, R"(
          INSERT INTO longest VALUES(?, ?) ON CONFLICT(kind) DO UPDATE SET
            ns = max(ns, excluded.ns))"),
        set_applied(db, R"(
          INSERT INTO segment VALUES(?, ?, ?) ON CONFLICT(number) DO UPDATE SET
            identity = excluded.identity, applied = excluded.applied)"),
        applied(db, "SELECT number, identity, applied FROM segment ORDER BY number"),
        chunks(db, R"(
          SELECT chunk.segment, chunk.offset, chunk.bytes FROM project
          JOIN trace ON trace.project = project.id AND trace.tid = ?
          JOIN chunk ON chunk.trace = trace.id
          WHERE project.name = ? ORDER BY chunk.segment, chunk.offset)") {}

  Statement find_project;
  Statement add_project;
  Statement upsert_trace;
  Statement upsert_session;
  Statement add_session_trace;
  Statement add_chunk;
  Statement add_record;
  Statement add_alias;
  Statement add_created;
  Statement find_created;
  CatalogLogs logs;
  Statement grow_longest;
  Statement set_applied;
  Statement applied;
  Statement chunks;
};

}  // namespace honeyhive::server
