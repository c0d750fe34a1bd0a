#include "server/http/connection.h"

#define BOOST_BEAST_USE_STD_STRING_VIEW
// clang-format off
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
// clang-format on

#include <array>
#include <atomic>
#include <optional>
#include <string>
#include <utility>

#include "server/http/sse.h"
#include "server/http/survives.h"

namespace honeyhive::server {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using std::chrono::milliseconds;

constexpr std::size_t read_bytes = 64 << 10;
constexpr auto never = std::chrono::hours(1);  // looked at again then
constexpr int most_time_outs = 3;              // beyond, what is read was lost: nothing ends it

// The body only passes through the parser, piece by piece, into the exchange.
using Parser = http::request_parser<http::basic_dynamic_body<beast::flat_buffer>>;

Request to_request(const Parser& parser) {
  Request request;
  request.method = parser.get().method_string();
  for (const auto& field : parser.get()) request.add_header(field.name_string(), field.value());
  return request;
}

// Whether the client can be told: what it sent is wrong, and not the connection's end.
bool is_http_error(const error_code& ec) {
  return ec != http::error::end_of_stream &&
         ec.category() == http::make_error_code(http::error::bad_method).category();
}

Response parse_failure(const error_code& ec) {
  if (ec == http::error::header_limit || ec == http::error::need_more) {
    return error_response(431, "the request's head is too large");
  }
  const bool is_cut = ec == http::error::partial_message;
  return error_response(400, "malformed HTTP: " + (is_cut ? "it ended too early" : ec.message()));
}

// One client; all of it runs on the strand of its socket. While it is open its timer waits, and
// that keeps it alive: a pending answer holds it only weakly.
class Connection final : public OpenConnection, public std::enable_shared_from_this<Connection> {
 public:
  Connection(ListenerCore& core, Socket socket)
      : core_(core), socket_(std::move(socket)), timer_(socket_.get_executor()) {
    buffer_.reserve(read_bytes);
    socket_.set_option(tcp::no_delay(true), ignored_);
  }
  ~Connection() override { core_.connections.remove(this); }

  void start(bool is_refused) override {
    on_strand([is_refused](Connection& self) {
      self.set_deadline(self.core_.options.idle_time);
      self.wait();
      if (!is_refused) return self.read_head();
      self.refuse(retry_response(503, "too many connections are open", 1));
    });
  }

  void stop() override {
    on_strand([](Connection& self) {
      if (self.state_ == State::head || self.state_ == State::lingering) self.close();
      if (self.state_ == State::streaming && !self.is_writing_) self.linger();
    });
  }
  void abort() override {
    on_strand([](Connection& self) { self.close(); });
  }
  void abort_if_lost() override {
    if (is_lost_.exchange(false) && !survives(lost, [this] { abort(); })) be_lost();
  }

 private:
  enum class State : std::uint8_t { head, body, handling, writing, streaming, lingering };

  // Memory that runs out ends this connection, and no other.
  void run(auto&& step) {
    if (!survives(lost, [&] { step(*this); })) close();
  }

  // Nothing would go on here. Takes no memory.
  void be_lost() noexcept {
    is_lost_ = true;
    core_.has_lost = true;
  }

  // Part of a handler that must run: it says when that is gone without.
  class Vital {
   public:
    explicit Vital(std::shared_ptr<Connection> self) : self_(std::move(self)) {}
    Vital(Vital&&) noexcept = default;
    Vital& operator=(Vital&&) = delete;
    ~Vital() {
      if (self_) self_->be_lost();
    }
    Connection& self() const { return *self_; }
    std::shared_ptr<Connection> take() { return std::move(self_); }

   private:
    std::shared_ptr<Connection> self_;
  };

  // From any thread; at once where that is the strand's.
  void on_strand(auto step) {
    socket_.get_executor().running_in_this_thread() ? run(step) : enter_strand(std::move(step));
  }

  // Later. By way of the context: a strand that finds no memory to enter it itself is stuck.
  void enter_strand(auto step) {
    asio::post(
        core_.context, [vital = Vital(shared_from_this()), step = std::move(step)]() mutable {
          auto strand = vital.self().socket_.get_executor();
          asio::dispatch(strand, [vital = std::move(vital), step = std::move(step)]() mutable {
            vital.take()->run(step);
          });
        });
  }

