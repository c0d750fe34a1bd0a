#pragma once

// Which handler answers a method and path, and on what terms. Routes are added before the listener
// starts; from then on the router is read-only, and so thread-safe.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/limits.h"
#include "server/http/request.h"

namespace honeyhive::server {

enum class Access : std::uint8_t {
  open,    // anybody who passes Host and Origin: health, the front page
  ingest,  // writes: open on loopback
  read,    // shows data: needs the token
};

// Media types that a route's bodies may have.
enum class Media : std::uint8_t { none, json, protobuf, json_or_protobuf };

struct RouteOptions {
  Access access = Access::read;
  Media media = Media::none;                                      // none: the route takes no body
  std::size_t max_body_bytes = core::limits::decoded_body_bytes;  // decoded
};

// Called from the listener's threads, many at once. Must not throw and must not wait for the disk;
// an exception is answered with 500, or 503 if memory ran out.
using Handler = std::function<void(Request, Responder)>;

struct Route {
  std::string method;
  std::string pattern;
  RouteOptions options;
  Handler handler;
  std::vector<std::string> segments;  // of `pattern`
  std::size_t index = 0;              // in order of `add`
};

class Router {
 public:
  // `pattern`: "/v1/events/{id}"; a `{name}` matches exactly one non-empty segment. An exact
  // segment wins over a `{name}` if its route was added first.
  // Preconditions: no such route yet; a GET route does not have access `ingest` (no state change by
  // GET). HEAD is answered by GET routes.
  void add(std::string method, std::string pattern, RouteOptions options, Handler handler);

  struct Match {
    const Route* route = nullptr;            // null: 404, or 405 if `allow` is not empty
    std::vector<Parameter> path_parameters;  // decoded
    std::string allow;                       // methods of this path: "GET, HEAD"
  };
  Match find(std::string_view method, std::string_view path) const;

  const std::vector<Route>& routes() const noexcept { return routes_; }

 private:
  std::vector<Route> routes_;
};

}  // namespace honeyhive::server
