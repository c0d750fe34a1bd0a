#include "server/store/log_writer.h"

#include <random>
#include <utility>

#include "core/log.h"
#include "core/time_text.h"

namespace honeyhive::server {

using core::Result;

namespace {

std::uint64_t random_salt() {
  std::random_device random;
  return std::uint64_t{random()} << 32 | random();
}

}  // namespace

void LogWriter::start(const Start& start) {
  file_.reset();
  end_ = start.end;
  previous_end_ = start.previous_end;
  next_segment_ = start.next_segment;
  may_continue_ = start.may_continue;
}

Result<void> LogWriter::ensure_segment(std::int64_t now_ns) {
  if (may_continue_) {
    may_continue_ = false;
    if (auto continued = continue_segment(now_ns); !continued) {
      core::log_line(core::LogLevel::warning,
                     "a new segment is begun: " + continued.error().message);
    }
  }
  if (file_ && end_.offset < segment_bytes_ && day_ == core::iso_day(now_ns)) return {};
  return begin_segment(now_ns);
}

Result<void> LogWriter::continue_segment(std::int64_t now_ns) {
  const auto path = segments_.path_of(end_.segment);
  if (!path) return path.error();
  day_ = core::iso_day(now_ns);
  if (*path != segments_.path(segment_file_name(now_ns, end_.segment))) return {};  // another day
  auto opened = segments_.files().open(*path, FileSystem::Mode::append);
  if (!opened) return opened.error();
  const auto header = (*opened)->read(0, segment_header_bytes);
  if (!header) return header.error();
  identity_ = server::segment_identity(*header);
  file_ = *std::move(opened);
  return {};
}

Result<void> LogWriter::begin_segment(std::int64_t now_ns) {
  file_.reset();
  const std::uint32_t segment = next_segment_++;
  const std::string name = segment_file_name(now_ns, segment);
  const std::string path = segments_.path(name);
  auto opened = segments_.files().open(path, FileSystem::Mode::create);
  if (!opened) return opened.error();
  const std::string header = encode_segment_header({segment, now_ns, end_, random_salt()});
  const auto remove = [&](const core::Error& error) {
    (void)segments_.files().remove(path);
    return error;
  };
  if (auto written = (*opened)->append(header); !written) return remove(written.error());
  if (auto synced = (*opened)->sync(); !synced) return remove(synced.error());
  if (auto synced = segments_.files().sync_directory(segments_.directory()); !synced) {
    return remove(synced.error());
  }
  segments_.add(segment, name);
  file_ = *std::move(opened);
  day_ = core::iso_day(now_ns);
  previous_end_ = std::exchange(end_, {segment, header.size()});
  identity_ = server::segment_identity(header);
  bytes_written_ += header.size();
  return {};
}

// The next segment's header says where the log ended; cutting the rest off as well only spares
// space, so its failure does not matter.
void LogWriter::abandon_segment() {
  const auto path = segments_.path_of(end_.segment);
  if (end_.offset > segment_header_bytes || !path) {
    (void)file_->truncate(end_.offset);
  } else if (segments_.files().remove(*path)) {  // else a full disk would fill with empty segments
    segments_.forget(end_.segment);
    end_ = previous_end_;
  }
  file_.reset();
}

Result<std::vector<FrameRef>> LogWriter::commit(std::span<const PreparedFrame* const> frames,
                                                std::int64_t now_ns) {
  if (auto ready = ensure_segment(now_ns); !ready) return ready.error();
  std::size_t size = commit_frame_bytes;
  for (const PreparedFrame* frame : frames) size += frame->header.frame_bytes();
  std::string bytes;
  bytes.reserve(size);
  std::vector<FrameRef> places;
  places.reserve(frames.size());
  for (const PreparedFrame* frame : frames) {
    places.push_back({{end_.segment, end_.offset + bytes.size()}, frame->header.frame_bytes()});
    append_header(bytes, frame->header, places.back().place);
    bytes += frame->payload;
  }
  append_commit(bytes, {bytes.size(), now_ns, static_cast<std::uint32_t>(frames.size())},
                {end_.segment, end_.offset + bytes.size()});
  auto durable = file_->append(bytes);
  if (durable) durable = file_->sync();
  if (!durable) {
    abandon_segment();
    return durable.error();
  }
  end_.offset += bytes.size();
  bytes_written_ += bytes.size();
  return places;
}

}  // namespace honeyhive::server
