#include "server/http/token.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "core/descriptor.h"
#include "core/hex.h"
#include "core/json_writer.h"

namespace honeyhive::server {
namespace {

using Code = core::Error::Code;
using core::Descriptor;

constexpr std::size_t token_bytes = 32;
constexpr mode_t others = 077;

core::Error failed(const std::string& path, std::string_view what, int error) {
  return {Code::unavailable,
          path + ": " + std::string(what) + ": " + std::generic_category().message(error)};
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// The whole file, at most 4 KB; nullopt if it cannot be read.
std::optional<std::string> read_small(int fd) {
  std::array<char, 4096> buffer;
  const ssize_t got = ::read(fd, buffer.data(), buffer.size());
  if (got < 0) return {};
  return std::string(buffer.data(), static_cast<std::size_t>(got));
}

// Until the descriptor is closed, be it by the end of the process. A system without such locks goes
// on without: who asks learns nothing, and takes the server for one that runs.
void lock_whole(int fd) {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  ::fcntl(fd, F_OFD_SETLK, &lock);
}

// Old contents or new ones, never a part, also after a power cut; mode 0600. The file, which is
// locked before its name can be seen.
core::Result<Descriptor> write_atomically(const std::string& path, std::string_view text) {
  const std::string temporary = path + ".new";
  ::unlink(temporary.c_str());  // left by a crash
  Descriptor file(
      ::open(temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return failed(temporary, "cannot be made", errno);
  if (!write_all(file.get(), text) || ::fsync(file.get()) != 0) {
    return failed(temporary, "cannot be written", errno);
  }
  lock_whole(file.get());
  if (::rename(temporary.c_str(), path.c_str()) != 0) return failed(path, "cannot be made", errno);
  const Descriptor folder(
      ::open(path.substr(0, path.rfind('/')).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder || ::fsync(folder.get()) != 0) return failed(path, "cannot be synced", errno);
  return file;
}

core::Result<std::string> make_token(const std::string& path) {
  std::array<char, token_bytes> bytes;
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    return failed(path, "no random bytes for a token", errno);
  }
  const std::string token = core::to_hex({bytes.data(), bytes.size()});
  if (auto written = write_atomically(path, token + "\n"); !written) return written.error();
  return token;
}

core::Result<std::string> check_token(const std::string& path, int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return failed(path, "cannot be read", errno);
  if (!S_ISREG(status.st_mode) || status.st_uid != ::geteuid() || (status.st_mode & others) != 0) {
    return core::Error{Code::malformed_data,
                       path + ": others may read this token; delete the file to get a new one"};
  }
  std::string token = read_small(fd).value_or("");
  if (!token.empty() && token.back() == '\n') token.pop_back();
  std::array<std::uint8_t, token_bytes> ignored{};
  if (!core::parse_hex(token, ignored)) {
    return core::Error{Code::malformed_data,
                       path + ": not a token of 64 hex digits; delete the file to get a new one"};
  }
  return token;
}

core::Result<void> close_to_others(const std::string& folder, int fd) {
  std::error_code error;
  const bool is_ours =
      std::filesystem::exists(folder + "/token", error) || std::filesystem::is_empty(folder, error);
  if (!is_ours) {
    return core::Error{Code::unavailable,
                       folder +
                           ": other users may enter this folder and it holds other files; "
                           "give an empty or a new one"};
  }
  if (::fchmod(fd, 0700) != 0) return failed(folder, "cannot be closed to others", errno);
  return {};
}

}  // namespace

core::Result<void> prepare_data_folder(const std::string& folder) {
  std::error_code error;
  const std::filesystem::path parent = std::filesystem::path(folder).parent_path();
  if (!parent.empty()) std::filesystem::create_directories(parent, error);
  if (error) return failed(parent.string(), "cannot be made", error.value());
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return failed(folder, "cannot be made", errno);
  }
  const Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat status {};
  if (!opened || ::fstat(opened.get(), &status) != 0) {
    return failed(folder, "cannot be opened", errno);
  }
  if (status.st_uid != ::geteuid()) {
    return core::Error{Code::unavailable, folder + ": belongs to another user"};
  }
  if ((status.st_mode & others) != 0) {
    if (auto closed = close_to_others(folder, opened.get()); !closed) return closed;
  }
  if (::access(folder.c_str(), W_OK | X_OK) != 0) {
    return failed(folder, "cannot be written to", errno);
  }
  return {};
}

core::Result<std::string> load_or_make_token(const std::string& folder) {
  const std::string path = folder + "/token";
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (file) return check_token(path, file.get());
  if (errno == ENOENT) return make_token(path);
  return failed(path, "cannot be read", errno);
}

core::Result<ServerFile> ServerFile::write(const std::string& folder, std::string_view address,
                                           std::string_view version) {
  std::string text;
  core::JsonWriter json(text);
  json.begin_object().member("address", address);
  json.key("pid").integer(::getpid());
  json.member("version", version).end_object();
  text += '\n';
  const std::string path = folder + "/server.json";
  auto written = write_atomically(path, text);
  if (!written) return written.error();
  return ServerFile(path, *std::move(written));
}

ServerFile::ServerFile(std::string path, Descriptor file)
    : path_(std::move(path)), file_(std::move(file)) {}

ServerFile::ServerFile(ServerFile&& other) noexcept
    : path_(std::exchange(other.path_, {})), file_(std::move(other.file_)) {}

ServerFile::~ServerFile() {
  if (path_.empty()) return;
  struct stat ours {
  }, there{};
  if (::fstat(file_.get(), &ours) != 0 || ::lstat(path_.c_str(), &there) != 0) return;
  if (ours.st_dev == there.st_dev && ours.st_ino == there.st_ino) ::unlink(path_.c_str());
}

}  // namespace honeyhive::server
