#pragma once

// What the listener and its connections share. For their source files only: this is the one header
// that includes Asio.

#include <utility>  // Boost 1.74 under gcc 12 needs it first
// clang-format off
#include <boost/asio.hpp>
// clang-format on

#include <atomic>
#include <chrono>
#include <memory>

#include "server/http/connection_set.h"
#include "server/http/exchange.h"
#include "server/http/listener.h"

namespace honeyhive::server {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;
using Strand = asio::strand<asio::io_context::executor_type>;
using Socket = asio::basic_stream_socket<tcp, Strand>;
using Timer = asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Strand>;

inline constexpr const char* lost = "connection lost";

// Answers in flight keep it alive; the context is destroyed first.
struct ListenerCore : std::enable_shared_from_this<ListenerCore> {
  ListenerCore(const ListenerOptions& listener_options, Service& its_service)
      : options(listener_options), service(its_service) {}

  const ListenerOptions options;
  Service& service;
  ConnectionSet connections{service.metrics.connections};
  std::atomic<bool> is_stopping{false};
  std::atomic<bool> is_accepting{false};  // else the listener begins to in a moment
  std::atomic<bool> has_lost{false};      // some connections, which it then ends
  asio::io_context context;
};

}  // namespace honeyhive::server
