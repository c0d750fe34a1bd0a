#include "server/store/frame.h"

#include <charconv>
#include <concepts>
#include <cstdio>

#include "core/crc32c.h"
#include "core/time_text.h"

namespace honeyhive::server {
namespace {

constexpr std::uint8_t frame_version = 1;
constexpr std::uint32_t segment_version = 1;
constexpr std::string_view segment_magic = "\xf5HHSEG\r\n";
constexpr char erased_flag = 1;
constexpr std::uint32_t last_plausible_version = 255;  // above it, it is damage
constexpr std::size_t segment_version_at = 8;
constexpr std::size_t version_at = 4;
constexpr std::size_t kind_at = 5;
constexpr std::size_t flags_at = 6;
constexpr std::size_t header_crc_at = 28;
constexpr std::size_t segment_crc_at = 44;

template <std::unsigned_integral T>
void put(std::string& out, T value) {
  for (std::size_t i = 0; i < sizeof value; ++i) {
    out += static_cast<char>(static_cast<std::uint64_t>(value) >> 8 * i);
  }
}

template <std::unsigned_integral T>
T get(std::string_view bytes, std::size_t at) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    value |= std::uint64_t{static_cast<unsigned char>(bytes[at + i])} << 8 * i;
  }
  return static_cast<T>(value);
}

// Over the place, the fixed part without its own four bytes and without `erased`, and the names.
std::uint32_t header_crc(std::string_view header, const FramePlace& place) {
  std::string covered;
  covered.reserve(header.size() + 12);
  put(covered, place.segment);
  put(covered, place.offset);
  const std::size_t flags = covered.size() + flags_at;
  covered += header.substr(0, header_crc_at);
  covered[flags] = static_cast<char>(covered[flags] & ~erased_flag);
  covered += header.substr(frame_fixed_bytes);
  return core::crc32c(covered);
}

bool is_known(FrameKind kind) {
  switch (kind) {
    case FrameKind::spans:
    case FrameKind::session:
    case FrameKind::update:
    case FrameKind::commit:
    case FrameKind::log:
    case FrameKind::created:
      return true;
  }
  return false;
}

bool is_plausible(const FrameHeader& header) {
  return is_known(header.kind) && header.payload_bytes <= max_payload_bytes &&
         header.raw_bytes <= max_frame_raw_bytes;
}

}  // namespace

std::size_t FrameHeader::header_bytes() const {
  return frame_fixed_bytes + project.size() + key.size();
}

void append_header(std::string& out, const FrameHeader& header, const FramePlace& place) {
  const std::size_t from = out.size();
  out += frame_magic;
  out += static_cast<char>(frame_version);
  out += static_cast<char>(header.kind);
  out += header.erased ? erased_flag : '\0';
  out += '\0';
  put(out, header.payload_bytes);
  put(out, header.raw_bytes);
  put(out, header.records);
  put(out, static_cast<std::uint16_t>(header.project.size()));
  put(out, static_cast<std::uint16_t>(header.key.size()));
  put(out, header.payload_crc);
  put(out, std::uint32_t{0});
  out += header.project;
  out += header.key;
  std::string crc;
  put(crc, header_crc(std::string_view(out).substr(from), place));
  out.replace(from + header_crc_at, crc.size(), crc);
}

std::optional<FrameHeader> parse_header(std::string_view bytes, const FramePlace& place) {
  if (bytes.size() < frame_fixed_bytes || !bytes.starts_with(frame_magic)) return std::nullopt;
  if (static_cast<std::uint8_t>(bytes[version_at]) != frame_version) return std::nullopt;
  const std::size_t project_bytes = get<std::uint16_t>(bytes, 20);
  const std::size_t key_bytes = get<std::uint16_t>(bytes, 22);
  if (project_bytes > frame_name_bytes || key_bytes > frame_name_bytes) return std::nullopt;
  const std::size_t size = frame_fixed_bytes + project_bytes + key_bytes;
  if (bytes.size() < size) return std::nullopt;
  bytes = bytes.substr(0, size);
  if (get<std::uint32_t>(bytes, header_crc_at) != header_crc(bytes, place)) return std::nullopt;
  FrameHeader header;
  header.kind = static_cast<FrameKind>(bytes[kind_at]);
  header.erased = (bytes[flags_at] & erased_flag) != 0;
  header.payload_bytes = get<std::uint32_t>(bytes, 8);
  header.raw_bytes = get<std::uint32_t>(bytes, 12);
  header.records = get<std::uint32_t>(bytes, 16);
  header.payload_crc = get<std::uint32_t>(bytes, 24);
  header.project = bytes.substr(frame_fixed_bytes, project_bytes);
  header.key = bytes.substr(frame_fixed_bytes + project_bytes);
  if (!is_plausible(header)) return std::nullopt;
  return header;
}

std::optional<std::uint32_t> newer_frame_version(std::string_view bytes, const FramePlace& place) {
  if (bytes.size() < frame_fixed_bytes || !bytes.starts_with(frame_magic)) return std::nullopt;
  const auto version = static_cast<std::uint8_t>(bytes[version_at]);
  if (version <= frame_version) return std::nullopt;
  std::string as_known(bytes);
  as_known[version_at] = static_cast<char>(frame_version);
  if (parse_header(as_known, place)) return std::nullopt;
  return version;
}

