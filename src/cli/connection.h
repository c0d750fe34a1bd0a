#pragma once

// Where the server is, and one question to it.
//
// Looked for in this order: --server or --data, HH_API_URL, then the default data folder. A
// folder's server is in its `server.json`, which `honeyhive serve` writes, and is opened by the
// `token` beside it. Each secret goes to the server it belongs to only: that token to the folder's
// server, HH_API_KEY to HH_API_URL.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/environment.h"
#include "core/result.h"
#include "net/http_client.h"

namespace honeyhive::cli {

struct ServerOptions {
  std::string server;  // --server; empty: look for it
  std::string token;   // --token
  std::string data;    // --data; empty: $XDG_DATA_HOME/honeyhive, else ~/.local/share/honeyhive
};

struct Connection {
  std::string url;  // without a slash at the end
  std::string token;
  std::string found_in;  // for messages: "--server", "HH_API_URL", a file
};

core::Result<Connection> find_server(const ServerOptions& options, const Environment& environment);

using Parameters = std::vector<std::pair<std::string_view, std::string>>;

// "/api/v0/traces?project=a%20b"; parameters without a value are left out.
std::string target(std::string_view path, const Parameters& parameters);
std::string percent_encoded(std::string_view text);

net::HttpRequest get_request(const Connection& connection, std::string_view target);

// The body of a 200 answer. `not_found` is the server's 404; other errors say what to do.
core::Result<std::string> get(const Connection& connection, std::string_view target);

// What a failed answer means, in a sentence that says where and what to do.
core::Error explain(const Connection& connection, const net::HttpAnswer& answer);

}  // namespace honeyhive::cli
