#include "server/store/recovery.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "core/log.h"
#include "server/store/event_frames.h"
#include "server/store/log_scan.h"

namespace honeyhive::server {
namespace {

using core::Error;
using core::Result;

constexpr std::uint64_t commits_per_transaction = 64;

struct Segment {
  std::uint32_t number = 0;
  std::uint64_t size = 0;
  std::optional<std::uint32_t> identity;  // unset: unreadable
  std::optional<SegmentHeader> header;    // unset: damaged, or unreadable
  std::uint64_t applied = 0;              // by the catalogue
  std::uint64_t end = 0;                  // as far as it counts
  bool end_is_known = false;              // a later segment names it
  bool is_void = false;
};

class Recovery {
 public:
  Recovery(SegmentFiles& segments, CatalogWriter& catalog, Ledger& ledger)
      : files_(segments), catalog_(catalog), ledger_(ledger) {}

  Result<Recovered> run() {
    if (auto surveyed = survey(); !surveyed) return surveyed.error();
    limit_segments();
    if (auto matched = match_catalog(); !matched) return matched.error();
    // Names that a killed process made may not be durable yet.
    if (auto synced = files_.files().sync_directory(files_.directory()); !synced) {
      return synced.error();
    }
    for (Segment& segment : segments_) {
      if (segment.is_void) continue;
      if (auto replayed = replay(segment); !replayed) return replayed.error();
    }
    return result_;
  }

 private:
  // What files there are. A last one without a whole header is a creation that was cut short.
  Result<void> survey() {
    if (auto listed = files_.list(); !listed) return listed;
    const std::vector<std::uint32_t> numbers = files_.numbers();
    for (const std::uint32_t number : numbers) {
      Segment segment;
      segment.number = number;
      result_.start.next_segment = number + 1;
      const auto file = files_.open(number);
      if (!file) return file.error();
      const auto size = (*file)->size();
      if (!size) return size.error();
      segment.size = segment.end = *size;
      const auto head = (*file)->read(0, segment_header_bytes);
      if (head) {
        if (const auto version = newer_segment_version(*head)) return newer(number, *version);
        segment.header = parse_segment_header(*head);
        if (segment.size <= segment_header_bytes && !segment.header) {
          if (auto removed = remove(number); !removed) return removed;
          continue;
        }
        segment.identity = segment_identity(*head);
      }
      if (segment.header && segment.header->segment != number) segment.header.reset();
      segments_.push_back(segment);
    }
    return {};
  }

  Error newer(std::uint32_t number, std::uint32_t version) const {
    return {Error::Code::unavailable,
            files_.directory() + ": segment " + std::to_string(number) +
                " was written by a newer version of this program (segment version " +
                std::to_string(version) + "); start that one"};
  }

  Result<void> remove(std::uint32_t number) {
    const auto path = files_.path_of(number);
    if (!path) return path.error();
    if (auto removed = files_.files().remove(*path); !removed) return removed;
    files_.forget(number);
    return {};
  }

  // What each segment says about the ones before it, newest first.
  void limit_segments() {
    FramePlace named;  // segment 0: nothing is known
    for (auto segment = segments_.rbegin(); segment != segments_.rend(); ++segment) {
      if (named.segment != 0 && segment->number > named.segment) {
        segment->is_void = true;
        continue;
      }
      if (segment->number == named.segment) {
        segment->end = std::min(named.offset, segment->size);  // all of a file that lost its end
        segment->end_is_known = true;
      }
      named = segment->header ? segment->header->previous_end : FramePlace{};
    }
  }

  // Whether the catalogue may go on from there: not if it was made of another log.
  Result<bool> fits(const AppliedSegment& known, const Segment& segment) {
    if (segment.identity.value_or(known.identity) != known.identity ||
        known.applied > segment.end || segment.is_void) {
      return false;
    }
    // Where a later segment says that the log ended, the last commit may be damaged.
    if (segment.end_is_known && known.applied == segment.end) return true;
    const auto file = files_.open(segment.number);
    if (!file) return file.error();
    const FramePlace place{segment.number, known.applied - commit_frame_bytes};
    const auto bytes = (*file)->read(place.offset, commit_frame_bytes);
    return !bytes || is_commit_frame(*bytes, place);  // unreadable: that contradicts nothing
  }

  // A catalogue that is of another log is made again.
  Result<void> match_catalog() {
    const auto applied = catalog_.applied();
    if (!applied) return applied.error();
    for (const AppliedSegment& known : *applied) {
      if (known.applied <= segment_header_bytes) continue;  // of nothing, whatever became of it
      const auto segment = std::find_if(
          segments_.begin(), segments_.end(),
          [&known](const Segment& candidate) { return candidate.number == known.segment; });
      const auto is_same = segment == segments_.end() ? false : fits(known, *segment);
      if (!is_same) return is_same.error();
      if (!*is_same) {
        core::log_line(core::LogLevel::warning, "the catalogue is made again from the log");
        for (Segment& any : segments_) any.applied = 0;
        ledger_.clear();
        return catalog_.clear();
      }
      segment->applied = known.applied;
      segment->identity = known.identity;
    }
    return {};
  }

