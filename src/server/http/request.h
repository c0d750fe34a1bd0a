#pragma once

// One request as handlers see it: decoded, bounded, owned. Nothing in it refers to a connection.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "server/http/response.h"

namespace honeyhive::server {

struct Parameter {
  std::string name;
  std::string value;
};

struct Request {
  std::string method;                      // as sent: "GET"
  std::string path;                        // as sent, without the query: "/v1/events/a%20b"
  std::vector<Parameter> query;            // percent-decoded, in order
  std::vector<Parameter> path_parameters;  // `{name}` segments of the route, percent-decoded
  std::vector<Header> headers;             // names in lower case
  std::string body;                        // content encoding undone

  // The first of this name, or nullopt.
  std::optional<std::string_view> query_value(std::string_view name) const noexcept;

  // Of a `{name}` that the route has; "" for others.
  std::string_view path_value(std::string_view name) const noexcept;

  // The first of this lower-case name; "" if there is none.
  std::string_view header(std::string_view name) const noexcept;

  // Stores the name in lower case.
  void add_header(std::string_view name, std::string_view value);

  // How many header fields have this lower-case name.
  std::size_t header_count(std::string_view name) const noexcept;

  // The media type without parameters, in lower case: "application/json".
  std::string media_type() const;
};

// Sets `path` and `query` from a request target in origin form ("/a?b=c") or absolute form
// ("http://host/a?b=c"), whose host then counts instead of the header's, as RFC 9112 wants it.
// Error: `invalid_argument` with what is wrong; more than 64 parameters are refused.
core::Result<void> parse_target(std::string_view target, Request& request);

// A to Z only, as HTTP compares names.
std::string to_lower(std::string_view text);

// Undoes %XX; nullopt if a % is not followed by two hex digits.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);

}  // namespace honeyhive::server
