#pragma once

// The parts of an http or https URL that a client needs.
//
// Source: RFC 3986, as far as server URLs go: no user info, no query, no fragment.

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"

namespace honeyhive::core {

struct Url {
  std::string scheme;  // "http" or "https"
  std::string host;    // lower case; IPv6 without brackets
  std::uint16_t port = 0;
  std::string path;  // "" or "/...", without a trailing slash

  // Error: `invalid_argument`, with what is wrong ("port 70000 is above 65535").
  static Result<Url> parse(std::string_view text);

  bool is_loopback() const noexcept;  // localhost, 127.0.0.0/8, ::1
  std::string text() const;           // without the port where it is the scheme's own
};

}  // namespace honeyhive::core
