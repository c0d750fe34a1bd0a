#include "server/store/embedded_store.h"

#include <chrono>
#include <utility>

#include "core/log.h"
#include "server/store/catalog.h"
#include "server/store/catalog_pool.h"
#include "server/store/committer.h"
#include "server/store/event_codec.h"
#include "server/store/event_reader.h"
#include "server/store/ledger.h"
#include "server/store/log_writer.h"
#include "server/store/recovery.h"
#include "server/store/segment_files.h"

namespace honeyhive::server {
namespace {

using core::Error;
using core::Result;

std::int64_t system_now_ns() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

class EmbeddedStore final : public Store {
 public:
  EmbeddedStore(const StoreOptions& options, std::unique_ptr<FileLock> lock,
                std::unique_ptr<CatalogWriter> catalog)
      : lock_(std::move(lock)),
        segments_(options.files, options.path + "/seg"),
        catalog_(std::move(catalog)),
        ledger_(*catalog_, segments_, options.known_spans),
        log_(segments_, options.segment_bytes),
        pool_(options.catalog_path),
        reader_(pool_, segments_, options.read_bytes) {}

  ~EmbeddedStore() override { close(); }

  Result<void> start(const StoreOptions& options) {
    const auto recovered = recover(segments_, *catalog_, ledger_, pool_);
    if (!recovered) return recovered.error();
    recovered_ = *recovered;
    log_.start(recovered->start);
    if (options.on_recovered) options.on_recovered();
    committer_ = std::make_unique<Committer>(Committer::Parts{
        log_, segments_, *catalog_, ledger_, pool_, options.now_ns, options.queue_bytes});
    pool_.on_trouble([this] { committer_->look_after_catalog(); });
    return {};
  }

  bool append(std::vector<Event> events, Done done) override {
    PendingAppend append;
    for (const Event& event : events) append.bytes += event_bytes(event);
    if (!committer_->reserve(append.bytes)) return false;
    bool is_taken = false;
    try {
      fill(append, std::move(events));
      append.done = std::move(done);
      is_taken = committer_->push(append);
    } catch (...) {  // out of memory: the caller answers that
      committer_->release(append.bytes);
      throw;
    }
    if (!is_taken) append.done(Error{Error::Code::unavailable, "the store is closing"});
    return true;
  }

  Result<std::vector<TraceSummary>> traces(const TraceQuery& query) override {
    const auto catalog = pool_.lease();
    if (!catalog) return catalog.error();
    return (*catalog)->traces(query);
  }

  Result<std::vector<Event>> trace(Project project, const core::TraceId& trace) override {
    return reader_.trace(project, trace);
  }

  Result<std::optional<SessionSummary>> session(Project project,
                                                std::string_view session_id) override {
    const auto catalog = pool_.lease();
    if (!catalog) return catalog.error();
    auto rows = (*catalog)->sessions_of(project, session_id);
    if (!rows) return rows.error();
    if (rows->empty()) return std::optional<SessionSummary>();
    return std::optional<SessionSummary>(std::move(rows->front()));
  }

  Result<std::vector<SessionSummary>> sessions(const SessionQuery& query) override {
    const auto catalog = pool_.lease();
    if (!catalog) return catalog.error();
    return (*catalog)->sessions(query);
  }

  Result<std::optional<Event>> session_event(std::string_view project,
                                             std::string_view session_id) override {
    return reader_.session_event(project, session_id);
  }

  Result<std::vector<Event>> created_events(std::string_view project,
                                            std::string_view session_id) override {
    return reader_.created_events(project, session_id);
  }

  Result<std::vector<Event>> session_events(Project project, std::string_view session_id) override {
    return reader_.session_events(project, session_id);
  }

  Result<std::optional<Event>> event(Project project, std::string_view event_id) override {
    return reader_.event(project, event_id);
  }

  Result<Logs> logs(const LogQuery& query) override { return reader_.logs(query); }

  void on_stored(std::function<void(const Event&)> listener) override {
    committer_->set_listener(std::move(listener));
  }

  StoreStats stats() const override {
    StoreStats stats;
    stats.records_replayed = recovered_.records;
    stats.bytes_quarantined = recovered_.quarantined;
    committer_->add_stats(stats);
    return stats;
  }

  void close() override {
    if (committer_) committer_->close();
  }

 private:
  static void fill(PendingAppend& append, std::vector<Event> events) {
    auto frames = build_frames(std::move(events));
    if (frames) {
      append.frames = *std::move(frames);
    } else {
      append.refused = frames.error();
    }
  }

  std::unique_ptr<FileLock> lock_;  // first: given up last
  SegmentFiles segments_;
  std::unique_ptr<CatalogWriter> catalog_;
  Ledger ledger_;
  LogWriter log_;
  CatalogPool pool_;
  EventReader reader_;
  Recovered recovered_;
  std::unique_ptr<Committer> committer_;
};

Result<std::unique_ptr<FileLock>> take_folder(const StoreOptions& options) {
  if (auto made = options.files.make_directory(options.path); !made) return made.error();
  auto lock = options.files.lock(options.path + "/lock");
  if (lock) return lock;
  return Error{Error::Code::unavailable, "data folder " + options.path +
                                             " is in use by another server (" +
                                             lock.error().message + ")"};
}

// Also the names of folders that were there: whoever made them may not have synced them.
Result<void> make_folders(FileSystem& files, const std::string& segments) {
  if (auto made = files.make_directory(segments); !made) return made;
  std::string folder = segments;
  for (std::string parent = parent_directory(folder); parent != folder;
       parent = parent_directory(folder)) {
    if (auto synced = files.sync_directory(parent); !synced) return synced;
    folder = parent;
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Store>> open_store(StoreOptions options) {
  if (!options.now_ns) options.now_ns = &system_now_ns;
  if (options.catalog_path.empty()) options.catalog_path = options.path + "/catalog.db";
  auto lock = take_folder(options);
  if (!lock) return lock.error();
  if (auto made = make_folders(options.files, options.path + "/seg"); !made) return made.error();
  auto catalog = CatalogWriter::open(options.catalog_path);
  if (!catalog) return catalog.error();
  auto store = std::make_unique<EmbeddedStore>(options, *std::move(lock), *std::move(catalog));
  if (auto started = store->start(options); !started) return started.error();
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace honeyhive::server