bool is_cut_frame(std::string_view bytes, std::uint64_t left, const FramePlace& place) {
  if (const auto header = parse_header(bytes, place)) return header->frame_bytes() > left;
  std::string start(frame_magic);
  start += static_cast<char>(frame_version);
  if (!bytes.starts_with(start.substr(0, bytes.size()))) return false;
  if (bytes.size() < frame_fixed_bytes) return true;
  if (static_cast<FrameKind>(bytes[kind_at]) == FrameKind::commit) return false;  // has no names
  const std::size_t project_bytes = get<std::uint16_t>(bytes, 20);
  const std::size_t key_bytes = get<std::uint16_t>(bytes, 22);
  return project_bytes <= frame_name_bytes && key_bytes <= frame_name_bytes &&
         frame_fixed_bytes + project_bytes + key_bytes > left;
}

void append_commit(std::string& out, const CommitMark& mark, const FramePlace& place) {
  std::string payload;
  put(payload, mark.length);
  put(payload, static_cast<std::uint64_t>(mark.committed_ns));
  FrameHeader header;
  header.kind = FrameKind::commit;
  header.payload_bytes = commit_payload_bytes;
  header.raw_bytes = commit_payload_bytes;
  header.records = mark.frames;
  header.payload_crc = core::crc32c(payload);
  append_header(out, header, place);
  out += payload;
}

std::optional<CommitMark> parse_commit(const FrameHeader& header, std::string_view payload) {
  if (header.kind != FrameKind::commit || payload.size() != commit_payload_bytes) {
    return std::nullopt;
  }
  return CommitMark{get<std::uint64_t>(payload, 0),
                    static_cast<std::int64_t>(get<std::uint64_t>(payload, 8)), header.records};
}

bool is_commit_frame(std::string_view bytes, const FramePlace& place) {
  const auto header = parse_header(bytes, place);
  if (!header || header->kind != FrameKind::commit) return false;
  const std::string_view payload = bytes.substr(header->header_bytes());
  return header->payload_crc == core::crc32c(payload) && parse_commit(*header, payload);
}

std::string encode_segment_header(const SegmentHeader& header) {
  std::string out(segment_magic);
  put(out, segment_version);
  put(out, header.segment);
  put(out, static_cast<std::uint64_t>(header.created_ns));
  put(out, header.previous_end.offset);
  put(out, header.previous_end.segment);
  put(out, header.salt);
  put(out, core::crc32c(out));
  return out;
}

std::optional<SegmentHeader> parse_segment_header(std::string_view bytes) {
  if (bytes.size() < segment_header_bytes || !bytes.starts_with(segment_magic)) return std::nullopt;
  bytes = bytes.substr(0, segment_header_bytes);
  if (get<std::uint32_t>(bytes, segment_version_at) != segment_version) return std::nullopt;
  if (get<std::uint32_t>(bytes, segment_crc_at) != segment_identity(bytes)) return std::nullopt;
  SegmentHeader header;
  header.segment = get<std::uint32_t>(bytes, 12);
  header.created_ns = static_cast<std::int64_t>(get<std::uint64_t>(bytes, 16));
  header.previous_end = {get<std::uint32_t>(bytes, 32), get<std::uint64_t>(bytes, 24)};
  header.salt = get<std::uint64_t>(bytes, 36);
  return header;
}

std::optional<std::uint32_t> newer_segment_version(std::string_view bytes) {
  if (bytes.size() < segment_version_at + 4 || !bytes.starts_with(segment_magic)) {
    return std::nullopt;
  }
  const auto version = get<std::uint32_t>(bytes, segment_version_at);
  if (version <= segment_version || version > last_plausible_version) return std::nullopt;
  std::string known;
  put(known, segment_version);
  if (parse_segment_header(std::string(bytes).replace(segment_version_at, known.size(), known))) {
    return std::nullopt;
  }
  return version;
}

// Without the stored checksum: over both it would be the same number for every segment.
std::uint32_t segment_identity(std::string_view bytes) {
  return core::crc32c(bytes.substr(0, segment_crc_at));
}

std::string segment_file_name(std::int64_t now_ns, std::uint32_t segment) {
  char number[16];
  std::snprintf(number, sizeof number, "-%06u.log", segment);
  return core::iso_day(now_ns) + number;
}

std::optional<std::uint32_t> parse_segment_file_name(std::string_view name) {
  constexpr std::size_t day_bytes = 10;  // "2026-11-20"
  constexpr std::string_view suffix = ".log";
  if (name.size() < day_bytes + 1 + 6 + suffix.size() || !name.ends_with(suffix)) {
    return std::nullopt;
  }
  if (name[4] != '-' || name[7] != '-' || name[day_bytes] != '-') return std::nullopt;
  name.remove_suffix(suffix.size());
  name.remove_prefix(day_bytes + 1);
  std::uint32_t segment = 0;
  const auto parsed = std::from_chars(name.data(), name.data() + name.size(), segment);
  if (parsed.ec != std::errc() || parsed.ptr != name.data() + name.size() || segment == 0) {
    return std::nullopt;
  }
  return segment;
}

}  // namespace honeyhive::server
