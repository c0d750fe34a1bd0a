#pragma once

// The segments of one log as files: their names, and the frames read back from them. Appending is
// LogWriter's business.
//
// Thread-safe.

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/result.h"
#include "server/store/file_system.h"
#include "server/store/frame.h"

namespace honeyhive::server {

// A frame that is in the log.
struct FrameRef {
  FramePlace place;
  std::uint64_t bytes = 0;  // header and payload
};

struct LoadedFrame {
  FrameHeader header;
  std::string records;  // decompressed; empty if it was erased
};

class SegmentFiles {
 public:
  SegmentFiles(FileSystem& files, std::string directory)
      : files_(files), directory_(std::move(directory)) {}

  FileSystem& files() const { return files_; }
  const std::string& directory() const { return directory_; }
  std::string path(const std::string& name) const { return directory_ + '/' + name; }

  // Reads the directory; afterwards `numbers()` are the segments that are there.
  core::Result<void> list();
  std::vector<std::uint32_t> numbers() const;  // ascending

  // A segment that was created or removed after `list()`.
  void add(std::uint32_t segment, std::string name);
  void forget(std::uint32_t segment);

  // Error: `not_found` for a segment that is not there.
  core::Result<std::string> path_of(std::uint32_t segment) const;

  // For reading. A bounded number stays open.
  core::Result<std::shared_ptr<File>> open(std::uint32_t segment);

  // Error: `malformed_data`, naming file and offset, if the frame is not intact.
  core::Result<LoadedFrame> load(const FrameRef& ref);

 private:
  FileSystem& files_;
  const std::string directory_;
  mutable std::mutex mutex_;
  std::map<std::uint32_t, std::string> names_;
  std::map<std::uint32_t, std::shared_ptr<File>> open_;
};

}  // namespace honeyhive::server