  auto then(void (Connection::*method)(error_code)) {
    return [vital = Vital(shared_from_this()), method](error_code ec, std::size_t bytes) mutable {
      const auto self = vital.take();
      self->transferred_ = bytes;
      self->run([&](Connection& connection) { (connection.*method)(ec); });
    };
  }

  void read_head() {
    if (core_.is_stopping) return close();
    state_ = State::head;
    exchange_.emplace(core_.service);
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(core_.options.header_bytes));
    parser_->body_limit(~std::uint64_t{0});  // the exchange has the limits
    set_deadline(core_.options.idle_time);
    http::async_read_header(socket_, buffer_, *parser_, then(&Connection::on_head));
  }

  void on_head(error_code ec) {
    if (ec && time_outs_ > 0 && parser_->got_some()) {
      return refuse(error_response(408, "the request's head did not arrive in time"));
    }
    if (ec) return is_http_error(ec) ? refuse(parse_failure(ec)) : close();
    keeps_alive_ = parser_->get().keep_alive();
    is_http_1_0_ = parser_->get().version() < 11;
    const auto length = parser_->content_length();
    const BodyHead body{!parser_->is_done(), length ? std::optional(*length) : std::nullopt};
    const bool is_wanted = exchange_->begin(to_request(*parser_), parser_->get().target(), body);
    if (!is_wanted) return refuse(exchange_->refusal());
    if (!body.has_body) return handle();
    state_ = State::body;
    set_deadline(core_.options.body_time);
    parser_->eager(true);
    if (!exchange_->wants_continue() || is_http_1_0_) return parse_body({});
    static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    asio::async_write(socket_, asio::buffer(go_on), then(&Connection::parse_body));
  }

  void on_body(error_code ec) {
    if (time_outs_ > 0) return refuse(error_response(408, "the body did not arrive in time"));
    buffer_.commit(transferred_);
    if (ec == asio::error::eof) parser_->put_eof(ec);
    parse_body(ec);
  }

  // Beast's own read goes on while the head of a chunk is incomplete, past all limits.
  void parse_body(error_code ec) {
    const std::size_t used = ec || buffer_.size() == 0 ? 0 : parser_->put(buffer_.data(), ec);
    buffer_.consume(used);
    if (ec == http::error::need_more && buffer_.size() < read_bytes) ec = {};
    if (ec) return is_http_error(ec) ? refuse(parse_failure(ec)) : close();
    beast::flat_buffer& piece = parser_->get().body();
    const std::string_view text(static_cast<const char*>(piece.data().data()), piece.size());
    if (!exchange_->append(text, used)) return refuse(exchange_->refusal());
    piece.consume(piece.size());
    if (parser_->is_done()) return handle();
    socket_.async_read_some(buffer_.prepare(read_bytes - buffer_.size()),
                            then(&Connection::on_body));
  }

  void handle() {
    state_ = State::handling;
    set_deadline(never);
    const auto core = core_.shared_from_this();
    exchange_->finish(Responder(
        [core, weak = weak_from_this()](Response r) {
          const auto self = weak.lock();
          if (!self) return;
          self->on_strand([r = std::move(r)](Connection& c) mutable { c.answer(std::move(r)); });
        },
        [core, weak = weak_from_this()] {
          if (const auto self = weak.lock()) self->be_lost();
        }));
  }

  // Answers a request that was not read to its end.
  void refuse(Response response) {
    keeps_alive_ = false;
    state_ = State::handling;
    answer(std::move(response));
  }

  void answer(Response response) {
    if (state_ != State::handling || !socket_.is_open()) return close();
    if (core_.is_stopping || response.stream) keeps_alive_ = false;
    core_.service.metrics.count_request(exchange_ ? exchange_->route_index() : Metrics::no_route,
                                        response.status);
    response_ = std::move(response);
    head_ = response_head(response_, {.close = !keeps_alive_, .http_1_0 = is_http_1_0_});
    const bool has_body = !response_.stream && !(exchange_ && exchange_->is_head_request());
    const std::array<asio::const_buffer, 2> buffers = {
        asio::buffer(head_), has_body ? asio::buffer(response_.body) : asio::const_buffer()};
    state_ = State::writing;
    write(buffers, &Connection::on_written);
  }

