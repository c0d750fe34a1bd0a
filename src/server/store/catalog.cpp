#include "server/store/catalog.h"

#include <filesystem>
#include <map>

#include "core/log.h"
#include "core/uuid.h"
#include "otlp/event_id.h"
#include "server/store/catalog_logs.h"
#include "server/store/catalog_schema.h"
#include "server/store/catalog_statements.h"
#include "server/store/catalog_sums.h"

namespace honeyhive::server {
namespace {

using core::Error;
using core::Result;

Result<void> make_schema(Database& database) {
  database.run("BEGIN IMMEDIATE");
  database.run(catalog_drop);
  database.run(catalog_tables);
  database.run(("PRAGMA user_version = " + std::to_string(catalog_version)).c_str());
  database.run("COMMIT");
  auto made = database.take_error();
  database.rest();
  return made;
}

Result<void> ensure_schema(Database& database, const std::string& path) {
  std::int64_t version = 0;
  {
    Statement query(database, "PRAGMA user_version");
    if (query.next()) version = query.integer(0);
  }
  if (auto error = database.take_error(); !error) return error;
  if (version == catalog_version) return {};
  if (version > catalog_version) {
    return Error{Error::Code::unavailable,
                 "the catalogue was made by a newer version of this program (catalogue version " +
                     std::to_string(version) + ", this one knows " +
                     std::to_string(catalog_version) + "); start that one, or delete " + path +
                     " to have it made again"};
  }
  return make_schema(database);
}

void remove_files(const std::string& path) {
  for (const char* suffix : {"", "-wal", "-shm"}) {
    std::error_code ignored;  // what cannot be removed fails when it is opened
    std::filesystem::remove(path + suffix, ignored);
  }
}

Result<void> set_up(Database& database, const std::string& path) {
  std::error_code ignored;  // the folder is the owner's only anyway, unless it was there before
  std::filesystem::permissions(path, std::filesystem::perms{0600}, ignored);
  database.run(catalog_settings);
  return database.take_error();
}

}  // namespace

Error catalog_error(const Database& database, const Error& error) {
  return {database.is_damaged() ? Error::Code::malformed_data : error.code, error.message};
}

Result<std::unique_ptr<Database>> open_catalog(const std::string& path) {
  auto database = Database::open(path);
  if (!database) return database;
  if (auto ready = set_up(**database, path); !ready) {
    return catalog_error(**database, ready.error());
  }
  return database;
}

std::string id_key(std::string_view id) {
  const auto uuid = core::Uuid::parse(id);
  return uuid ? uuid->text() : std::string(id);
}

CatalogWriter::CatalogWriter(std::unique_ptr<Database> database) : database_(std::move(database)) {}

CatalogWriter::~CatalogWriter() = default;

Result<std::unique_ptr<CatalogWriter>> CatalogWriter::try_to_open(const std::string& path) {
  auto database = open_catalog(path);
  if (!database) return database.error();
  std::unique_ptr<CatalogWriter> writer(new CatalogWriter(*std::move(database)));
  auto ready = ensure_schema(*writer->database_, path);
  if (ready) ready = writer->prepare();
  if (!ready) return catalog_error(*writer->database_, ready.error());
  return writer;
}

Result<std::unique_ptr<CatalogWriter>> CatalogWriter::open(const std::string& path) {
  auto writer = try_to_open(path);
  if (writer || writer.error().code != Error::Code::malformed_data) return writer;
  core::log_line(core::LogLevel::warning,
                 "the catalogue is made again from the log: " + writer.error().message);
  remove_files(path);
  return try_to_open(path);
}

Result<void> CatalogWriter::prepare() {
  if (!statements_) statements_ = std::make_unique<Statements>(*database_);
  auto prepared = database_->take_error();
  if (!prepared) statements_.reset();
  return prepared;
}

Result<void> CatalogWriter::clear() {
  statements_.reset();
  projects_.clear();
  database_->empty();
  if (auto emptied = database_->take_error(); !emptied) return emptied;
  if (auto made = make_schema(*database_); !made) return made;
  return prepare();
}

Result<std::vector<AppliedSegment>> CatalogWriter::applied() {
  if (auto ready = prepare(); !ready) return ready.error();
  std::vector<AppliedSegment> segments;
  Statement& query = statements_->applied.with();
  while (query.next()) {
    segments.push_back({static_cast<std::uint32_t>(query.integer(0)),
                        static_cast<std::uint32_t>(query.integer(1)),
                        static_cast<std::uint64_t>(query.integer(2))});
  }
  if (auto error = database_->take_error(); !error) return error.error();
  return segments;
}

Result<std::vector<FrameRef>> CatalogWriter::chunks(std::string_view project,
                                                    const core::TraceId& trace) {
  std::vector<FrameRef> frames;
  Statement& query = statements_->chunks.with(Bytes{trace.view()}, project);
  while (query.next()) {
    frames.push_back({{static_cast<std::uint32_t>(query.integer(0)),
                       static_cast<std::uint64_t>(query.integer(1))},
                      static_cast<std::uint64_t>(query.integer(2))});
  }
  if (auto error = database_->take_error(); !error) return error.error();
  return frames;
}

void CatalogWriter::begin() {
  longest_.clear();  // what the last transaction wrote may not have been kept
  abandon();         // again, if there was no memory for that
  database_->run("BEGIN IMMEDIATE");
}

void CatalogWriter::abandon() noexcept {
  if (database_->rest()) projects_.clear();  // some of them may have been made in it
}

Result<void> CatalogWriter::commit(const AppliedSegment& position) {
  statements_->set_applied
      .with(std::int64_t{position.segment}, std::int64_t{position.identity},
            static_cast<std::int64_t>(position.applied))
      .run();
  database_->run("COMMIT");
  auto result = database_->take_error();
  if (!result) {
    projects_.clear();
    abandon();
  }
  return result;
}

std::int64_t CatalogWriter::project_id(const std::string& name) {
  if (const auto known = projects_.find(name); known != projects_.end()) return known->second;
  std::int64_t id = 0;
  for (Statement* query : {&statements_->find_project, &statements_->add_project}) {
    if (query->with(name).next()) {
      id = query->integer(0);
      query->run();
      break;
    }
  }
  constexpr std::size_t kept = 10'000;
  if (projects_.size() >= kept) projects_.clear();
  projects_.emplace(name, id);
  return id;
}

void CatalogWriter::grow_longest(LongestKind kind, std::int64_t ns) {
  std::int64_t& known = longest_[kind];
  if (ns <= known) return;
  known = ns;
  statements_->grow_longest.with(static_cast<std::int64_t>(kind), ns).run();
}

std::int64_t CatalogWriter::upsert_trace(std::span<const Event* const> events) {
  Totals totals;
  const Event* named = events.front();
  std::string_view session;
  for (const Event* event : events) {
    totals.add(*event);
    if (names_before(*event, *named)) named = event;
    if (session.empty()) session = event->session_id;
  }
  Statement& upsert = statements_->upsert_trace.with(
      Bytes{named->trace_id.view()}, project_id(named->project), totals.start, totals.end,
      totals.spans, totals.errors, totals.model_spans, totals.session_spans, totals.tokens_in,
      totals.tokens_out, listed(named->event_name), std::int64_t{named->parent_span_id.is_zero()},
      believed_times(*named).start_ns, totals.timed, session);
  const bool is_there = upsert.next();
  const std::int64_t id = is_there ? upsert.integer(0) : 0;
  const std::int64_t length_ns = is_there ? upsert.integer(1) : 0;
  upsert.run();
  grow_longest(LongestKind::trace, length_ns);
  return id;
}

// What events of one session, or its start, say of it.
struct CatalogWriter::SessionPart {
  const Event& event;  // one of them
  std::string_view id;
  std::string_view name;
  Totals totals = {};
  std::int64_t created = 0;
  bool is_start = false;
};

std::int64_t CatalogWriter::upsert_session(const SessionPart& part) {
  const Totals& totals = part.totals;
  const std::string key = id_key(part.id);
  Statement& upsert = statements_->upsert_session.with(
      key, project_id(part.event.project), part.id, listed(part.name), listed(part.event.source),
      totals.start, totals.end, totals.spans, part.created, totals.errors, totals.tokens_in,
      totals.tokens_out, std::int64_t{part.is_start}, totals.timed);
  const bool is_there = upsert.next();
  const std::int64_t id = is_there ? upsert.integer(0) : 0;
  const std::int64_t length_ns = is_there ? upsert.integer(1) : 0;
  upsert.run();
  grow_longest(LongestKind::session, length_ns);
  return id;
}

void CatalogWriter::add_to_sessions(std::span<const Event* const> events, std::int64_t trace) {
  std::map<std::string_view, SessionPart> sessions;  // nearly always one
  for (const Event* event : events) {
    if (event->session_id.empty()) continue;
    SessionPart& session =
        sessions.try_emplace(event->session_id, SessionPart{*event, event->session_id, {}})
            .first->second;
    session.totals.add(*event);
    if (session.name.empty()) session.name = event->session_name;
  }
  for (const auto& [id, session] : sessions) {
    statements_->add_session_trace.with(upsert_session(session), trace).run();
  }
}

void CatalogWriter::add_spans(std::span<const Event* const> events, const FrameRef& frame) {
  const std::int64_t trace = upsert_trace(events);
  statements_->add_chunk
      .with(trace, std::int64_t{frame.place.segment}, static_cast<std::int64_t>(frame.place.offset),
            static_cast<std::int64_t>(frame.bytes))
      .run();
  add_to_sessions(events, trace);
  for (const Event* event : events) add_alias(*event, trace);
}

void CatalogWriter::add_alias(const Event& event, std::int64_t trace) {
  const std::string own = otlp::event_id(event.trace_id, event.span_id).text();
  const std::string key = id_key(event.event_id);
  if (key == own || key.size() > frame_name_bytes) return;
  statements_->add_alias.with(key, project_id(event.project), trace, Bytes{event.span_id.view()})
      .run();
}

void CatalogWriter::add_record(const Event& event, const FrameRef& frame) {
  const std::string key = id_key(event.event_id);
  if (!event.record_id.empty()) {
    statements_->logs.keep(project_id(event.project), RecordId::parse(event.record_id));
  }
  statements_->add_record
      .with(key, project_id(event.project), static_cast<std::int64_t>(event.kind),
            std::int64_t{frame.place.segment}, static_cast<std::int64_t>(frame.place.offset),
            static_cast<std::int64_t>(frame.bytes))
      .run();
}

void CatalogWriter::add_session(const Event& event, const FrameRef& frame) {
  SessionPart part{event, event.event_id,
                   event.session_name.empty() ? event.event_name : event.session_name};
  const BelievedTimes times = believed_times(event);
  part.totals.start = times.start_ns;
  part.totals.end = times.end_ns;
  part.totals.timed = times.is_known ? 1 : 0;
  part.is_start = true;
  upsert_session(part);
  add_record(event, frame);
}

void CatalogWriter::add_update(const Event& event, const FrameRef& frame) {
  add_record(event, frame);
}

Result<bool> CatalogWriter::has_record(std::string_view project, const RecordId& id) {
  const bool has = statements_->logs.has(project, id);
  if (auto error = database_->take_error(); !error) return error.error();
  return has;
}

void CatalogWriter::add_logs(std::span<const Event* const> events, const FrameRef& frame) {
  statements_->logs.add(project_id(events.front()->project), events, frame);
}

void CatalogWriter::add_created(std::span<const Event* const> events, const FrameRef& frame) {
  SessionPart part{*events.front(), events.front()->session_id, {}};
  for (const Event* event : events) {
    part.totals.add(*event);
    ++part.created;
    if (part.name.empty()) part.name = event->session_name;
  }
  const std::int64_t session = upsert_session(part);
  for (const Event* event : events) {
    const std::string key = id_key(event->event_id);
    statements_->add_created
        .with(key, project_id(event->project), session, std::int64_t{frame.place.segment},
              static_cast<std::int64_t>(frame.place.offset), static_cast<std::int64_t>(frame.bytes))
        .run();
  }
}

Result<bool> CatalogWriter::has_created(std::string_view project, std::string_view event_id) {
  const std::string key = id_key(event_id);
  Statement& query = statements_->find_created.with(key, project);
  const bool is_there = query.next();
  if (is_there) query.run();
  if (auto error = database_->take_error(); !error) return error.error();
  return is_there;
}

}  // namespace honeyhive::server
