#include "server/http/listener.h"

#include <utility>  // Boost 1.74 under gcc 12 needs it first
// clang-format off
#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
// clang-format on

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <vector>

#include "core/log.h"
#include "server/http/sse.h"

namespace honeyhive::server {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;
using Strand = asio::strand<asio::io_context::executor_type>;
using Socket = asio::basic_stream_socket<asio::ip::tcp, Strand>;
using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Strand>;
using Timer = asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Strand>;

constexpr std::size_t read_bytes = 64 << 10;
constexpr std::size_t max_lingering = 64;      // connections above the limit that are told so
constexpr auto never = std::chrono::hours(1);  // looked at again then

// A Beast body that keeps nothing: its pieces go to the exchange.
struct ExchangeBody {
  struct value_type {
    Exchange* exchange = nullptr;
  };
  class reader {
   public:
    template <bool IsRequest, class Fields>
    reader(http::header<IsRequest, Fields>&, value_type& body) : exchange_(body.exchange) {}
    void init(const boost::optional<std::uint64_t>&, error_code& ec) { ec = {}; }
    template <class Buffers>
    std::size_t put(const Buffers& buffers, error_code& ec) {
      std::size_t taken = 0;
      for (auto piece : beast::buffers_range_ref(buffers)) {
        if (!exchange_->append({static_cast<const char*>(piece.data()), piece.size()})) {
          ec = http::error::body_limit;
          return taken;
        }
        taken += piece.size();
      }
      ec = {};
      return taken;
    }
    void finish(error_code& ec) { ec = {}; }

   private:
    Exchange* exchange_;
  };
};
using Parser = http::request_parser<ExchangeBody>;

std::string_view to_view(beast::string_view text) { return {text.data(), text.size()}; }

Request to_request(const Parser& parser, const std::string& peer) {
  Request request;
  request.method = to_view(parser.get().method_string());
  request.peer = peer;
  for (const auto& field : parser.get()) {
    Header header{std::string(to_view(field.name_string())), std::string(to_view(field.value()))};
    for (char& c : header.name) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    request.headers.push_back(std::move(header));
  }
  return request;
}

BodyHead to_body_head(const Parser& parser) {
  BodyHead body;
  const auto coding = parser.get().find(http::field::transfer_encoding);
  body.has_unknown_coding =
      coding != parser.get().end() && !beast::iequals(coding->value(), "chunked");
  if (const auto length = parser.content_length()) body.length = *length;
  body.has_body = !parser.is_done() || body.has_unknown_coding;
  body.expects_continue = parser.get().version() >= 11 &&
                          beast::iequals(parser.get()[http::field::expect], "100-continue");
  return body;
}

Response parse_failure(const error_code& ec) {
  if (ec == http::error::header_limit || ec == http::error::buffer_overflow) {
    return error_response(431, "the request's head is too large");
  }
  if (ec == http::error::partial_message) {
    return error_response(400, "the request ended before it was complete");
  }
  return error_response(400, "malformed HTTP: " + ec.message());
}

}  // namespace

// What connections share. Answers in flight keep it alive; so the order of members matters: the
// context goes first, with all that it still holds.
struct Listener::Core : std::enable_shared_from_this<Core> {
  Core(const ListenerOptions& listener_options, Service& its_service)
      : options(listener_options), service(its_service) {}

  error_code listen();
  void accept();
  void add(Socket socket);
  void remove(Connection* connection);
  void run();
  bool wait_until_empty(std::chrono::milliseconds at_most);
  std::vector<std::shared_ptr<Connection>> open_connections();

  const ListenerOptions options;
  Service& service;
  std::mutex mutex;
  std::condition_variable is_empty;
  std::unordered_map<Connection*, std::weak_ptr<Connection>> connections;
  std::atomic<bool> is_stopping{false};
  asio::io_context context;
  Acceptor acceptor{asio::make_strand(context)};
  Timer accept_again{acceptor.get_executor()};
  std::uint16_t port = 0;
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  std::vector<std::thread> threads;
};

