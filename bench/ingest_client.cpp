#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "ingest.h"
#include "workload.h"

namespace honeyhive::bench {
namespace {

class Connection {
 public:
  explicit Connection(std::uint16_t port) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      close(socket_);
      throw std::runtime_error("cannot connect to the server");
    }
    const int on = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  ~Connection() { close(socket_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // The status of the answer.
  int post(const std::string& body, IngestEncoding encoding) {
    const bool is_json = encoding == IngestEncoding::json;
    std::string head =
        std::string("POST /v1/traces HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/") +
        (is_json ? "json" : "x-protobuf") +
        "\r\nContent-Encoding: gzip\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
    send_all(head, MSG_MORE);
    send_all(body, 0);
    return read_answer(is_json ? std::string_view("{}").size() : 0);
  }

 private:
  void send_all(std::string_view bytes, int flags) {
    while (!bytes.empty()) {
      const ssize_t sent = send(socket_, bytes.data(), bytes.size(), flags | MSG_NOSIGNAL);
      if (sent <= 0) throw std::runtime_error("the server hung up");
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  void receive() {
    char piece[4096];
    const ssize_t count = recv(socket_, piece, sizeof piece, 0);
    if (count <= 0) throw std::runtime_error("the server hung up");
    input_.append(piece, static_cast<std::size_t>(count));
  }

  // `success_bytes`: of the body of an answer to a request of which all was taken.
  int read_answer(std::size_t success_bytes) {
    std::size_t head_bytes = 0;
    while ((head_bytes = input_.find("\r\n\r\n")) == input_.npos) receive();
    head_bytes += 4;
    int status = 0;
    std::from_chars(input_.data() + 9, input_.data() + 12, status);
    std::size_t body_bytes = 0;
    if (const auto at = input_.find("Content-Length: "); at < head_bytes) {
      std::from_chars(input_.data() + at + 16, input_.data() + head_bytes, body_bytes);
    }
    while (input_.size() < head_bytes + body_bytes) receive();
    input_.erase(0, head_bytes + body_bytes);
    // An answer with more is a partial success: something was not taken.
    return status == 200 && body_bytes > success_bytes ? 206 : status;
  }

  int socket_;
  std::string input_;
};

}  // namespace

IngestTimes send_load(const IngestLoad& load, std::uint16_t port, std::size_t connections) {
  IngestTimes times;
  times.answer_seconds.resize(load.requests.size());
  std::atomic<std::size_t> next{0}, refused{0};
  std::mutex mutex;
  std::exception_ptr failure;
  const auto work = [&] {
    try {
      Connection connection(port);
      for (std::size_t i = 0; (i = next.fetch_add(1)) < load.requests.size();) {
        const std::int64_t begin = clock_ns(CLOCK_MONOTONIC);
        if (connection.post(load.requests[i], load.encoding) != 200) ++refused;
        times.answer_seconds[i] = static_cast<double>(clock_ns(CLOCK_MONOTONIC) - begin) / 1e9;
      }
    } catch (...) {
      const std::scoped_lock lock(mutex);
      failure = std::current_exception();
    }
  };
  const std::int64_t begin = clock_ns(CLOCK_MONOTONIC);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < connections; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  times.wall_seconds = static_cast<double>(clock_ns(CLOCK_MONOTONIC) - begin) / 1e9;
  times.refused = refused;
  if (failure) std::rethrow_exception(failure);
  return times;
}

}  // namespace honeyhive::bench
