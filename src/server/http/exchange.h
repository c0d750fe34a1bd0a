#pragma once

// One request from its head to its handler, without any I/O: the checks in their order, the body
// within its bounds, the content coding. The listener brings bytes and takes answers away.
//
// A `Service` is shared by all connections: thread-safe once its router is filled. An `Exchange`
// belongs to one connection and lives until its answer is sent.

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/limits.h"
#include "server/http/budget.h"
#include "server/http/guard.h"
#include "server/http/inflate.h"
#include "server/http/metrics.h"
#include "server/http/router.h"

namespace honeyhive::server {

struct Service {
  Service(GuardOptions guard_options, std::size_t bytes_in_flight)
      : guard(std::move(guard_options)), budget(bytes_in_flight) {}
  explicit Service(GuardOptions guard_options)
      : Service(std::move(guard_options), core::limits::decoded_bytes_in_flight) {}

  Router router;
  Guard guard;
  Metrics metrics;
  Budget budget;
  std::size_t max_encoded_bytes = core::limits::encoded_body_bytes;
  std::atomic<bool> is_closing{false};
};

// What the connection found out about the body that follows.
struct BodyHead {
  bool has_body = false;
  std::optional<std::uint64_t> length;  // none: chunked
};

class Exchange {
 public:
  explicit Exchange(Service& service) : service_(service), reservation_(service.budget) {}

  // The head has arrived; `head.headers` is filled. False: `refusal()` is to be sent now and the
  // connection to be closed, because what follows will not be read. A refused request whose body is
  // small enough is read to its end, so that the connection lives on.
  bool begin(Request head, std::string_view target, const BodyHead& body);

  // The next piece of the body, after the transfer coding, and how many bytes it took to send: the
  // framing of chunks is bounded too. False: as for `begin`.
  bool append(std::string_view piece, std::size_t transferred);

  // The body is complete: undoes the content coding, then calls the handler, or answers itself.
  void finish(const Responder& responder);

  // Whether the client waits for "100 Continue" before it sends the body.
  bool wants_continue() const;

  const Response& refusal() const { return *refusal_; }
  bool is_head_request() const noexcept { return is_head_; }
  std::size_t route_index() const noexcept { return route_ ? route_->index : Metrics::no_route; }

 private:
  std::optional<Response> check(std::string_view target, const BodyHead& body);
  std::optional<Response> route(const BodyHead& body);
  std::optional<Response> decode();
  Response too_large() const;

  Service& service_;
  Reservation reservation_;
  Request request_;
  const Route* route_ = nullptr;
  std::optional<Response> refusal_;
  std::size_t received_ = 0;
  std::size_t max_received_ = 0;
  std::size_t transferred_ = 0;
  bool is_gzip_ = false;
  bool is_head_ = false;
};

}  // namespace honeyhive::server
