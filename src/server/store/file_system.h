#pragma once

// The files of the store. Everything the log does to a disk goes through here, so that tests can
// take away what was not synced. (SQLite keeps its own files: the catalogue can be rebuilt.)
//
// Errors are `unavailable` (`not_found` for a missing file) and name the path.
// Thread-safe; a `File` may be read by any number of threads while one appends.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace honeyhive::server {

class File {
 public:
  virtual ~File() = default;

  // All of `bytes`, at the end. After an error any prefix may be there.
  virtual core::Result<void> append(std::string_view bytes) = 0;

  // Fewer bytes than `length` only at the end of the file.
  virtual core::Result<std::string> read(std::uint64_t offset, std::size_t length) = 0;

  // When it returns, everything appended so far survives a loss of power; after an error nobody
  // knows, and trying again does not help (the kernel forgets which pages it failed to write).
  virtual core::Result<void> sync() = 0;

  virtual core::Result<void> truncate(std::uint64_t length) = 0;
  virtual core::Result<std::uint64_t> size() = 0;
};

// Held as long as it lives; the system drops it when the process ends.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

class FileSystem {
 public:
  enum class Mode {
    create,  // must not exist; appended to and read; gone after a crash until its directory is
             // synced
    append,  // exists; appended to, truncated and read
    read,
  };

  virtual ~FileSystem() = default;

  virtual core::Result<std::unique_ptr<File>> open(const std::string& path, Mode mode) = 0;

  // The names (not paths) of the files in `directory`, in no order.
  virtual core::Result<std::vector<std::string>> list(const std::string& directory) = 0;

  // With its parents, for the owner only (0700). Fine if it is there. Gone after a crash, with all
  // that is in it, until the directory above it is synced.
  virtual core::Result<void> make_directory(const std::string& path) = 0;

  virtual core::Result<void> rename(const std::string& from, const std::string& to) = 0;
  virtual core::Result<void> remove(const std::string& path) = 0;

  // Makes creations, renames and removals in `path` durable. Nothing for a directory that may not
  // be read: whoever may not has made nothing in it.
  virtual core::Result<void> sync_directory(const std::string& path) = 0;

  // Error: `unavailable` if another process or another lock of this one holds it.
  virtual core::Result<std::unique_ptr<FileLock>> lock(const std::string& path) = 0;
};

// Of "/a/b" it is "/a", of "a" it is ".", of "/" and "." themselves.
std::string parent_directory(const std::string& path);

// The system's own files. Lives as long as the process.
FileSystem& posix_file_system();

}  // namespace honeyhive::server