  Result<void> replay(Segment& segment) {
    result_.start.end = {segment.number, segment.end};
    result_.start.previous_end = segment.header ? segment.header->previous_end : FramePlace{};
    result_.start.may_continue = segment.header.has_value();
    const std::uint64_t from = std::max<std::uint64_t>(segment.applied, segment_header_bytes);
    if (segment.applied == segment.end) return {};
    const auto file = files_.open(segment.number);
    if (!file) return file.error();
    if (auto synced = (*file)->sync(); !synced) return synced;
    const auto scanned = scan(**file, segment, from);
    if (!scanned) return scanned.error();
    std::uint64_t bad = scanned->quarantined;
    if (!segment.header) bad += segment_header_bytes;
    if (bad > 0) report(segment, std::to_string(bad) + " damaged bytes are skipped");
    result_.quarantined += bad;
    const std::uint64_t behind = segment.end - scanned->end;
    if (scanned->tail == Tail::torn) {
      report(segment, std::to_string(behind) +
                          " bytes of a commit that was never acknowledged are left where they are");
    }
    // The header of the next segment says where this one ended.
    const bool counts = scanned->tail == Tail::damaged;
    result_.start.end = {segment.number, counts ? segment.end : scanned->end};
    // Nor does the catalogue go on behind what it has missed: with the next segment it comes back
    // to it.
    result_.start.may_continue = segment.header && bad == 0 && behind == 0 && !has_missed_;
    return {};
  }

  Result<ScanResult> scan(File& file, const Segment& segment, std::uint64_t from) {
    std::uint64_t commits = 0;
    AppliedSegment position{segment.number, segment.identity.value_or(0), from};
    has_missed_ = false;
    catalog_.begin();
    const auto on_frame = [this](const FrameRef& frame) { return enter(frame); };
    const auto on_commit = [&](std::uint64_t end) -> Result<void> {
      if (!has_missed_) position.applied = end;
      if (++commits % commits_per_transaction != 0) return {};
      if (auto done = catalog_.commit(position); !done) return done;
      ledger_.settle();
      catalog_.begin();
      return {};
    };
    const ScanRange range{segment.number, from, segment.end, segment.end_is_known};
    auto scanned = scan_segment(file, range, on_frame, on_commit);
    // Also after an error: what was entered is right.
    if (auto done = catalog_.commit(position); !done) return done.error();
    ledger_.settle();
    return scanned;
  }

  Result<void> enter(const FrameRef& ref) {
    const auto frame = files_.load(ref);
    if (!frame && frame.error().code != Error::Code::malformed_data) {
      has_missed_ = true;
      return skip(ref, frame.error());
    }
    const auto events = frame ? decode_frame(*frame) : frame.error();
    if (!events) return skip(ref, events.error());
    const auto fresh = ledger_.claim(*events);
    if (!fresh && fresh.error().code != Error::Code::malformed_data) return fresh.error();
    if (!fresh) {
      has_missed_ = true;
      return skip(ref, fresh.error());
    }
    ledger_.enter(*fresh, ref);
    result_.records += fresh->size();
    return {};
  }

  Result<void> skip(const FrameRef& ref, const Error& error) {
    core::log_line(core::LogLevel::error, "damaged: " + error.message);
    result_.quarantined += ref.bytes;
    return {};
  }

  void report(const Segment& segment, const std::string& what) const {
    core::log_line(core::LogLevel::warning, files_.directory() + ": segment " +
                                                std::to_string(segment.number) + ": " + what);
  }

  SegmentFiles& files_;
  CatalogWriter& catalog_;
  Ledger& ledger_;
  std::vector<Segment> segments_;  // ascending
  bool has_missed_ = false;        // what cannot be read now, but perhaps at the next start
  Recovered result_;
};

}  // namespace

Result<Recovered> recover(SegmentFiles& segments, CatalogWriter& catalog, Ledger& ledger,
                          CatalogPool& readers) {
  const auto is_damaged = [&] { return catalog.is_damaged() || readers.has_seen_damage(); };
  const auto run = [&] {
    auto recovered = Recovery(segments, catalog, ledger).run();
    if (recovered) readers.reopen();
    return recovered;
  };
  if (!is_damaged()) {
    auto recovered = run();
    if (recovered || !is_damaged()) return recovered;
  }
  core::log_line(core::LogLevel::warning,
                 "the catalogue is damaged and is made again from the log; until then reads are "
                 "answered 503");
  readers.shut();
  ledger.clear();
  if (auto cleared = catalog.clear(); !cleared) return cleared.error();
  return run();
}

}  // namespace honeyhive::server
