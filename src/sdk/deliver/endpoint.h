#pragma once

#include <string>

#include "net/http_client.h"

namespace honeyhive::sdk {

// What makes a destination: tracers with the same one share requests and their order.
struct Endpoint {
  std::string server;   // URL
  std::string api_key;  // may be empty
  std::string project;  // may be empty
  net::Transport transport = {};

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

}  // namespace honeyhive::sdk
