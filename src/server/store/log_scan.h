#pragma once

// Walks a segment from one commit to the next and says which frames are there, where damage is and
// where the log ends. Reads only.
//
// The rule: a frame counts if it is intact and a commit frame stands behind it. Damage with a
// commit frame behind it is skipped and counted. Behind the last commit frame there may be the
// beginning of a commit that was never acknowledged; anything else there may be one that was, with
// its commit frame damaged: then frames count that are intact.

#include <cstdint>
#include <functional>

#include "core/result.h"
#include "server/store/segment_files.h"

namespace honeyhive::server {

struct ScanRange {
  std::uint32_t segment = 0;
  std::uint64_t from = 0;         // the end of a commit, or of the segment's header
  std::uint64_t to = 0;           // the file's size, or less
  bool all_acknowledged = false;  // a later segment says so: there is no torn tail, only damage
};

// What is behind the last commit.
enum class Tail {
  none,
  torn,     // the beginning of a commit, cut short
  damaged,  // perhaps acknowledged
};

struct ScanResult {
  std::uint64_t end = 0;          // behind the last commit
  std::uint64_t quarantined = 0;  // damaged bytes, in a damaged tail too
  Tail tail = Tail::none;
};

// In log order. An error stops the scan.
using FrameVisitor = std::function<core::Result<void>(const FrameRef& frame)>;

// Called after the frames of each commit. Before `end` everything could be read, so that there is
// nothing to look for again at the next start.
using CommitVisitor = std::function<core::Result<void>(std::uint64_t end)>;

// Error: `unavailable` also for a frame of a version that this program does not know.
core::Result<ScanResult> scan_segment(File& file, const ScanRange& range, const FrameVisitor& frame,
                                      const CommitVisitor& commit);

}  // namespace honeyhive::server
