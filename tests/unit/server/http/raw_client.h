#pragma once

// A TCP client that sends exactly the bytes it is told to, and reads answers one by one.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

namespace honeyhive::server::testing {

struct Answer {
  int status = 0;  // 0: the connection ended before an answer was complete
  std::string head;
  std::string body;

  // Of a header field, as our server writes it: "Name: value".
  std::string field(std::string_view name) const {
    const std::size_t at = head.find("\r\n" + std::string(name) + ": ");
    if (at == std::string::npos) return {};
    const std::size_t value = at + name.size() + 4;
    return head.substr(value, head.find("\r\n", value) - value);
  }
};

class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    is_connected_ =
        ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  RawClient(RawClient&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)),
        is_connected_(other.is_connected_),
        buffer_(std::move(other.buffer_)) {}
  RawClient& operator=(RawClient&&) = delete;
  ~RawClient() { close(); }

  bool is_connected() const { return is_connected_; }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  void end_sending() { ::shutdown(fd_, SHUT_WR); }

  // False if the server has closed.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  // The next answer; `has_body` false for answers to HEAD.
  Answer read(bool has_body = true) {
    Answer answer;
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
      if (!receive()) return answer;
    }
    answer.head = buffer_.substr(0, end + 4);
    buffer_.erase(0, end + 4);
    const std::string length = answer.field("Content-Length");
    const std::size_t bytes = has_body ? std::strtoull(length.c_str(), nullptr, 10) : 0;
    while (buffer_.size() < bytes) {
      if (!receive()) return answer;
    }
    answer.body = buffer_.substr(0, bytes);
    buffer_.erase(0, bytes);
    answer.status = std::atoi(answer.head.c_str() + 9);
    return answer;
  }

  Answer ask(std::string_view request) {
    send(request);
    return read();
  }

  // Reads until `text` has come; returns everything up to its end, "" if the connection ends first.
  std::string read_until(std::string_view text) {
    for (;;) {
      const std::size_t at = buffer_.find(text);
      if (at != std::string::npos) {
        std::string all = buffer_.substr(0, at + text.size());
        buffer_.erase(0, at + text.size());
        return all;
      }
      if (!receive()) return {};
    }
  }

  // Some of what has come, thrown away; how much. 0: the connection has ended.
  std::size_t skip() {
    if (buffer_.empty()) receive();
    return std::exchange(buffer_, {}).size();
  }

  // Whether the server has ended the connection and nothing more came.
  bool is_ended() {
    while (receive()) {
    }
    return buffer_.empty() && !timed_out_;
  }

 private:
  bool receive() {
    pollfd waiting{fd_, POLLIN, 0};
    if (::poll(&waiting, 1, 20'000) <= 0) {
      timed_out_ = true;
      return false;
    }
    char bytes[65536];
    const ssize_t got = ::recv(fd_, bytes, sizeof bytes, 0);
    if (got <= 0) return false;
    buffer_.append(bytes, static_cast<std::size_t>(got));
    return true;
  }

  int fd_;
  bool is_connected_ = false;
  bool timed_out_ = false;
  std::string buffer_;
};

}  // namespace honeyhive::server::testing
