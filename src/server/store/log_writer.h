#pragma once

// Appends commits to the log: frames, a commit frame, one fdatasync. Begins a new segment when a
// day or a segment is full, and after any error, since a file that failed once is not trusted
// again.
//
// Knows nothing of events. Used by one thread.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/result.h"
#include "server/store/frame.h"
#include "server/store/segment_files.h"

namespace honeyhive::server {

// A frame before it has a place: all but its header's checksum is known.
struct PreparedFrame {
  FrameHeader header;
  std::string payload;
};

class LogWriter {
 public:
  // Where the log ends, as recovery found it.
  struct Start {
    std::uint32_t next_segment = 1;  // above every one that ever was
    FramePlace end;                  // what is behind it does not count; segment 0: no log
    FramePlace previous_end;         // that the segment of `end` names
    bool may_continue = false;       // the file at `end` holds nothing behind it
  };

  LogWriter(SegmentFiles& segments, std::uint64_t segment_bytes)
      : segments_(segments), segment_bytes_(segment_bytes) {}

  void start(const Start& start);

  // Durable when it returns a place for each frame. After an error none of them counts.
  core::Result<std::vector<FrameRef>> commit(std::span<const PreparedFrame* const> frames,
                                             std::int64_t now_ns);

  // Behind the last commit.
  FramePlace end() const { return end_; }

  // Of the file that `end()` is in: tells a segment from another one of the same number.
  std::uint32_t segment_identity() const { return identity_; }

  std::uint64_t bytes_written() const { return bytes_written_; }

 private:
  core::Result<void> ensure_segment(std::int64_t now_ns);
  core::Result<void> continue_segment(std::int64_t now_ns);
  core::Result<void> begin_segment(std::int64_t now_ns);
  void abandon_segment();

  SegmentFiles& segments_;
  const std::uint64_t segment_bytes_;
  std::unique_ptr<File> file_;  // null: the next commit opens one
  std::string day_;
  FramePlace end_;
  FramePlace previous_end_;  // before the current segment was begun
  std::uint32_t identity_ = 0;
  std::uint32_t next_segment_ = 1;
  bool may_continue_ = false;
  std::uint64_t bytes_written_ = 0;
};

}  // namespace honeyhive::server
