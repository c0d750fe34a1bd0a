#pragma once

// The HTTP/1.1 server: sockets, timers and threads, and nothing about what requests mean (that is
// exchange.h). One connection is connection.h.
//
// Requests of one connection are answered one after the other, in order, also when they are
// pipelined. A handler runs on one of the worker threads; its answer may come from any thread.
//
// Source: RFC 9112 (HTTP/1.1).

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "core/limits.h"
#include "core/result.h"
#include "server/http/exchange.h"
#include "server/http/guard.h"

namespace honeyhive::server {

struct ListenerOptions {
  ListenAddress address{"127.0.0.1", 4318};  // port 0: any free one
  unsigned threads = 0;                      // 0: one per core, at least 2
  std::size_t connections = core::limits::connections;
  std::size_t header_bytes = core::limits::header_bytes;
  std::chrono::milliseconds body_time = core::limits::body_time;
  std::chrono::milliseconds idle_time = core::limits::idle_time;
  std::chrono::milliseconds heartbeat{15'000};   // of event streams
  std::chrono::milliseconds linger_time{2'000};  // for the client to take the last answer
  std::chrono::milliseconds stop_time{10'000};   // for running requests to end
};

class Listener {
 public:
  // Takes the address; connections wait until `start`. `service` must outlive the listener.
  // Error: `unavailable`, with the address and why ("address in use").
  static core::Result<std::unique_ptr<Listener>> bind(const ListenerOptions& options,
                                                      Service& service);
  ~Listener();  // stops; NOLINT(bugprone-exception-escape): what may throw is for want of memory

  std::uint16_t port() const noexcept;

  // Starts the threads.
  void start();

  // Takes no more connections, closes idle ones, ends streams, waits for running requests up to
  // `stop_time`, then closes what is left. Idempotent. Answers given later go nowhere.
  void stop();

 private:
  struct Core;

  explicit Listener(std::shared_ptr<Core> core);

  std::shared_ptr<Core> core_;
};

}  // namespace honeyhive::server
