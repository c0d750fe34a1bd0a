#pragma once

// The tables of the catalogue. Every key begins with or contains the project; ids come first, so
// that a lookup without a project is a range of the same index.

namespace honeyhive::server {

// Raised with every change: an older catalogue is made again from the log.
inline constexpr int catalog_version = 5;

inline constexpr const char* catalog_settings = R"(
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA secure_delete = OFF;
  PRAGMA wal_autocheckpoint = 8000;
  PRAGMA cache_size = -65536;
)";

inline constexpr const char* catalog_drop = R"(
  DROP TABLE IF EXISTS project;
  DROP TABLE IF EXISTS trace;
  DROP TABLE IF EXISTS session;
  DROP TABLE IF EXISTS session_trace;
  DROP TABLE IF EXISTS chunk;
  DROP TABLE IF EXISTS ext_event;
  DROP TABLE IF EXISTS created;
  DROP TABLE IF EXISTS record;
  DROP TABLE IF EXISTS segment;
  DROP TABLE IF EXISTS longest;
  DROP TABLE IF EXISTS log_chunk;
  DROP TABLE IF EXISTS kept_log;
)";

inline constexpr const char* catalog_tables = R"(
  CREATE TABLE project(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);

  -- name: of the root span that starts first, of the first span while there is no root
  -- timed: start and end are those of events whose clock can be right, not of arrivals
  CREATE TABLE trace(
    id INTEGER PRIMARY KEY, tid BLOB NOT NULL, project INT NOT NULL, start INT NOT NULL,
    end INT NOT NULL, spans INT NOT NULL, errors INT NOT NULL, model_spans INT NOT NULL,
    session_spans INT NOT NULL, tokens_in INT NOT NULL, tokens_out INT NOT NULL,
    name TEXT NOT NULL, name_is_root INT NOT NULL, name_start INT NOT NULL, timed INT NOT NULL,
    session TEXT NOT NULL, UNIQUE(tid, project));
  CREATE INDEX trace_start ON trace(start);
  CREATE INDEX trace_project_start ON trace(project, start);

  -- started: a start was posted; until then name and source are those its spans came with
  CREATE TABLE session(
    id INTEGER PRIMARY KEY, sid TEXT NOT NULL, project INT NOT NULL, text TEXT NOT NULL,
    name TEXT NOT NULL, source TEXT NOT NULL, start INT NOT NULL, end INT NOT NULL,
    spans INT NOT NULL, created INT NOT NULL, errors INT NOT NULL, tokens_in INT NOT NULL,
    tokens_out INT NOT NULL, started INT NOT NULL, timed INT NOT NULL, UNIQUE(sid, project));
  CREATE INDEX session_start ON session(start);
  CREATE INDEX session_project_start ON session(project, start);
  CREATE TABLE session_trace(session INT, trace INT, PRIMARY KEY(session, trace)) WITHOUT ROWID;

  -- frames of spans
  CREATE TABLE chunk(trace INT, segment INT, offset INT, bytes INT,
                     PRIMARY KEY(trace, segment, offset)) WITHOUT ROWID;

  -- frames of session starts and of updates, by the id they are about
  CREATE TABLE record(key TEXT, project INT, kind INT, segment INT, offset INT, bytes INT,
                      PRIMARY KEY(key, project, kind, segment, offset)) WITHOUT ROWID;

  -- spans that were given an event id of their own
  CREATE TABLE ext_event(key TEXT, project INT, trace INT, span BLOB,
                         PRIMARY KEY(key, project)) WITHOUT ROWID;
  CREATE INDEX ext_event_trace ON ext_event(trace);

  -- frames of log records, by whose they are
  CREATE TABLE log_chunk(key TEXT, project INT, segment INT, offset INT, bytes INT,
                         PRIMARY KEY(key, project, segment, offset)) WITHOUT ROWID;

  -- the records that have ids: ranges of the numbers that an instance gave them
  CREATE TABLE kept_log(instance TEXT, project INT, first INT, last INT,
                        PRIMARY KEY(instance, project, first)) WITHOUT ROWID;

  -- events that were posted with ids of their own, and the frames they are in
  CREATE TABLE created(key TEXT, project INT, session INT, segment INT, offset INT, bytes INT,
                       PRIMARY KEY(key, project)) WITHOUT ROWID;
  CREATE INDEX created_session ON created(session);

  -- what ended at some time or later began at most so much earlier; kind: 1 traces, 2 sessions
  CREATE TABLE longest(kind INTEGER PRIMARY KEY, ns INT NOT NULL);

  CREATE TABLE segment(number INTEGER PRIMARY KEY, identity INT NOT NULL, applied INT NOT NULL);
)";

}  // namespace honeyhive::server
