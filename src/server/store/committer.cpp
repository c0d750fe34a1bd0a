#include "server/store/committer.h"

#include <exception>
#include <string>

#include "core/log.h"

namespace honeyhive::server {

using core::Error;
using core::Result;

Committer::Committer(Parts parts) : parts_(std::move(parts)), thread_([this] { run(); }) {}

bool Committer::reserve(std::size_t bytes) {
  std::size_t queued = queued_bytes_.load();
  do {  // what is larger than the whole queue passes when nothing else waits
    if (queued > 0 && queued + bytes > parts_.queue_bytes) return false;
  } while (!queued_bytes_.compare_exchange_weak(queued, queued + bytes));
  return true;
}

bool Committer::push(PendingAppend& append) {
  {
    const std::scoped_lock lock(mutex_);
    if (is_closing_) {
      queued_bytes_ -= append.bytes;
      return false;
    }
    queue_.push_back(std::move(append));
  }
  has_work_.notify_one();
  return true;
}

void Committer::look_after_catalog() {
  {
    const std::scoped_lock lock(mutex_);
    is_called_ = true;
  }
  has_work_.notify_one();
}

void Committer::close() {
  {
    const std::scoped_lock lock(mutex_);
    is_closing_ = true;
  }
  has_work_.notify_one();
  const std::scoped_lock lock(close_mutex_);
  if (thread_.joinable()) thread_.join();
}

void Committer::run() {
  while (true) {
    Batch batch;
    {
      std::unique_lock lock(mutex_);
      has_work_.wait(lock, [this] { return is_closing_ || is_called_ || !queue_.empty(); });
      if (is_closing_ && queue_.empty()) return;
      is_called_ = false;
      batch.swap(queue_);
    }
    process(batch);  // also of nothing: then it catches up, if it must
    if (!batch.empty() && parts_.catalog.is_damaged()) look_after_catalog();
  }
}

void Committer::process(Batch& batch) {
  std::vector<Written> written;
  const Result<void> stored = try_to_store(batch, written);
  if (stored) {
    count(batch, written);
    tell(written);
  }
  for (PendingAppend& append : batch) {
    append.frames.clear();
    queued_bytes_ -= append.bytes;
    answer(append, stored);
  }
}

// Whoever waits for this one answer may have to wait in vain; all the others get theirs.
void Committer::answer(PendingAppend& append, const Result<void>& stored) try {
  if (append.refused) {
    append.done(*std::move(append.refused));
  } else if (stored) {
    append.done({});
  } else {
    append.done(Error{Error::Code::unavailable, stored.error().message});
  }
} catch (const std::exception& error) {
  core::log_line(core::LogLevel::error, {"not answered: ", error.what()});
} catch (...) {
  core::log_line(core::LogLevel::error, "not answered");
}

// Live events may be lost where memory is; what is stored is not.
void Committer::tell(const std::vector<Written>& written) const {
  if (!listener_) return;
  try {
    for (const Written& frame : written) {
      for (const Event* event : frame.fresh) listener_(*event);
    }
  } catch (const std::exception& error) {
    core::log_line(core::LogLevel::error, {"not shown live: ", error.what()});
  } catch (...) {
    core::log_line(core::LogLevel::error, "not shown live");
  }
}

Result<void> Committer::refuse(const Error& error) {
  ++commit_errors_;
  core::log_line(core::LogLevel::error, {"not stored: ", error.message});
  return error;
}

// After an exception, when there may be no memory for anything.
Result<void> Committer::fail(const char* why) noexcept {
  static constexpr const char* answer = "out of memory";  // a string that takes none
  is_behind_ = true;
  parts_.catalog.abandon();
  parts_.ledger.clear();
  ++commit_errors_;
  core::log_line(core::LogLevel::error, {"not stored: ", why});
  return Error{Error::Code::unavailable, answer};
}

// Memory that runs out may leave log and catalogue apart, as a catalogue that fails does.
Result<void> Committer::try_to_store(Batch& batch, std::vector<Written>& written) try {
  return store(batch, written);
} catch (const std::exception& error) {
  return fail(error.what());
} catch (...) {
  return fail("for a reason that has no name");
}

// After an error nothing of the batch counts, or, if only the catalogue failed, it counts once the
// catalogue has caught up; whoever sends it again then is told that it is stored.
Result<void> Committer::store(Batch& batch, std::vector<Written>& written) {
  if (must_catch_up()) {
    if (auto caught_up = catch_up(); !caught_up) return refuse(caught_up.error());
  }
  if (auto claimed = claim(batch, written); !claimed) {
    parts_.ledger.revoke();
    return refuse(claimed.error());
  }
  if (written.empty()) {
    parts_.ledger.settle();
    return {};
  }
  std::vector<const PreparedFrame*> frames;
  frames.reserve(written.size());
  for (const Written& one : written) frames.push_back(&one.frame->frame);
  const auto places = parts_.log.commit(frames, parts_.now_ns());
  bytes_written_ = parts_.log.bytes_written();
  if (!places) {
    parts_.ledger.revoke();
    return refuse(places.error());
  }
  ++commits_;
  return enter(written, *places);
}

// Before anything of it is claimed: an append is stored as a whole or not at all.
Result<void> Committer::learn(const PendingAppend& append) {
  for (const EventFrame& frame : append.frames) {
    if (auto learnt = parts_.ledger.learn(frame.events); !learnt) return learnt;
  }
  return {};
}

Result<void> Committer::claim(Batch& batch, std::vector<Written>& written) {
  for (PendingAppend& append : batch) {
    auto learnt = learn(append);
    if (!learnt && learnt.error().code != Error::Code::malformed_data) return learnt;
    if (!learnt) {  // its own trace cannot be read; the others are not to suffer
      append.refused = Error{Error::Code::unavailable, learnt.error().message};
      append.frames.clear();
      (void)refuse(*append.refused);
    }
    for (const EventFrame& frame : append.frames) {
      auto fresh = parts_.ledger.claim(frame.events);
      if (!fresh) return fresh.error();
      if (!fresh->empty()) written.push_back({&frame, *std::move(fresh)});
    }
  }
  return {};
}

Result<void> Committer::enter(const std::vector<Written>& written,
                              const std::vector<FrameRef>& places) {
  parts_.catalog.begin();
  for (std::size_t i = 0; i < written.size(); ++i) {
    parts_.ledger.enter(written[i].fresh, places[i]);
  }
  const FramePlace end = parts_.log.end();
  auto entered = parts_.catalog.commit({end.segment, parts_.log.segment_identity(), end.offset});
  if (entered) {
    parts_.ledger.settle();
  } else {
    is_behind_ = true;
    parts_.ledger.clear();
    ++catalog_errors_;
    core::log_line(core::LogLevel::error,
                   {"on disk, but not acknowledged and not shown before the catalogue can follow: ",
                    entered.error().message});
  }
  return entered;
}

bool Committer::must_catch_up() const {
  return is_behind_ || parts_.catalog.is_damaged() || parts_.readers.has_seen_damage();
}

Result<void> Committer::catch_up() {
  is_behind_ = true;
  const auto recovered = recover(parts_.segments, parts_.catalog, parts_.ledger, parts_.readers);
  if (!recovered) {
    parts_.ledger.clear();  // it may have claimed what was rolled back
    return recovered.error();
  }
  parts_.log.start(recovered->start);
  is_behind_ = false;
  return {};
}

void Committer::count(const Batch& batch, const std::vector<Written>& written) {
  std::uint64_t spans = 0;
  for (const PendingAppend& append : batch) {
    for (const EventFrame& frame : append.frames) {
      if (frame.frame.header.kind == FrameKind::spans) spans += frame.events.size();
    }
  }
  std::uint64_t fresh = 0, logs = 0;
  for (const Written& frame : written) {
    const FrameKind kind = frame.frame->frame.header.kind;
    if (kind == FrameKind::spans) fresh += frame.fresh.size();
    if (kind == FrameKind::log) logs += frame.fresh.size();
  }
  logs_stored_ += logs;
  spans_stored_ += fresh;
  spans_duplicate_ += spans - fresh;
}

void Committer::add_stats(StoreStats& stats) const {
  stats.spans_stored = spans_stored_;
  stats.spans_duplicate = spans_duplicate_;
  stats.logs_stored = logs_stored_;
  stats.commits = commits_;
  stats.commit_errors = commit_errors_;
  stats.catalog_errors = catalog_errors_;
  stats.bytes_written = bytes_written_;
  stats.queued_bytes = queued_bytes_;
}

}  // namespace honeyhive::server
