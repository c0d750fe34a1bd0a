#include "fakes/loopback_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <thread>

namespace honeyhive::fakes {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return out;
}

void send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

// What arrives on one connection, read up to a mark or by count.
class Input {
 public:
  explicit Input(int socket) : socket_(socket) {}

  // Up to and without "\r\n", which is taken too. Nothing at the end of the stream.
  std::optional<std::string> line() {
    for (std::size_t from = 0;;) {
      const auto end = buffer_.find("\r\n", from);
      if (end != buffer_.npos) {
        std::string text = buffer_.substr(0, end);
        buffer_.erase(0, end + 2);
        return text;
      }
      from = buffer_.empty() ? 0 : buffer_.size() - 1;
      if (!more()) return std::nullopt;
    }
  }

  std::optional<std::string> bytes(std::size_t count) {
    while (buffer_.size() < count) {
      if (!more()) return std::nullopt;
    }
    std::string text = buffer_.substr(0, count);
    buffer_.erase(0, count);
    return text;
  }

 private:
  bool more() {
    std::array<char, 64 << 10> piece;
    const ssize_t count = ::recv(socket_, piece.data(), piece.size(), 0);
    if (count <= 0) return false;
    buffer_.append(piece.data(), static_cast<std::size_t>(count));
    return true;
  }

  int socket_;
  std::string buffer_;
};

std::optional<std::string> read_chunks(Input& input) {
  std::string body;
  for (;;) {
    const auto size_line = input.line();
    if (!size_line) return std::nullopt;
    const std::size_t size = std::stoul(*size_line, nullptr, 16);
    const auto chunk = input.bytes(size);
    if (!chunk || !input.line()) return std::nullopt;
    if (size == 0) return body;
    body += *chunk;
  }
}

// The request without its body.
std::optional<ReceivedRequest> read_head(Input& input) {
  const auto first = input.line();
  if (!first) return std::nullopt;
  ReceivedRequest request;
  const auto method_end = first->find(' ');
  const auto target_end = first->rfind(' ');
  if (method_end == first->npos || target_end <= method_end) return std::nullopt;
  request.method = first->substr(0, method_end);
  request.target = first->substr(method_end + 1, target_end - method_end - 1);
  for (;;) {
    const auto text = input.line();
    if (!text) return std::nullopt;
    if (text->empty()) break;
    const auto colon = text->find(':');
    if (colon == text->npos) return std::nullopt;
    const auto value = text->find_first_not_of(' ', colon + 1);
    request.headers.emplace_back(lower(text->substr(0, colon)),
                                 value == text->npos ? "" : text->substr(value));
  }
  return request;
}

bool read_body(Input& input, ReceivedRequest& request) {
  const std::string length = request.header("content-length");
  auto body = request.header("transfer-encoding") == "chunked"
                  ? read_chunks(input)
                  : input.bytes(length.empty() ? 0 : std::stoul(length));
  if (body) request.body = std::move(*body);
  return body.has_value();
}

std::string encode(const Reply& reply) {
  if (reply.raw) return *reply.raw;
  std::string text = "HTTP/1.1 " + std::to_string(reply.status) + " Scripted\r\n";
  for (const std::string& header : reply.headers) text += header + "\r\n";
  return text + "Content-Length: " + std::to_string(reply.body.size()) + "\r\n\r\n" + reply.body;
}

}  // namespace

void Latch::open() {
  const std::lock_guard lock(mutex_);
  is_open_ = true;
  changed_.notify_all();
}

void Latch::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return is_open_; });
}

std::string ReceivedRequest::header(std::string_view lower_case_name) const {
  for (const auto& [name, value] : headers) {
    if (name == lower_case_name) return value;
  }
  return {};
}

Reply Reply::bytes(std::string text) {
  Reply reply;
  reply.raw = std::move(text);
  return reply;
}

Reply Reply::never() {
  Reply reply;
  reply.is_silent = true;
  return reply;
}

Reply Reply::hang_up() {
  Reply reply;
  reply.is_silent = true;
  reply.hangs_up = true;
  return reply;
}

Reply Reply::held(std::shared_ptr<Latch> latch, int status) {
  Reply reply;
  reply.status = status;
  reply.released_by = std::move(latch);
  return reply;
}

struct LoopbackServer::State {
  int listener = -1;
  std::uint16_t port = 0;
  std::thread acceptor;

  mutable std::mutex mutex;
  mutable std::condition_variable changed;
  Script script;
  std::optional<Reply> early;
  std::vector<ReceivedRequest> requests;
  std::vector<std::shared_ptr<Latch>> latches;  // that someone may wait for
  std::vector<int> sockets;                     // open until the thread has ended
  std::vector<std::thread> threads;
  int connections = 0;
  int unanswered = 0;
  int most_unanswered = 0;
  bool is_stopping = false;

