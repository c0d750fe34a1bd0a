#pragma once

// A file descriptor that is closed with its owner.

#include <unistd.h>

#include <utility>

namespace honeyhive::core {

class Descriptor {
 public:
  explicit Descriptor(int fd) noexcept : fd_(fd) {}  // negative: none
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }

  int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }

 private:
  int fd_;
};

}  // namespace honeyhive::core