// One client. All of it runs on the strand of its socket. While it is open its timer waits, and
// that keeps it alive: a pending answer holds it only weakly.
class Listener::Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Core& core, Socket socket)
      : core_(core), socket_(std::move(socket)), timer_(socket_.get_executor()) {
    buffer_.reserve(read_bytes);
  }
  ~Connection() { core_.remove(this); }

  void start(bool is_refused);
  void stop();   // any thread: ends the connection, after the answer it is busy with
  void abort();  // any thread: ends it now

 private:
  enum class State : std::uint8_t { head, body, handling, writing, streaming, lingering };

  void read_head();
  void on_head(error_code ec);
  void read_body();
  void on_body(error_code ec);
  void handle();
  void answer(Response response);
  void refuse(Response response);
  void on_written(error_code ec);
  void stream();
  void write_events(std::string text);
  void watch_for_end();
  void linger();
  void discard();
  void close();
  void set_deadline(std::chrono::milliseconds after);
  void wait();
  void on_deadline();

  template <class Function>
  void on_strand(Function function) {
    asio::dispatch(
        socket_.get_executor(),
        [self = shared_from_this(), function = std::move(function)]() mutable { function(*self); });
  }

  Core& core_;
  Socket socket_;
  Timer timer_;
  Clock::time_point deadline_{};
  beast::flat_buffer buffer_{read_bytes};  // bounded: chunk headers and trailers, too
  std::optional<Exchange> exchange_;
  std::optional<Parser> parser_;
  std::string peer_;
  std::string head_;
  Response response_;
  std::size_t discarded_ = 0;
  State state_ = State::head;
  bool keeps_alive_ = false;
  bool timed_out_ = false;
  bool is_http_1_0_ = false;
  bool is_writing_ = false;  // while streaming
};

void Listener::Connection::start(bool is_refused) {
  error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  const auto endpoint = socket_.remote_endpoint(ignored);
  peer_ = endpoint.address().to_string() + ":" + std::to_string(endpoint.port());
  on_strand([is_refused](Connection& self) {
    self.set_deadline(self.core_.options.idle_time);
    self.wait();
    if (!is_refused) return self.read_head();
    self.refuse(retry_response(503, "too many connections are open", 1));
  });
}

void Listener::Connection::stop() {
  on_strand([](Connection& self) {
    if (self.state_ == State::head || self.state_ == State::lingering) return self.close();
    if (self.state_ == State::streaming && !self.is_writing_) self.linger();
  });
}

void Listener::Connection::abort() {
  on_strand([](Connection& self) { self.close(); });
}

void Listener::Connection::read_head() {
  if (core_.is_stopping) return close();
  state_ = State::head;
  exchange_.emplace(core_.service);
  parser_.emplace();
  parser_->get().body().exchange = &*exchange_;
  parser_->header_limit(static_cast<std::uint32_t>(core_.options.header_bytes));
  parser_->body_limit(boost::none);  // the exchange has the limits
  set_deadline(core_.options.idle_time);
  http::async_read_header(
      socket_, buffer_, *parser_,
      [self = shared_from_this()](error_code ec, std::size_t) { self->on_head(ec); });
}

void Listener::Connection::on_head(error_code ec) {
  if (timed_out_ && ec == asio::error::operation_aborted && parser_->got_some()) {
    return refuse(error_response(408, "the request's head did not arrive in time"));
  }
  if (ec && ec.category() != http::make_error_code(http::error::bad_method).category()) {
    return close();
  }
  if (ec == http::error::end_of_stream) return close();
  if (ec) return refuse(parse_failure(ec));
  const BodyHead body = to_body_head(*parser_);
  keeps_alive_ = parser_->get().keep_alive();
  is_http_1_0_ = parser_->get().version() < 11;
  if (!exchange_->begin(to_request(*parser_, peer_), to_view(parser_->get().target()), body)) {
    return refuse(exchange_->refusal());
  }
  if (!body.has_body) return handle();
  state_ = State::body;
  set_deadline(core_.options.body_time);
  if (!body.expects_continue) return read_body();
  static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
  asio::async_write(socket_, asio::buffer(go_on),
                    [self = shared_from_this()](error_code write_ec, std::size_t) {
                      write_ec ? self->close() : self->read_body();
                    });
}

void Listener::Connection::read_body() {
  http::async_read(socket_, buffer_, *parser_,
                   [self = shared_from_this()](error_code ec, std::size_t) { self->on_body(ec); });
}

void Listener::Connection::on_body(error_code ec) {
  if (!ec) return handle();
  if (timed_out_) return refuse(error_response(408, "the body did not arrive in time"));
  if (ec == http::error::body_limit) return refuse(exchange_->refusal());
  if (ec.category() != http::make_error_code(http::error::bad_method).category()) return close();
  refuse(parse_failure(ec));
}

void Listener::Connection::handle() {
  state_ = State::handling;
  set_deadline(never);
  exchange_->finish(
      Responder([core = core_.shared_from_this(), weak = weak_from_this()](Response response) {
        if (const auto self = weak.lock()) {
          self->on_strand([response = std::move(response)](Connection& connection) mutable {
            connection.answer(std::move(response));
          });
        }
      }));
}

