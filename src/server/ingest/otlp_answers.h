#pragma once

// What OTLP clients are answered, in the encoding that they sent.
//
// Source: OTLP specification 1.x, "OTLP/HTTP Response": success and partial success are an
// Export...ServiceResponse, failures a google.rpc.Status.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "server/http/request.h"
#include "server/http/response.h"

namespace honeyhive::server {

enum class OtlpEncoding : std::uint8_t { protobuf, json };

// Unset: neither.
std::optional<OtlpEncoding> otlp_encoding(const Request& request);

// Spans or log records that were not stored, and why: the first few by name.
class Rejected {
 public:
  // `json_name`: of the count, in an answer as JSON.
  explicit Rejected(const char* json_name) : json_name_(json_name) {}

  void add(std::string_view place, std::string_view reason);

  const char* json_name() const noexcept { return json_name_; }
  std::uint64_t count() const noexcept { return count_; }
  std::string message() const;

 private:
  const char* json_name_;
  std::uint64_t count_ = 0;
  std::string reasons_;
};

// 200, with a partial success if something was rejected.
Response otlp_success(OtlpEncoding encoding, const Rejected& rejected);

// 400 and above.
Response otlp_failure(OtlpEncoding encoding, int status, std::string_view message);
Response otlp_failure(OtlpEncoding encoding, const core::Error& error);

// 429 or 503, with Retry-After.
Response otlp_retry(OtlpEncoding encoding, int status, std::string_view message);

}  // namespace honeyhive::server
