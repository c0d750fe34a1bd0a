#pragma once

// The reading side of the catalogue: one connection with its statements.
//
// A reader belongs to one thread at a time; catalog_pool.h lends them.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.h"
#include "core/result.h"
#include "server/store/catalog.h"
#include "server/store/segment_files.h"
#include "server/store/sqlite.h"
#include "server/store/store.h"

namespace honeyhive::server {

using Project = std::optional<std::string_view>;  // unset: all

struct TraceRef {
  std::int64_t row = 0;
  std::string project;
  core::TraceId trace_id;
  std::string session_id;  // the first that a span of it named
};

struct SpanRef {
  TraceRef trace;
  core::SpanId span_id;
};

// An event that was posted with an id of its own.
struct CreatedRef {
  std::string key;  // of its id
  std::string project;
  FrameRef frame;
};

class CatalogReader {
 public:
  static core::Result<std::unique_ptr<CatalogReader>> open(const std::string& path);
  ~CatalogReader();

  core::Result<std::vector<TraceSummary>> traces(const TraceQuery& query);

  // Whose id begins with `prefix` (all 16 bytes: that trace), by project.
  core::Result<std::vector<TraceRef>> find_traces(Project project, std::string_view prefix);
  // In which a session has spans.
  core::Result<std::vector<TraceRef>> session_traces(Project project, std::string_view session_id);
  core::Result<std::vector<FrameRef>> chunks(const TraceRef& trace);

  core::Result<std::vector<SessionSummary>> sessions(const SessionQuery& query);
  // Of each project that knows it.
  core::Result<std::vector<SessionSummary>> sessions_of(Project project,
                                                        std::string_view session_id);

  // Frames of starts and updates of one id, in log order.
  core::Result<std::vector<FrameRef>> records(std::string_view project, std::string_view id);
  // Frames of updates of any id from `first` up to, without, `last`, in log order.
  core::Result<std::vector<FrameRef>> updates_between(std::string_view project,
                                                      std::string_view first,
                                                      std::string_view last);

  // Frames of log records of one key (`log_key`), newest first.
  core::Result<std::vector<FrameRef>> log_chunks(Project project, std::string_view key,
                                                 std::size_t limit);

  // Spans that were given an event id of their own: by that id; of a trace.
  core::Result<std::optional<SpanRef>> find_alias(Project project, std::string_view id);
  core::Result<std::vector<std::string>> aliases(const TraceRef& trace);

  // Events that were posted with ids of their own: those of a session, in log order; the frames of
  // their updates; by id.
  core::Result<std::vector<CreatedRef>> created(std::string_view project,
                                                std::string_view session_id);
  core::Result<std::vector<FrameRef>> created_updates(std::string_view project,
                                                      std::string_view session_id);
  core::Result<std::optional<CreatedRef>> find_created(Project project, std::string_view id);

  // Whether the file was found damaged.
  bool is_damaged() const { return database_->is_damaged(); }

  // Ends what an exception left open: it would hold on to what the catalogue was then.
  void rest() noexcept { (void)database_->rest(); }

 private:
  struct Statements;
  explicit CatalogReader(std::unique_ptr<Database> database);

  template <typename T>
  core::Result<T> finish(T value);
  core::Result<std::vector<FrameRef>> frames(Statement& query);
  core::Result<std::vector<TraceRef>> trace_refs(Statement& query);
  core::Result<std::vector<CreatedRef>> created_refs(Statement& query);
  core::Result<std::vector<SessionSummary>> session_rows(Statement& query);
  std::int64_t earliest_start(LongestKind kind, const std::optional<std::int64_t>& ended_ns);

  std::unique_ptr<Database> database_;
  std::unique_ptr<Statements> statements_;
};

}  // namespace honeyhive::server
