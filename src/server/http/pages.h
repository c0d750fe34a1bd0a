#pragma once

// The pages that tell a person or a monitor about the server itself: `/`, `/healthz`, `/metrics`.
// They show no data of projects and are open to whoever passes the guard's first check.

#include <chrono>
#include <string>
#include <string_view>

#include "server/http/exchange.h"
#include "server/http/sse.h"

namespace honeyhive::server {

struct Pages {
  Service& service;  // outlives its router
  const EventHub& hub;
  std::string version;
  std::chrono::steady_clock::time_point started;
};

// Adds the three routes, and the hub's numbers to the metrics.
void register_pages(const Pages& pages);

// How to send traces to `address` and how to read them.
std::string front_page(std::string_view address, std::string_view version);

}  // namespace honeyhive::server