  void on_written(error_code ec) {
    if (ec) return close();
    const bool is_stream = response_.stream && !exchange_->is_head_request();
    parser_.reset();
    exchange_.reset();  // gives its share of the budget back
    response_.body = {};
    if (is_stream) return stream();
    keeps_alive_ ? read_head() : linger();
  }

  void stream() {
    state_ = State::streaming;
    response_.stream->on_ready([core = core_.shared_from_this(), weak = weak_from_this()] {
      if (const auto self = weak.lock()) {
        self->enter_strand([](Connection& c) { c.write_events({}); });
      }
    });
    discard({});  // the client says nothing more; the end of its side is the end of the stream
    write_events(": connected\n\n");  // so that the reader knows, before anything happens
  }

  // Writes `text` and what waits; one write at a time.
  void write_events(std::string text) {
    if (state_ != State::streaming || is_writing_) return;
    const bool is_last = response_.stream->is_closed() || core_.is_stopping;
    head_ = std::move(text) + response_.stream->take();
    if (head_.empty()) return is_last ? linger() : set_deadline(core_.options.heartbeat);
    is_writing_ = true;
    write(asio::buffer(head_), &Connection::on_events_written);
  }

  void on_events_written(error_code ec) {
    is_writing_ = false;
    ec ? close() : write_events({});
  }

  // For as long as the client goes on taking some of it.
  void write(const auto& buffers, void (Connection::*next)(error_code)) {
    constexpr std::size_t piece = 64 << 10;
    const auto go_on = [this](error_code ec, std::size_t) {
      if (!ec) set_deadline(core_.options.idle_time);
      return ec ? 0 : piece;
    };
    asio::async_write(socket_, buffers, go_on, then(next));
  }

  // Closing while the client still sends would reset the connection and could destroy the answer
  // on its way; so the rest is read for a moment.
  void linger() {
    const bool is_discarding = std::exchange(state_, State::lingering) == State::streaming;
    response_ = {};
    exchange_.reset();
    socket_.shutdown(tcp::socket::shutdown_send, ignored_);
    set_deadline(core_.options.linger_time);
    if (!is_discarding) discard({});
  }

  void discard(error_code ec) {
    if (ec) return close();
    buffer_.consume(buffer_.size());
    socket_.async_read_some(buffer_.prepare(read_bytes), then(&Connection::discard));
  }

  void close() {
    socket_.close(ignored_);
    timer_.cancel();
  }

  // A later deadline leaves the timer alone: it looks again when it fires.
  void set_deadline(milliseconds after) {
    time_outs_ = 0;
    deadline_ = Clock::now() + after;
    if (deadline_ < timer_.expiry()) timer_.expires_at(deadline_);
  }

  void wait() {
    if (timer_.expiry() <= Clock::now()) timer_.expires_at(deadline_);
    timer_.async_wait([vital = Vital(shared_from_this())](error_code) mutable {
      vital.take()->run([](Connection& c) {
        if (c.socket_.is_open() && Clock::now() >= c.deadline_) c.on_deadline();
        if (c.socket_.is_open()) c.wait();
      });
    });
  }

  void on_deadline() {
    if (state_ == State::streaming && !is_writing_) return write_events(": heartbeat\n\n");
    if (state_ == State::handling) return set_deadline(never);
    const int before = time_outs_;
    const bool is_reading = state_ == State::head || state_ == State::body;
    if (!is_reading || before == most_time_outs) return close();
    set_deadline(core_.options.linger_time);  // again: nothing is cancelled while data is waiting
    time_outs_ = before + 1;
    socket_.cancel(ignored_);
  }

  ListenerCore& core_;
  Socket socket_;
  Timer timer_;
  Clock::time_point deadline_{};
  beast::flat_buffer buffer_{read_bytes};  // a bound for chunk headers and trailers, too
  std::optional<Exchange> exchange_;
  std::optional<Parser> parser_;
  std::string head_;
  Response response_;
  error_code ignored_;
  State state_ = State::head;
  bool keeps_alive_ = false;
  bool is_http_1_0_ = false;
  int time_outs_ = 0;  // of what is being read
  std::atomic<bool> is_lost_{false};
  std::size_t transferred_ = 0;  // by the last read or write
  bool is_writing_ = false;      // while streaming
};

}  // namespace

std::shared_ptr<OpenConnection> make_connection(ListenerCore& core, Socket socket) {
  return std::make_shared<Connection>(core, std::move(socket));
}

}  // namespace honeyhive::server
