// The sink: an HTTP server on loopback that answers 200 to everything, at once or later, and counts
// starts of sessions and the spans of OTLP requests, by a walk of its own over the protobuf
// framing.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>

#include "process.h"

namespace honeyhive::bench {
namespace {

std::atomic<unsigned long long> spans, requests, bytes, malformed, starts;
std::chrono::milliseconds answer_after;  // set before the first connection

bool take_varint(std::string_view& in, std::uint64_t& value) {
  value = 0;
  for (int shift = 0; !in.empty() && shift < 64; shift += 7) {
    const auto byte = static_cast<unsigned char>(in.front());
    in.remove_prefix(1);
    value |= std::uint64_t{byte & 127U} << shift;
    if (byte < 128) return true;
  }
  return false;
}

// Calls `visit` with each message that is field `wanted` of `in`; false if the framing is broken.
template <typename Visit>
bool each_message(std::string_view in, std::uint64_t wanted, Visit visit) {
  while (!in.empty()) {
    std::uint64_t tag = 0, size = 0;
    if (!take_varint(in, tag)) return false;
    switch (tag & 7) {
      case 0:
        if (!take_varint(in, size)) return false;
        continue;
      case 1:
        size = 8;
        break;
      case 2:
        if (!take_varint(in, size)) return false;
        break;
      case 5:
        size = 4;
        break;
      default:
        return false;
    }
    if (size > in.size()) return false;
    if ((tag & 7) == 2 && tag >> 3 == wanted && !visit(in.substr(0, size))) return false;
    in.remove_prefix(size);
  }
  return true;
}

// Each span must be whole, with one trace id of 16 bytes.
bool count_span(std::string_view span) {
  int ids = 0;
  if (!each_message(span, 1, [&](std::string_view id) {
        ++ids;
        return id.size() == 16;
      })) {
    return false;
  }
  spans.fetch_add(1, std::memory_order_relaxed);
  return ids == 1;
}

bool count_spans(std::string_view request) {
  return each_message(request, 1, [](std::string_view resource_spans) {
    return each_message(resource_spans, 2, [](std::string_view scope_spans) {
      return each_message(scope_spans, 2, count_span);
    });
  });
}

// The value of a header; "" if it is not there.
std::string_view header(std::string_view head, std::string_view name) {
  while (true) {
    const auto end = head.find("\r\n");
    if (end == head.npos) return {};
    head.remove_prefix(end + 2);
    if (head.size() > name.size() && strncasecmp(head.data(), name.data(), name.size()) == 0) {
      std::string_view value = head.substr(name.size(), head.find("\r\n") - name.size());
      value.remove_prefix(value.find_first_not_of(": "));
      return value;
    }
  }
}

class Connection {
 public:
  explicit Connection(int socket) : socket_(socket), buffer_(2 << 20, '\0') {}
  ~Connection() { close(socket_); }

  void serve() {
    const int on = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    while (serve_request()) continue;
  }

 private:
  std::string_view received() const { return std::string_view(buffer_).substr(0, size_); }

  bool receive() {
    if (size_ == buffer_.size()) buffer_.resize(buffer_.size() * 2);
    const ssize_t count = recv(socket_, buffer_.data() + size_, buffer_.size() - size_, 0);
    if (count <= 0) return false;
    size_ += static_cast<std::size_t>(count);
    return true;
  }

  bool answer(std::string_view text) {
    return send(socket_, text.data(), text.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(text.size());
  }

  bool serve_request() {
    std::size_t head_bytes = 0;
    while ((head_bytes = received().find("\r\n\r\n")) == std::string_view::npos) {
      if (!receive()) return false;
    }
    head_bytes += 4;
    const std::string_view head = received().substr(0, head_bytes);
    std::size_t body_bytes = 0;
    const std::string_view length = header(head, "content-length");
    std::from_chars(length.data(), length.data() + length.size(), body_bytes);
    const bool is_trace = header(head, "content-type") == "application/x-protobuf";
    if (!header(head, "expect").empty() && !answer("HTTP/1.1 100 Continue\r\n\r\n")) return false;
    while (size_ < head_bytes + body_bytes) {
      if (!receive()) return false;
    }
    if (answer_after.count() > 0) std::this_thread::sleep_for(answer_after);
    requests.fetch_add(1, std::memory_order_relaxed);
    if (head.starts_with("POST /session/start ")) starts.fetch_add(1, std::memory_order_relaxed);
    bytes.fetch_add(body_bytes, std::memory_order_relaxed);
    if (is_trace && !count_spans(received().substr(head_bytes, body_bytes))) ++malformed;
    const std::size_t used = head_bytes + body_bytes;
    std::memmove(buffer_.data(), buffer_.data() + used, size_ - used);
    size_ -= used;
    return answer(is_trace ? "HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\n"
                             "Content-Length: 0\r\n\r\n"
                           : "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                             "Content-Length: 2\r\n\r\n{}");
  }

  int socket_;
  std::string buffer_;
  std::size_t size_ = 0;  // bytes received and not used yet
};

int listen_on_loopback(std::uint16_t& port) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (listener < 0 || bind(listener, generic, size) != 0 || listen(listener, 128) != 0 ||
      getsockname(listener, generic, &size) != 0) {
    return -1;
  }
  port = ntohs(address.sin_port);
  return listener;
}

}  // namespace

int run_sink(int answer_ms) {
  answer_after = std::chrono::milliseconds(answer_ms);
  std::uint16_t port = 0;
  const int listener = listen_on_loopback(port);
  if (listener < 0) return 1;
  std::printf("%u\n", static_cast<unsigned>(port));
  std::fflush(stdout);
  std::thread([listener] {
    for (int socket = 0; (socket = accept(listener, nullptr, nullptr)) >= 0;) {
      std::thread([socket] { Connection(socket).serve(); }).detach();
    }
  }).detach();
  for (char c = 0; read(STDIN_FILENO, &c, 1) > 0;) continue;
  std::printf("%llu %llu %llu %llu %llu\n", spans.load(), requests.load(), bytes.load(),
              malformed.load(), starts.load());
  std::fflush(stdout);
  _exit(0);  // connections may still be open
}

}  // namespace honeyhive::bench
