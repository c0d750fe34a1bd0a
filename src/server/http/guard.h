#pragma once

// Who may ask what: the checks that keep a server on loopback from answering a web page in the
// user's browser, or another user of the machine. Immutable after construction; thread-safe.
//
// Without keys (they come later) the server listens on loopback only; see `ListenAddress`.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "server/http/request.h"
#include "server/http/router.h"

namespace honeyhive::server {

struct ListenAddress {
  std::string host;  // "127.0.0.1" or "::1"; no names
  std::uint16_t port = 0;

  // "127.0.0.1:4318", "[::1]:4318", "localhost:4318".
  // Error: `invalid_argument`, also for every address that is not loopback, with what to do.
  static core::Result<ListenAddress> parse(std::string_view text);

  std::string host_text() const;  // as in a URL: "[::1]"
};

struct GuardOptions {
  std::string listen_host;  // as in a URL
  std::string token;        // what readers present; not empty unless `no_auth`
  bool no_auth = false;     // readers need no token
};

class Guard {
 public:
  explicit Guard(GuardOptions options);

  // 400 or 421: Host is missing, twice there or not ours. 403: Origin is another site.
  std::optional<Response> check_source(const Request& request) const;

  // 401: a reader without the token.
  std::optional<Response> check_access(const Request& request, Access access) const;

 private:
  bool is_own_host(std::string_view host) const;

  GuardOptions options_;
  std::vector<std::string> hosts_;
};

// 415: a body of another type or content coding than the route takes.
std::optional<Response> check_media(const Request& request, Media accepted);

// In time that depends on the lengths only.
bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept;

}  // namespace honeyhive::server