  void listen_anywhere();
  void accept_all();
  void serve(int socket, int connection);
  Reply answer(ReceivedRequest request);
  std::optional<Reply> early_reply() const {
    const std::lock_guard lock(mutex);
    return early;
  }
};

void LoopbackServer::State::listen_anywhere() {
  listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (listener < 0 || ::bind(listener, generic, size) != 0 || ::listen(listener, 128) != 0 ||
      ::getsockname(listener, generic, &size) != 0) {
    throw std::runtime_error("no loopback socket");
  }
  port = ntohs(address.sin_port);
}

void LoopbackServer::State::accept_all() {
  for (;;) {
    const int socket = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    const std::lock_guard lock(mutex);
    if (socket < 0 || is_stopping) {
      if (socket >= 0) ::close(socket);
      return;
    }
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockets.push_back(socket);
    threads.emplace_back([this, socket, number = ++connections] { serve(socket, number); });
  }
}

// Records the request and gets the script's reply, once it may be sent.
Reply LoopbackServer::State::answer(ReceivedRequest request) {
  Script current;
  {
    const std::lock_guard lock(mutex);
    request.number = static_cast<int>(requests.size()) + 1;
    requests.push_back(request);
    most_unanswered = std::max(most_unanswered, ++unanswered);
    current = script;
    changed.notify_all();
  }
  Reply reply = current(request);
  if (reply.released_by) {
    {
      const std::lock_guard lock(mutex);
      latches.push_back(reply.released_by);
      if (is_stopping) reply.released_by->open();
    }
    reply.released_by->wait();
  }
  const std::lock_guard lock(mutex);
  if (!reply.is_silent || reply.hangs_up) --unanswered;
  return reply;
}

void LoopbackServer::State::serve(int socket, int connection) {
  Input input(socket);
  while (auto request = read_head(input)) {
    if (const auto reply = early_reply()) {
      send_all(socket, encode(*reply));
      ::shutdown(socket, SHUT_WR);
      while (input.bytes(1)) continue;  // closing with unread bytes would destroy the answer
      break;
    }
    if (!read_body(input, *request)) break;
    request->connection = connection;
    const Reply reply = answer(std::move(*request));
    if (!reply.is_silent) send_all(socket, encode(reply));
    if (reply.hangs_up) break;
  }
  ::shutdown(socket, SHUT_RDWR);  // closed by the destructor: its number is not used again before
}

LoopbackServer::LoopbackServer() : LoopbackServer([](const ReceivedRequest&) { return Reply{}; }) {}

LoopbackServer::LoopbackServer(Script script) : state_(std::make_unique<State>()) {
  state_->script = std::move(script);
  state_->listen_anywhere();
  state_->acceptor = std::thread([this] { state_->accept_all(); });
}

LoopbackServer::~LoopbackServer() {
  std::vector<std::thread> threads;
  {
    const std::lock_guard lock(state_->mutex);
    state_->is_stopping = true;
    ::shutdown(state_->listener, SHUT_RDWR);
    for (const int socket : state_->sockets) ::shutdown(socket, SHUT_RDWR);
    for (const auto& latch : state_->latches) latch->open();
    threads.swap(state_->threads);
  }
  state_->acceptor.join();
  for (std::thread& thread : threads) thread.join();
  for (const int socket : state_->sockets) ::close(socket);
  ::close(state_->listener);
}

std::uint16_t LoopbackServer::port() const noexcept { return state_->port; }

std::string LoopbackServer::url(std::string_view path) const {
  return "http://127.0.0.1:" + std::to_string(state_->port) + std::string(path);
}

void LoopbackServer::set_script(Script script) {
  const std::lock_guard lock(state_->mutex);
  state_->script = std::move(script);
}

void LoopbackServer::refuse_early(Reply reply) {
  const std::lock_guard lock(state_->mutex);
  state_->early = std::move(reply);
}

std::vector<ReceivedRequest> LoopbackServer::requests() const {
  const std::lock_guard lock(state_->mutex);
  return state_->requests;
}

int LoopbackServer::connections() const {
  const std::lock_guard lock(state_->mutex);
  return state_->connections;
}

int LoopbackServer::most_requests_at_once() const {
  const std::lock_guard lock(state_->mutex);
  return state_->most_unanswered;
}

bool LoopbackServer::wait_for_requests(int count, std::chrono::milliseconds patience) const {
  std::unique_lock lock(state_->mutex);
  return state_->changed.wait_for(
      lock, patience, [&] { return static_cast<int>(state_->requests.size()) >= count; });
}

void LoopbackServer::drop_connections() {
  const std::lock_guard lock(state_->mutex);
  for (const int socket : state_->sockets) ::shutdown(socket, SHUT_RDWR);
}

}  // namespace honeyhive::fakes
