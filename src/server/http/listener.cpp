#include "server/http/listener.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "server/http/connection.h"
#include "server/http/listener_core.h"
#include "server/http/survives.h"

namespace honeyhive::server {
namespace {

using std::chrono::milliseconds;
using Executor = asio::io_context::executor_type;
using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;

constexpr std::size_t max_told = 64;  // connections above the limit that hear of it
constexpr milliseconds look_every{100};

// Part of a handler: says when that is gone without having run, as where memory runs out on the way
// to it.
class Armed {
 public:
  explicit Armed(std::atomic<bool>& flag) : flag_(&flag) {}
  Armed(Armed&& other) noexcept : flag_(std::exchange(other.flag_, nullptr)) {}
  Armed& operator=(Armed&&) = delete;
  ~Armed() {
    if (flag_) *flag_ = false;
  }
  void release() { flag_ = nullptr; }

 private:
  std::atomic<bool>* flag_;
};

}  // namespace

struct Listener::Core final : ListenerCore {
  Core(const ListenerOptions& listener_options, Service& its_service)
      : ListenerCore(listener_options, its_service) {
    while (strands.size() < options.connections + max_told) {
      strands.push_back(asio::make_strand(context));
    }
  }

  error_code listen();
  void accept();
  void look_after();
  void add(Socket socket);

  // All are made at the start: Boost crashes if it finds no memory in the middle of that.
  std::vector<Strand> strands;
  std::mutex accept_mutex;
  std::size_t next_strand = 0;
  Acceptor acceptor{context.get_executor()};
  std::uint16_t port = 0;
  asio::executor_work_guard<Executor> work{context.get_executor()};
  std::vector<std::thread> threads;
};

error_code Listener::Core::listen() {
  error_code ec;
  const tcp::endpoint endpoint(asio::ip::make_address(options.address.host, ec),
                               options.address.port);
  if (!ec) acceptor.open(endpoint.protocol(), ec);
  if (!ec) acceptor.set_option(asio::socket_base::reuse_address(true), ec);
  if (!ec) acceptor.bind(endpoint, ec);
  if (!ec) acceptor.listen(asio::socket_base::max_listen_connections, ec);
  if (!ec) port = acceptor.local_endpoint(ec).port();
  return ec;
}

void Listener::Core::accept() {
  is_accepting = true;
  const bool is_armed = survives("cannot accept now", [this] {
    const std::scoped_lock lock(accept_mutex);
    if (is_stopping) return;
    const Strand& strand = strands[next_strand++ % strands.size()];
    auto next = [this, armed = Armed(is_accepting)](error_code ec, Socket socket) mutable {
      armed.release();
      if (is_stopping) return;
      if (ec) {  // out of descriptors, mostly: again in a moment
        is_accepting = false;
        return;
      }
      survives(lost, [&] { add(std::move(socket)); });
      accept();
    };
    acceptor.async_accept(strand, std::move(next));
  });
  if (!is_armed) is_accepting = false;
}

void Listener::Core::look_after() {
  if (!is_accepting && !is_stopping) accept();
  if (!has_lost.exchange(false)) return;
  if (!survives(lost, [this] { connections.abort_lost(); })) has_lost = true;
}

void Listener::Core::add(Socket socket) {
  const auto connection = make_connection(*this, std::move(socket));
  const std::size_t count = connections.add(connection);
  if (count > options.connections) service.metrics.connections_refused.fetch_add(1);
  if (count <= options.connections + max_told) connection->start(count > options.connections);
}

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

Listener::Listener(std::shared_ptr<Core> core) : core_(std::move(core)) {}
Listener::~Listener() { stop(); }  // NOLINT(bugprone-exception-escape): see the header
std::uint16_t Listener::port() const noexcept { return core_->port; }

void Listener::start() {
  const unsigned asked = core_->options.threads;
  const unsigned count = asked > 0 ? asked : std::max(2u, std::thread::hardware_concurrency());
  core_->accept();
  // One of them looks every now and then after what memory was missing for: that takes none.
  core_->threads.emplace_back([core = core_.get()] {
    while (!core->context.stopped()) {
      survives(lost, [core] { core->context.run_for(look_every); });
      core->look_after();
    }
  });
  while (core_->threads.size() < count) {
    core_->threads.emplace_back([core = core_.get()] {
      while (!core->context.stopped()) survives(lost, [core] { core->context.run(); });
    });
  }
}

void Listener::stop() {
  if (core_->is_stopping.exchange(true)) return;
  {
    const std::scoped_lock lock(core_->accept_mutex);
    error_code ignored;
    core_->acceptor.close(ignored);
  }
  const auto tell = [this](void (ConnectionSet::*what)() const) {
    survives("connections not told", [&] { (core_->connections.*what)(); });
  };
  tell(&ConnectionSet::stop_all);
  if (!core_->connections.wait_until_empty(core_->options.stop_time)) {
    tell(&ConnectionSet::abort_all);
    core_->connections.wait_until_empty(core_->options.linger_time);
  }
  core_->work.reset();
  core_->context.stop();  // it may count work that was lost, and would wait for it
  for (std::thread& thread : core_->threads) thread.join();
}

}  // namespace honeyhive::server
