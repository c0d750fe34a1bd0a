#pragma once

// What OTLP clients are answered, as protobuf.
//
// Source: OTLP specification 1.x, "OTLP/HTTP Response": success and partial success are an
// ExportTraceServiceResponse, failures a google.rpc.Status.

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"
#include "server/http/response.h"

namespace honeyhive::server {

// Spans that were not stored, and why: the first few by name.
class RejectedSpans {
 public:
  void add(std::string_view place, std::string_view reason);

  std::uint64_t count() const noexcept { return count_; }
  std::string message() const;

 private:
  std::uint64_t count_ = 0;
  std::string reasons_;
};

// 200, with a partial success if spans were rejected.
Response otlp_success(const RejectedSpans& rejected);

// 400 and above.
Response otlp_failure(int status, std::string_view message);
Response otlp_failure(const core::Error& error);

// 429 or 503, with Retry-After.
Response otlp_retry(int status, std::string_view message);

}  // namespace honeyhive::server
