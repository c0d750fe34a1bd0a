#include "server/store/log_scan.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <vector>

#include "core/crc32c.h"

namespace honeyhive::server {
namespace {

using core::Error;
using core::Result;

constexpr std::size_t window_bytes = 1 << 20;
constexpr std::size_t page_bytes = 4096;
constexpr char unreadable_byte = '\xff';  // not zero, which could pass for a hole

// A file seen through a buffer that moves forward. What the disk cannot read is seen as bytes that
// are no frame, so that it costs what stands there and nothing else.
class Window {
 public:
  Window(File& file, std::uint64_t end) : file_(file), end_(end) {}

  // Up to `length` bytes at `offset`, fewer only at the end. Valid until the next call.
  std::string_view at(std::uint64_t offset, std::size_t length) {
    length = static_cast<std::size_t>(std::min<std::uint64_t>(length, end_ - offset));
    if (offset < start_ || offset + length > start_ + buffer_.size()) {
      const auto wanted = static_cast<std::size_t>(
          std::min<std::uint64_t>(std::max(length, window_bytes), end_ - offset));
      auto bytes = file_.read(offset, wanted);
      buffer_ = bytes ? *std::move(bytes) : page_by_page(offset, wanted);
      start_ = offset;
      length = std::min(length, buffer_.size());
    }
    return std::string_view(buffer_).substr(static_cast<std::size_t>(offset - start_), length);
  }

  bool has_read_all_before(std::uint64_t offset) const { return offset <= first_unreadable_; }

 private:
  std::string page_by_page(std::uint64_t offset, std::size_t length) {
    std::string all;
    while (all.size() < length) {
      const std::uint64_t at = offset + all.size();
      const std::size_t part = std::min(page_bytes - at % page_bytes, length - all.size());
      const auto page = file_.read(at, part);
      if (!page) first_unreadable_ = std::min(first_unreadable_, at);
      all += page ? *page : std::string(part, unreadable_byte);
      if (page && page->size() < part) break;
    }
    return all;
  }

  File& file_;
  const std::uint64_t end_;
  std::string buffer_;
  std::uint64_t start_ = 0;
  std::uint64_t first_unreadable_ = std::numeric_limits<std::uint64_t>::max();
};

class Scan {
 public:
  Scan(File& file, const ScanRange& range, const FrameVisitor& frame, const CommitVisitor& commit)
      : window_(file, range.to), range_(range), visit_frame_(frame), visit_commit_(commit) {}

  Result<ScanResult> run() {
    result_.end = expected_ = read_to_ = range_.from;
    std::uint64_t at = range_.from;
    while (at < range_.to) {
      const auto next = step(at);
      if (!next) return next.error();
      at = *next;
    }
    if (range_.all_acknowledged && result_.end < range_.to) {
      if (auto accepted = accept(range_.to); !accepted) return accepted.error();
    }
    if (result_.end < range_.to) {
      if (auto ended = end_in_tail(); !ended) return ended.error();
    }
    return result_;
  }

 private:
  // Reads what is at `at`; returns where to go on.
  Result<std::uint64_t> step(std::uint64_t at) {
    const std::string_view head = window_.at(at, max_header_bytes);
    const auto header = parse_header(head, {range_.segment, at});
    if (!header || at + header->frame_bytes() > range_.to) {
      if (at == expected_) {
        if (auto known = examine(head, at); !known) return known.error();
      }
      return skip_damage(at);
    }
    const std::uint64_t end = expected_ = at + header->frame_bytes();
    is_cut_ = false;
    if (header->erased) return end;
    const std::string_view payload = window_.at(at + header->header_bytes(), header->payload_bytes);
    if (core::crc32c(payload) != header->payload_crc) {
      damaged_ += header->frame_bytes();
      return end;
    }
    if (header->kind != FrameKind::commit) {
      pending_.push_back({{range_.segment, at}, header->frame_bytes()});
      return end;
    }
    const auto mark = parse_commit(*header, payload);
    if (!mark || !fits(*mark, at)) return skip_damage(at);
    if (auto accepted = accept(end); !accepted) return accepted.error();
    return end;
  }

  // What stands where a frame should, and is none.
  Result<void> examine(std::string_view head, std::uint64_t at) {
    if (const auto version = newer_frame_version(head, {range_.segment, at})) {
      return Error{Error::Code::unavailable,
                   "segment " + std::to_string(range_.segment) + " at " + std::to_string(at) +
                       ": written by a newer version of this program (frame version " +
                       std::to_string(*version) + "); start that one"};
    }
    is_cut_ = damaged_ == 0 && is_cut_frame(head, range_.to - at, {range_.segment, at});
    return {};
  }

  // Nothing is behind what was cut short: all damage is that one frame.
  Result<void> end_in_tail() {
    const bool is_torn = damaged_ == 0 || is_cut_;
    result_.tail = is_torn ? Tail::torn : Tail::damaged;
    if (is_torn) return {};
    result_.quarantined += damaged_;
    return visit_pending();
  }

  // In an undamaged commit the length must lead back to where the last one ended.
  bool fits(const CommitMark& mark, std::uint64_t at) const {
    return damaged_ > 0 ? mark.length <= at - result_.end : mark.length == at - result_.end;
  }

  // Moves to the next thing that may be a frame.
  std::uint64_t skip_damage(std::uint64_t at) {
    std::uint64_t next = at + 1;
    while (next < range_.to) {
      const std::string_view bytes = window_.at(next, window_bytes);
      if (bytes.size() < frame_magic.size()) break;
      const std::size_t found = bytes.find(frame_magic);
      if (found != std::string_view::npos) {
        damaged_ += next + found - at;
        return next + found;
      }
      next += bytes.size() - frame_magic.size() + 1;
    }
    damaged_ += range_.to - at;
    return range_.to;
  }

  Result<void> accept(std::uint64_t end) {
    if (auto visited = visit_pending(); !visited) return visited;
    result_.quarantined += std::exchange(damaged_, 0);
    is_cut_ = false;
    result_.end = end;
    if (window_.has_read_all_before(end)) read_to_ = end;
    return visit_commit_(read_to_);
  }

  Result<void> visit_pending() {
    for (const FrameRef& frame : pending_) {
      if (auto visited = visit_frame_(frame); !visited) return visited;
    }
    pending_.clear();
    return {};
  }

  Window window_;
  const ScanRange range_;
  const FrameVisitor& visit_frame_;
  const CommitVisitor& visit_commit_;
  ScanResult result_;
  std::vector<FrameRef> pending_;  // intact, their commit frame not seen yet
  std::uint64_t damaged_ = 0;      // bytes since the last commit that are no frame
  std::uint64_t read_to_ = 0;      // behind the last commit before which all could be read
  std::uint64_t expected_ = 0;     // where the next frame begins, if nothing is damaged
  bool is_cut_ = false;            // the damage is a frame that was not written to its end
};

}  // namespace

Result<ScanResult> scan_segment(File& file, const ScanRange& range, const FrameVisitor& frame,
                                const CommitVisitor& commit) {
  return Scan(file, range, frame, commit).run();
}

}  // namespace honeyhive::server