// An answer to a request that was not read to its end.
void Listener::Connection::refuse(Response response) {
  keeps_alive_ = false;
  state_ = State::handling;
  answer(std::move(response));
}

void Listener::Connection::answer(Response response) {
  if (state_ != State::handling || !socket_.is_open()) return;
  if (core_.is_stopping || response.stream) keeps_alive_ = false;
  core_.service.metrics.count_request(exchange_ ? exchange_->route_index() : Metrics::no_route,
                                      response.status);
  response_ = std::move(response);
  head_ = response_head(response_, {.close = !keeps_alive_, .http_1_0 = is_http_1_0_});
  const bool has_body = !response_.stream && !(exchange_ && exchange_->is_head_request());
  const std::array<asio::const_buffer, 2> buffers = {
      asio::buffer(head_), has_body ? asio::buffer(response_.body) : asio::const_buffer()};
  state_ = State::writing;
  set_deadline(core_.options.idle_time);
  asio::async_write(socket_, buffers, [self = shared_from_this()](error_code ec, std::size_t) {
    self->on_written(ec);
  });
}

void Listener::Connection::on_written(error_code ec) {
  if (ec) return close();
  parser_.reset();
  exchange_.reset();  // gives its share of the budget back
  response_.body = {};
  if (response_.stream) return stream();
  keeps_alive_ ? read_head() : linger();
}

void Listener::Connection::stream() {
  state_ = State::streaming;
  response_.stream->on_ready([core = core_.shared_from_this(), weak = weak_from_this()] {
    if (const auto self = weak.lock()) {
      asio::post(self->socket_.get_executor(), [self] { self->write_events({}); });
    }
  });
  watch_for_end();
  write_events({});
}

// Writes what waits, after `text`; one write at a time.
void Listener::Connection::write_events(std::string text) {
  if (state_ != State::streaming || is_writing_) return;
  const bool is_last = response_.stream->is_closed() || core_.is_stopping;
  head_ = std::move(text) + response_.stream->take();
  if (head_.empty()) return is_last ? linger() : set_deadline(core_.options.heartbeat);
  is_writing_ = true;
  set_deadline(core_.options.idle_time);
  asio::async_write(socket_, asio::buffer(head_),
                    [self = shared_from_this()](error_code ec, std::size_t) {
                      self->is_writing_ = false;
                      ec ? self->close() : self->write_events({});
                    });
}

// A stream's client sends nothing more; the end of its side is the end of the stream.
void Listener::Connection::watch_for_end() {
  buffer_.consume(buffer_.size());
  socket_.async_read_some(buffer_.prepare(1024),
                          [self = shared_from_this()](error_code ec, std::size_t) {
                            if (self->state_ != State::streaming) return;
                            ec ? self->close() : self->watch_for_end();
                          });
}

// Closing while the client still sends would reset the connection and could destroy the answer on
// its way; so the rest is read for a moment.
void Listener::Connection::linger() {
  state_ = State::lingering;
  response_ = {};
  exchange_.reset();
  error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  socket_.cancel(ignored);  // a stream's watch
  set_deadline(core_.options.linger_time);
  discard();
}

void Listener::Connection::discard() {
  buffer_.consume(buffer_.size());
  socket_.async_read_some(
      buffer_.prepare(read_bytes), [self = shared_from_this()](error_code ec, std::size_t bytes) {
        self->discarded_ += bytes;
        const bool is_too_much = self->discarded_ > core::limits::encoded_body_bytes;
        ec || is_too_much ? self->close() : self->discard();
      });
}

void Listener::Connection::close() {
  error_code ignored;
  socket_.close(ignored);
  timer_.cancel();
}

void Listener::Connection::set_deadline(std::chrono::milliseconds after) {
  timed_out_ = false;
  deadline_ = Clock::now() + after;
  // Later deadlines leave the timer alone: it looks again when it fires.
  if (deadline_ < timer_.expiry()) timer_.expires_at(deadline_);
}

void Listener::Connection::wait() {
  if (timer_.expiry() <= Clock::now()) timer_.expires_at(deadline_);
  timer_.async_wait([self = shared_from_this()](error_code) {
    if (!self->socket_.is_open()) return;
    if (Clock::now() >= self->deadline_) self->on_deadline();
    if (self->socket_.is_open()) self->wait();
  });
}

