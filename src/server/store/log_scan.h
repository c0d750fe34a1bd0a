#pragma once

// Walks a segment from one commit to the next and says which frames are there, where damage is and
// where the log ends. Reads only: cutting a torn tail off is recovery's decision.
//
// The rule: a frame counts if it is intact and a commit frame stands behind it. Damage with a
// commit frame behind it is skipped and counted; without one it is the torn tail of a commit that
// was never acknowledged.

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

struct ScanResult {
  std::uint64_t end = 0;          // behind the last commit
  std::uint64_t quarantined = 0;  // damaged bytes before `end`
  std::uint64_t commits = 0;
};

// In log order; `end` is that of its commit. False stops the scan.
using FrameVisitor = std::function<core::Result<void>(const FrameRef& frame)>;

// Called after the frames of each commit: everything before `end` is complete.
using CommitVisitor = std::function<core::Result<void>(std::uint64_t end)>;

core::Result<ScanResult> scan_segment(File& file, const ScanRange& range, const FrameVisitor& frame,
                                      const CommitVisitor& commit);

}  // namespace honeyhive::server
