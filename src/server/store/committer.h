#pragma once

// The one thread that writes: takes all appends that are waiting and makes them one commit.
//
// Thread-safe: any thread pushes.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "core/result.h"
#include "server/store/catalog.h"
#include "server/store/event_frames.h"
#include "server/store/ledger.h"
#include "server/store/log_writer.h"
#include "server/store/recovery.h"
#include "server/store/store.h"

namespace honeyhive::server {

// One `Store::append`.
struct PendingAppend {
  std::vector<EventFrame> frames;
  std::optional<core::Error> refused;  // nothing of it can be stored
  std::size_t bytes = 0;               // what it counts for in the queue
  Store::Done done;
};

class Committer {
 public:
  // Everything outlives the committer. `now_ns` names the day.
  struct Parts {
    LogWriter& log;
    SegmentFiles& segments;
    CatalogWriter& catalog;
    Ledger& ledger;
    CatalogPool& readers;
    std::function<std::int64_t()> now_ns;
    std::size_t queue_bytes;
  };

  explicit Committer(Parts parts);
  ~Committer() { close(); }

  // Takes room in the queue before the work of encoding is done. False: it is full.
  bool reserve(std::size_t bytes);

  // What was reserved, also after an exception. False: closed; `append` is left as it was.
  bool push(PendingAppend& append);

  // Readers found the catalogue in a state that only the committer mends.
  void look_after_catalog();

  // Gives back what was reserved and will not be pushed.
  void release(std::size_t bytes) { queued_bytes_ -= bytes; }

  // Before the first push.
  void set_listener(std::function<void(const Event&)> listener) { listener_ = std::move(listener); }

  // Commits what is queued and ends the thread. Idempotent.
  void close();

  // Into the counters that are its.
  void add_stats(StoreStats& stats) const;

 private:
  using Batch = std::vector<PendingAppend>;
  struct Written {  // a frame of which something is new
    const EventFrame* frame;
    std::vector<const Event*> fresh;
  };

  void run();
  void process(Batch& batch);
  core::Result<void> store(Batch& batch, std::vector<Written>& written);
  core::Result<void> try_to_store(Batch& batch, std::vector<Written>& written);
  core::Result<void> refuse(const core::Error& error);
  core::Result<void> fail(const char* why) noexcept;
  static void answer(PendingAppend& append, const core::Result<void>& stored);
  void tell(const std::vector<Written>& written) const;
  core::Result<void> learn(const PendingAppend& append);
  core::Result<void> claim(Batch& batch, std::vector<Written>& written);
  core::Result<void> enter(const std::vector<Written>& written,
                           const std::vector<FrameRef>& places);
  bool must_catch_up() const;
  core::Result<void> catch_up();
  void count(const Batch& batch, const std::vector<Written>& written);

  Parts parts_;
  std::function<void(const Event&)> listener_;
  bool is_behind_ = false;  // the catalogue could not follow the log

  std::mutex mutex_;
  std::condition_variable has_work_;
  Batch queue_;
  bool is_called_ = false;  // to look after the catalogue
  bool is_closing_ = false;
  std::mutex close_mutex_;

  std::atomic<std::uint64_t> spans_stored_{0};
  std::atomic<std::uint64_t> spans_duplicate_{0};
  std::atomic<std::uint64_t> logs_stored_{0};
  std::atomic<std::uint64_t> commits_{0};
  std::atomic<std::uint64_t> commit_errors_{0};
  std::atomic<std::uint64_t> catalog_errors_{0};
  std::atomic<std::uint64_t> bytes_written_{0};
  std::atomic<std::size_t> queued_bytes_{0};
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace honeyhive::server