void Listener::Connection::on_deadline() {
  if (state_ == State::streaming && !is_writing_) return write_events(": heartbeat\n\n");
  set_deadline(never);
  if (state_ == State::handling) return;
  if (state_ != State::head && state_ != State::body) return close();
  timed_out_ = true;
  error_code ignored;
  socket_.cancel(ignored);
}

error_code Listener::Core::listen() {
  error_code ec;
  const asio::ip::tcp::endpoint endpoint(asio::ip::make_address(options.address.host, ec),
                                         options.address.port);
  if (ec || acceptor.open(endpoint.protocol(), ec)) return ec;
  if (acceptor.set_option(asio::socket_base::reuse_address(true), ec)) return ec;
  if (acceptor.bind(endpoint, ec) ||
      acceptor.listen(asio::socket_base::max_listen_connections, ec)) {
    return ec;
  }
  port = acceptor.local_endpoint(ec).port();
  return ec;
}

void Listener::Core::accept() {
  acceptor.async_accept(asio::make_strand(context), [this](error_code ec, Socket socket) {
    if (is_stopping) return;
    if (!ec) {
      add(std::move(socket));
      return accept();
    }
    accept_again.expires_after(std::chrono::milliseconds(100));  // out of descriptors, mostly
    accept_again.async_wait([this](error_code) {
      if (!is_stopping) accept();
    });
  });
}

void Listener::Core::add(Socket socket) {
  const auto connection = std::make_shared<Connection>(*this, std::move(socket));
  bool is_refused = false;
  {
    const std::scoped_lock lock(mutex);
    is_refused = connections.size() >= options.connections;
    connections.emplace(connection.get(), connection);
    service.metrics.connections = connections.size();
    if (connections.size() > options.connections + max_lingering) is_refused = true;
  }
  if (is_refused) service.metrics.connections_refused.fetch_add(1);
  connection->start(is_refused);
}

void Listener::Core::remove(Connection* connection) {
  const std::scoped_lock lock(mutex);
  connections.erase(connection);
  service.metrics.connections = connections.size();
  if (connections.empty()) is_empty.notify_all();
}

std::vector<std::shared_ptr<Listener::Connection>> Listener::Core::open_connections() {
  std::vector<std::shared_ptr<Connection>> open;
  const std::scoped_lock lock(mutex);
  for (const auto& [key, weak] : connections) {
    if (auto connection = weak.lock()) open.push_back(std::move(connection));
  }
  return open;
}

bool Listener::Core::wait_until_empty(std::chrono::milliseconds at_most) {
  std::unique_lock lock(mutex);
  return is_empty.wait_for(lock, at_most, [this] { return connections.empty(); });
}

void Listener::Core::run() {
  for (;;) {
    try {
      context.run();
      return;
    } catch (const std::exception& error) {  // out of memory: that connection is gone
      core::log_line(core::LogLevel::error, std::string("connection lost: ") + error.what());
    }
  }
}

Listener::Listener(std::shared_ptr<Core> core) : core_(std::move(core)) {}
Listener::~Listener() { stop(); }
std::uint16_t Listener::port() const noexcept { return core_->port; }

core::Result<std::unique_ptr<Listener>> Listener::bind(const ListenerOptions& options,
                                                       Service& service) {
  auto core = std::make_shared<Core>(options, service);
  if (const error_code ec = core->listen()) {
    return core::Error{core::Error::Code::unavailable,
                       "cannot listen on " + options.address.host_text() + ":" +
                           std::to_string(options.address.port) + ": " + ec.message()};
  }
  return std::unique_ptr<Listener>(new Listener(std::move(core)));
}

void Listener::start() {
  const unsigned cores = std::max(2u, std::thread::hardware_concurrency());
  const unsigned count = core_->options.threads == 0 ? cores : core_->options.threads;
  asio::post(core_->acceptor.get_executor(), [this] { core_->accept(); });
  for (unsigned i = 0; i < count; ++i) {
    core_->threads.emplace_back([core = core_.get()] { core->run(); });
  }
}

void Listener::stop() {
  if (core_->is_stopping.exchange(true)) return;
  asio::post(core_->acceptor.get_executor(), [core = core_.get()] {
    error_code ignored;
    core->acceptor.close(ignored);
    core->accept_again.cancel();
  });
  for (const auto& connection : core_->open_connections()) connection->stop();
  if (!core_->wait_until_empty(core_->options.stop_time)) {
    for (const auto& connection : core_->open_connections()) connection->abort();
  }
  core_->work.reset();
  for (std::thread& thread : core_->threads) thread.join();
  core_->context.restart();
  core_->context.poll();  // what a last answer may have left behind
}

}  // namespace honeyhive::server
