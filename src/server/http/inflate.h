#pragma once

// Undoes gzip, of any number of members, within bounds. The size field of a member is a hint for
// the first allocation and nothing more. Pure but for a decompressor kept per thread; thread-safe.
//
// Source: RFC 1952.

#include <cstddef>
#include <string>
#include <string_view>

#include "core/limits.h"
#include "core/result.h"
#include "server/http/budget.h"

namespace honeyhive::server {

struct InflateLimits {
  std::size_t max_bytes = core::limits::decoded_body_bytes;
  std::size_t max_ratio = core::limits::inflate_ratio;
  std::size_t ratio_floor = core::limits::inflate_ratio_floor;
};

// The decoded bytes; their memory is taken from `reservation` as it grows.
// Errors: `malformed_data`, with the member and its offset; `limit_exceeded`, with the limit;
// `unavailable` if the reservation cannot grow.
core::Result<std::string> gunzip(std::string_view encoded, const InflateLimits& limits,
                                 Reservation& reservation);

}  // namespace honeyhive::server
