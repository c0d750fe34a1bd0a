#pragma once

// The reading side of the catalogue: one connection with its statements, and a pool of them.
//
// A reader belongs to one thread at a time; the pool is thread-safe.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
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
  core::Result<std::vector<SessionSummary>> session_rows(Statement& query);
  std::int64_t earliest_start(LongestKind kind, const std::optional<std::int64_t>& ended_ns);

  std::unique_ptr<Database> database_;
  std::unique_ptr<Statements> statements_;
};

class CatalogPool {
 public:
  explicit CatalogPool(std::string path);

  // Goes back to the pool when the lease ends.
  class Lease {
   public:
    Lease(CatalogPool& pool, std::unique_ptr<CatalogReader> reader)
        : pool_(&pool), reader_(std::move(reader)) {}
    Lease(Lease&& other) noexcept
        : pool_(std::exchange(other.pool_, nullptr)), reader_(std::move(other.reader_)) {}
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (pool_ != nullptr) pool_->give_back(std::move(reader_));
    }
    CatalogReader* operator->() const { return reader_.get(); }
    CatalogReader& operator*() const { return *reader_; }

   private:
    friend class CatalogPool;
    CatalogPool* pool_;
    std::unique_ptr<CatalogReader> reader_;
  };

  // Error: `unavailable`, also while the pool is shut.
  core::Result<Lease> lease();

  // While the catalogue is made again nobody reads it: it knows less than there is. Waits for those
  // who do.
  void shut();
  void reopen();

  // Whether a reader found the file damaged since it was shut last.
  bool has_seen_damage() const { return has_seen_damage_; }

  // Called, from any thread, when reads cannot go on before the catalogue is looked after. Set
  // before the first lease.
  void on_trouble(std::function<void()> trouble) { trouble_ = std::move(trouble); }

 private:
  void give_back(std::unique_ptr<CatalogReader> reader);
  void report_damage();

  const std::string path_;
  std::function<void()> trouble_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<CatalogReader>> idle_;
  std::condition_variable ended_;
  std::size_t leases_ = 0;
  bool is_shut_ = false;
  std::atomic<bool> has_seen_damage_{false};
};

}  // namespace honeyhive::server
