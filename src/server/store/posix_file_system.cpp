#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "core/descriptor.h"
#include "server/store/file_system.h"

namespace honeyhive::server {
namespace {

using core::Descriptor;
using core::Error;
using core::Result;

Error system_error(std::string_view what, const std::string& path) {
  const int code = errno;
  std::string message(what);
  message += ' ';
  message += path;
  message += ": ";
  message += std::generic_category().message(code);
  return {code == ENOENT ? Error::Code::not_found : Error::Code::unavailable, std::move(message)};
}

class PosixFile final : public File {
 public:
  PosixFile(Descriptor descriptor, std::string path)
      : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

  Result<void> append(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_.get(), bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return system_error("cannot write", path_);
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
  }

  Result<std::string> read(std::uint64_t offset, std::size_t length) override {
    std::string bytes(length, '\0');
    std::size_t have = 0;
    while (have < length) {
      const ssize_t got = ::pread(descriptor_.get(), bytes.data() + have, length - have,
                                  static_cast<off_t>(offset + have));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return system_error("cannot read", path_);
      if (got == 0) break;
      have += static_cast<std::size_t>(got);
    }
    bytes.resize(have);
    return bytes;
  }

  Result<void> sync() override {
    if (::fdatasync(descriptor_.get()) != 0) return system_error("cannot sync", path_);
    return {};
  }

  Result<void> truncate(std::uint64_t length) override {
    if (::ftruncate(descriptor_.get(), static_cast<off_t>(length)) != 0) {
      return system_error("cannot truncate", path_);
    }
    return {};
  }

  Result<std::uint64_t> size() override {
    struct stat status {};
    if (::fstat(descriptor_.get(), &status) != 0) return system_error("cannot examine", path_);
    return static_cast<std::uint64_t>(status.st_size);
  }

 private:
  Descriptor descriptor_;
  std::string path_;
};

class PosixLock final : public FileLock {
 public:
  explicit PosixLock(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

 private:
  Descriptor descriptor_;
};

bool is_directory(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

class PosixFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path, Mode mode) override {
    int flags = O_CLOEXEC | O_NOFOLLOW;
    flags |= mode == Mode::read ? O_RDONLY : O_RDWR | O_APPEND;
    if (mode == Mode::create) flags |= O_CREAT | O_EXCL;
    Descriptor descriptor(::open(path.c_str(), flags, 0600));
    if (!descriptor) return system_error("cannot open", path);
    return std::unique_ptr<File>(std::make_unique<PosixFile>(std::move(descriptor), path));
  }

  Result<std::vector<std::string>> list(const std::string& directory) override {
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(directory.c_str()), &::closedir);
    if (!stream) return system_error("cannot list", directory);
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = ::readdir(stream.get())) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
    }
    if (errno != 0) return system_error("cannot list", directory);
    return names;
  }

  Result<void> make_directory(const std::string& path) override {
    if (is_directory(path)) return {};
    const std::string parent = parent_directory(path);
    if (parent != path) {
      if (auto made = make_directory(parent); !made) return made;
    }
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
      return system_error("cannot create", path);
    }
    return {};
  }

  Result<void> rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return system_error("cannot rename", from);
    return {};
  }

  Result<void> remove(const std::string& path) override {
    if (::unlink(path.c_str()) != 0) return system_error("cannot remove", path);
    return {};
  }

  Result<void> sync_directory(const std::string& path) override {
    const Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!descriptor && errno == EACCES) return {};
    if (!descriptor) return system_error("cannot open", path);
    // Some file systems have nothing to sync here and say EINVAL.
    if (::fsync(descriptor.get()) != 0 && errno != EINVAL) return system_error("cannot sync", path);
    return {};
  }

  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override {
    Descriptor descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!descriptor) return system_error("cannot open", path);
    if (::flock(descriptor.get(), LOCK_EX | LOCK_NB) != 0) return system_error("cannot lock", path);
    return std::unique_ptr<FileLock>(std::make_unique<PosixLock>(std::move(descriptor)));
  }
};

}  // namespace

std::string parent_directory(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

FileSystem& posix_file_system() {
  static PosixFileSystem files;
  return files;
}

}  // namespace honeyhive::server
