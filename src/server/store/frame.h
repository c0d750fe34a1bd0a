#pragma once

// The frame: the unit of the log. Turns headers into bytes and back; does no I/O.
//
// Layout: docs/log_format.md, "Frames". A header's checksum covers the place where it stands
// (segment and offset), so that bytes which only look like a frame, or a frame that was moved, are
// not taken for one.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/ids.h"

namespace honeyhive::server {

// Append, never renumber: stored.
enum class FrameKind : std::uint8_t {
  spans = 1,    // of one trace; key: the 16 bytes of the trace id
  session = 2,  // starts of one session; key: the session id
  update = 3,   // changes of one event; key: its event id
  commit = 4,   // ends a commit
  log = 5,      // log records of one trace or session, or of neither; key: `log_key`
  created = 6,  // events of one session that were posted with ids of their own; key: the session id
};

// Where a frame stands. The order of the log is the order of these.
struct FramePlace {
  std::uint32_t segment = 0;
  std::uint64_t offset = 0;
};

struct FrameHeader {
  FrameKind kind = FrameKind::spans;
  bool erased = false;  // the payload is gone; the length still counts
  std::uint32_t payload_bytes = 0;
  std::uint32_t raw_bytes = 0;  // of the payload, decompressed
  std::uint32_t records = 0;
  std::uint32_t payload_crc = 0;
  std::string project;
  std::string key;

  std::size_t header_bytes() const;
  std::uint64_t frame_bytes() const { return header_bytes() + payload_bytes; }
};

inline constexpr std::string_view frame_magic = "\xf5HH\xfe";  // in no UTF-8 text
inline constexpr std::size_t frame_fixed_bytes = 32;
inline constexpr std::size_t frame_name_bytes = 1024;  // at most, each of project and key
inline constexpr std::size_t max_header_bytes = frame_fixed_bytes + 2 * frame_name_bytes;
inline constexpr std::size_t max_frame_raw_bytes = 256 << 20;
inline constexpr std::size_t max_payload_bytes = max_frame_raw_bytes + (max_frame_raw_bytes >> 7);

// Precondition: project and key have at most `frame_name_bytes` each.
void append_header(std::string& out, const FrameHeader& header, const FramePlace& place);

// The header that `bytes` starts with, if that is one for `place`: magic, version, bounds and
// checksum are right.
std::optional<FrameHeader> parse_header(std::string_view bytes, const FramePlace& place);

// The version that `bytes` claim to be of, if that is a later one than this program knows. Damage
// to a version that it knows is none.
std::optional<std::uint32_t> newer_frame_version(std::string_view bytes, const FramePlace& place);

// Whether the last `left` bytes of a file, of which `bytes` are the first, can be a frame that was
// not written to its end.
bool is_cut_frame(std::string_view bytes, std::uint64_t left, const FramePlace& place);

// What a commit frame says.
struct CommitMark {
  std::uint64_t length = 0;       // of the frames before it, back to the previous commit's end
  std::int64_t committed_ns = 0;  // the server's clock
  std::uint32_t frames = 0;       // how many frames that is
};
inline constexpr std::size_t commit_payload_bytes = 16;
inline constexpr std::size_t commit_frame_bytes = frame_fixed_bytes + commit_payload_bytes;

void append_commit(std::string& out, const CommitMark& mark, const FramePlace& place);

// Precondition: the payload matches its checksum.
std::optional<CommitMark> parse_commit(const FrameHeader& header, std::string_view payload);

// Whether `bytes` are one, undamaged.
bool is_commit_frame(std::string_view bytes, const FramePlace& place);

// The first bytes of a segment.
struct SegmentHeader {
  std::uint32_t segment = 0;
  std::int64_t created_ns = 0;
  // Where the log ended when this segment was begun. What is behind it, in that segment or in any
  // between the two, was never acknowledged: its disk had failed. 0: this is the first.
  FramePlace previous_end;
  std::uint64_t salt = 0;  // random: two segments never begin with the same bytes
};
inline constexpr std::size_t segment_header_bytes = 48;

std::string encode_segment_header(const SegmentHeader& header);
std::optional<SegmentHeader> parse_segment_header(std::string_view bytes);
std::optional<std::uint32_t> newer_segment_version(std::string_view bytes);

// Tells a segment from any other one, by the bytes it begins with; also if they are damaged.
std::uint32_t segment_identity(std::string_view bytes);

// "2026-11-20-000017.log": the day on which it was begun, and its number.
std::string segment_file_name(std::int64_t now_ns, std::uint32_t segment);
std::optional<std::uint32_t> parse_segment_file_name(std::string_view name);

}  // namespace honeyhive::server
