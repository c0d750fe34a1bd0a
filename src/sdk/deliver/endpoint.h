#pragma once

// Where a destination's requests go, and what each says besides its body.

#include <string>

#include "net/http_client.h"
#include "sdk/deliver/pending_request.h"

namespace honeyhive::sdk {

// What makes a destination: tracers with the same one share requests and their order.
struct Endpoint {
  std::string server;   // URL
  std::string api_key;  // may be empty
  std::string project;  // may be empty
  net::Transport transport = {};

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

net::HttpRequest http_request(const Endpoint& endpoint, PendingRequest& pending);

}  // namespace honeyhive::sdk
