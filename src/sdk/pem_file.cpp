#include "sdk/pem_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <system_error>

#include "core/descriptor.h"
#include "core/limits.h"

namespace honeyhive::sdk {
namespace {

std::string unreadable(int error) {
  return "cannot be read (" + std::generic_category().message(error) + "); name a readable file";
}

// The content; what is wrong goes to `problem`.
std::string content_of(const std::string& path, std::string& problem) {
  // A pipe would keep the program waiting.
  const core::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0) {
    problem = unreadable(errno);
    return {};
  }
  const auto bytes = static_cast<std::size_t>(status.st_size);
  if (!S_ISREG(status.st_mode) || bytes > core::limits::pem_file_bytes) {
    problem = S_ISREG(status.st_mode) ? "is larger than 4 MiB; name a file in PEM form"
                                      : "is no file; name one in PEM form";
    return {};
  }
  std::string content(bytes, '\0');
  std::size_t size = 0;
  while (size < bytes) {
    const ssize_t count = ::read(file.get(), content.data() + size, bytes - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) problem = unreadable(errno);
    if (count <= 0) break;
    size += static_cast<std::size_t>(count);
  }
  content.resize(size);
  return content;
}

}  // namespace

std::string problem_of_pem_file(const std::string& path, PemContent wanted) {
  std::string problem;
  const std::string content = content_of(path, problem);
  if (!problem.empty()) return problem;
  const auto holds = [&](std::string_view text) { return content.find(text) != content.npos; };
  if (wanted != PemContent::private_key && !holds("CERTIFICATE-----")) {
    return "holds no certificate in PEM form; name a file with -----BEGIN CERTIFICATE-----";
  }
  if (wanted == PemContent::certificate) return {};
  if (!holds("PRIVATE KEY-----")) {
    return "holds no private key in PEM form; name a file with -----BEGIN PRIVATE KEY-----";
  }
  // There is nobody to ask for the passphrase.
  if (holds("ENCRYPTED PRIVATE KEY-----") || holds("Proc-Type: 4,ENCRYPTED")) {
    return "holds an encrypted private key; store it without a passphrase, readable by its user "
           "only";
  }
  return {};
}

}  // namespace honeyhive::sdk
