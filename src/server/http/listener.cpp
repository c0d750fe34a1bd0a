#include "server/http/listener.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include "server/http/connection.h"
#include "server/http/listener_core.h"
#include "server/http/survives.h"

namespace honeyhive::server {
namespace {

using std::chrono::milliseconds;
using Acceptor = asio::basic_socket_acceptor<tcp, Strand>;

constexpr std::size_t max_told = 64;  // connections above the limit that hear of it

}  // namespace

struct Listener::Core final : ListenerCore {
  using ListenerCore::ListenerCore;

  error_code listen();
  void accept();
  void add(Socket socket);

  Acceptor acceptor{asio::make_strand(context)};
  Timer accept_again{acceptor.get_executor()};
  std::uint16_t port = 0;
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
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
  acceptor.async_accept(asio::make_strand(context), [this](error_code ec, Socket socket) {
    if (is_stopping) return;
    if (!ec) survives(lost, [&] { add(std::move(socket)); });
    if (!ec) return accept();
    accept_again.expires_after(milliseconds(100));  // out of descriptors, mostly
    accept_again.async_wait([this](error_code) { accept(); });
  });
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
  asio::post(core_->acceptor.get_executor(), [core = core_.get()] { core->accept(); });
  for (unsigned i = 0; i < count; ++i) {
    core_->threads.emplace_back([core = core_.get()] {
      while (!core->context.stopped()) survives(lost, [core] { core->context.run(); });
    });
  }
}

void Listener::stop() {
  if (core_->is_stopping.exchange(true)) return;
  asio::post(core_->acceptor.get_executor(), [core = core_.get()] {
    error_code ignored;
    core->acceptor.close(ignored);
    core->accept_again.cancel();
  });
  core_->connections.stop_all();
  if (!core_->connections.wait_until_empty(core_->options.stop_time)) {
    core_->connections.abort_all();
  }
  core_->work.reset();
  for (std::thread& thread : core_->threads) thread.join();
}

}  // namespace honeyhive::server
