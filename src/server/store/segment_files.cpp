#include "server/store/segment_files.h"

#include "core/crc32c.h"
#include "server/store/compression.h"

namespace honeyhive::server {
namespace {

using core::Error;
using core::Result;

constexpr std::size_t max_open_files = 64;

}  // namespace

Result<void> SegmentFiles::list() {
  auto found = files_.list(directory_);
  if (!found) return found.error();
  const std::scoped_lock lock(mutex_);
  names_.clear();
  for (std::string& name : *found) {
    const auto segment = parse_segment_file_name(name);
    if (!segment) continue;
    const auto [entry, is_new] = names_.try_emplace(*segment, std::move(name));
    if (!is_new) {
      return Error{Error::Code::malformed_data,
                   directory_ + ": two files are segment " + std::to_string(*segment)};
    }
  }
  return {};
}

std::vector<std::uint32_t> SegmentFiles::numbers() const {
  const std::scoped_lock lock(mutex_);
  std::vector<std::uint32_t> numbers;
  numbers.reserve(names_.size());
  for (const auto& [number, name] : names_) numbers.push_back(number);
  return numbers;
}

void SegmentFiles::add(std::uint32_t segment, std::string name) {
  const std::scoped_lock lock(mutex_);
  names_[segment] = std::move(name);
}

void SegmentFiles::forget(std::uint32_t segment) {
  const std::scoped_lock lock(mutex_);
  names_.erase(segment);
  open_.erase(segment);
}

Result<std::string> SegmentFiles::path_of(std::uint32_t segment) const {
  const std::scoped_lock lock(mutex_);
  const auto name = names_.find(segment);
  if (name == names_.end()) {
    return Error{Error::Code::not_found,
                 directory_ + ": segment " + std::to_string(segment) + " is missing"};
  }
  return path(name->second);
}

Result<std::shared_ptr<File>> SegmentFiles::open(std::uint32_t segment) {
  {
    const std::scoped_lock lock(mutex_);
    if (const auto found = open_.find(segment); found != open_.end()) return found->second;
  }
  const auto path = path_of(segment);
  if (!path) return path.error();
  auto opened = files_.open(*path, FileSystem::Mode::read);
  if (!opened) return opened.error();
  std::shared_ptr<File> file = *std::move(opened);
  const std::scoped_lock lock(mutex_);
  if (open_.size() >= max_open_files) open_.erase(open_.begin());  // the oldest day
  open_[segment] = file;
  return file;
}

Result<LoadedFrame> SegmentFiles::load(const FrameRef& ref) {
  const auto file = open(ref.place.segment);
  if (!file) return file.error();
  auto bytes = (*file)->read(ref.place.offset, ref.bytes);
  if (!bytes) return bytes.error();
  const auto damaged = [&](std::string_view what) {
    return Error{Error::Code::malformed_data, "segment " + std::to_string(ref.place.segment) +
                                                  " at " + std::to_string(ref.place.offset) + ": " +
                                                  std::string(what)};
  };
  auto header = parse_header(*bytes, ref.place);
  if (!header || header->frame_bytes() != bytes->size()) return damaged("not a frame");
  if (header->erased) return LoadedFrame{std::move(*header), {}};
  const std::string_view payload = std::string_view(*bytes).substr(header->header_bytes());
  if (core::crc32c(payload) != header->payload_crc) return damaged("checksum of the payload");
  auto records = decompress(payload, header->raw_bytes);
  if (!records) return damaged(records.error().message);
  return LoadedFrame{std::move(*header), *std::move(records)};
}

}  // namespace honeyhive::server
