#pragma once

// The catalogue: finds things in the log. One row per trace, session and chunk, none per span; no
// payloads. What it holds follows from the log, so that it can be deleted and made again.
//
// This file is the schema and the writing side, used by one thread; reading is
// catalog_reader.h, over connections of its own.

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "server/store/event.h"
#include "server/store/record_id.h"
#include "server/store/segment_files.h"
#include "server/store/sqlite.h"

namespace honeyhive::server {

// Opens `path` for reading or writing, with the settings that both need. Error: `malformed_data` if
// the file is damaged, or none of SQLite's.
core::Result<std::unique_ptr<Database>> open_catalog(const std::string& path);

// The same code for an error of an open one. A disk that is full, or refuses for another reason,
// says nothing about the file.
core::Error catalog_error(const Database& database, const core::Error& error);

// Session and event ids as keys: UUIDs in lower case, anything else as it is.
std::string id_key(std::string_view id);

// Rows of the table `longest`.
enum class LongestKind : std::uint8_t { trace = 1, session = 2 };

// How far the catalogue has got in a segment.
struct AppliedSegment {
  std::uint32_t segment = 0;
  std::uint32_t identity = 0;
  std::uint64_t applied = 0;
};

class CatalogWriter {
 public:
  // Makes the schema if it is missing; a catalogue of an older version, or a file that is none, is
  // replaced by an empty one. Error: `unavailable` for one of a newer version too.
  static core::Result<std::unique_ptr<CatalogWriter>> open(const std::string& path);

  // Whether the file was found damaged since it was opened or cleared.
  bool is_damaged() const { return database_->is_damaged(); }

  // Forgets everything, whatever the file holds.
  core::Result<void> clear();

  // The first to be asked after `clear`, which may fail half-way.
  core::Result<std::vector<AppliedSegment>> applied();

  // The chunks of a trace, in log order; empty if it is not known.
  core::Result<std::vector<FrameRef>> chunks(std::string_view project, const core::TraceId& trace);

  // Whether a log record of this id is entered, by now or by this transaction.
  core::Result<bool> has_record(std::string_view project, const RecordId& id);

  // One transaction from `begin` to `commit`. Errors are reported by `commit`, which then has
  // changed nothing.
  void begin();
  core::Result<void> commit(const AppliedSegment& position);
  void abandon() noexcept;  // what was begun, if anything was, after an exception

  // Spans of one trace of one project that are new, and the frame they are in.
  void add_spans(std::span<const Event* const> events, const FrameRef& frame);
  // One start of a session.
  void add_session(const Event& event, const FrameRef& frame);
  // A frame of updates of one event.
  void add_update(const Event& event, const FrameRef& frame);
  // Log records of one key that are new, and the frame they are in.
  void add_logs(std::span<const Event* const> events, const FrameRef& frame);
  // Events of one session that were posted with ids of their own, which are new.
  void add_created(std::span<const Event* const> events, const FrameRef& frame);

  // Whether an event was posted with this id. Errors are `take_error`'s of the database.
  core::Result<bool> has_created(std::string_view project, std::string_view event_id);

 private:
  struct Statements;
  explicit CatalogWriter(std::unique_ptr<Database> database);
  static core::Result<std::unique_ptr<CatalogWriter>> try_to_open(const std::string& path);
  core::Result<void> prepare();

  std::int64_t project_id(const std::string& name);
  std::int64_t upsert_trace(std::span<const Event* const> events);
  struct SessionPart;
  std::int64_t upsert_session(const SessionPart& part);
  void add_to_sessions(std::span<const Event* const> events, std::int64_t trace);
  void grow_longest(LongestKind kind, std::int64_t ns);
  void add_alias(const Event& event, std::int64_t trace);
  void add_record(const Event& event, const FrameRef& frame);

  std::unique_ptr<Database> database_;
  std::unique_ptr<Statements> statements_;
  std::map<std::string, std::int64_t> projects_;
  std::map<LongestKind, std::int64_t> longest_;  // of this transaction

 public:
  ~CatalogWriter();
};

}  // namespace honeyhive::server
