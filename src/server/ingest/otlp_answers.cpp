#include "server/ingest/otlp_answers.h"

#include <protozero/pbf_writer.hpp>

#include "core/utf8.h"
#include "otlp/fields.h"

namespace honeyhive::server {
namespace {

constexpr std::uint64_t reasons_shown = 5;
constexpr std::uint32_t retry_after_seconds = 1;
constexpr const char* protobuf = "application/x-protobuf";

// google.rpc.Status and google.rpc.Code.
constexpr std::uint32_t status_code = 1, status_message = 2;
enum class RpcCode : std::int32_t {
  invalid_argument = 3,
  resource_exhausted = 8,
  internal = 13,
  unavailable = 14,
};

RpcCode rpc_code(int status) {
  switch (status) {
    case 413:
    case 429:
      return RpcCode::resource_exhausted;
    case 503:
      return RpcCode::unavailable;
    case 500:
      return RpcCode::internal;
    default:
      return RpcCode::invalid_argument;
  }
}

int http_status(core::Error::Code code) {
  using Code = core::Error::Code;
  switch (code) {
    case Code::invalid_argument:
    case Code::malformed_data:
    case Code::not_found:
      return 400;
    case Code::limit_exceeded:
      return 413;
    case Code::unavailable:
      return 503;
    case Code::internal:
      break;
  }
  return 500;
}

}  // namespace

void RejectedSpans::add(std::string_view place, std::string_view reason) {
  if (++count_ > reasons_shown) return;
  if (!reasons_.empty()) reasons_ += "; ";
  reasons_.append(place).append(": ").append(reason);
}

std::string RejectedSpans::message() const {
  if (count_ <= reasons_shown) return reasons_;
  return reasons_ + "; and " + std::to_string(count_ - reasons_shown) + " more";
}

Response otlp_success(const RejectedSpans& rejected) {
  Response response;
  response.content_type = protobuf;
  if (rejected.count() == 0) return response;
  protozero::pbf_writer writer(response.body);
  protozero::pbf_writer partial(writer, otlp::field::response::partial_success);
  partial.add_int64(otlp::field::partial_success::rejected_spans,
                    static_cast<std::int64_t>(rejected.count()));
  partial.add_string(otlp::field::partial_success::error_message, rejected.message());
  partial.commit();
  return response;
}

Response otlp_failure(int status, std::string_view message) {
  Response response;
  response.status = status;
  response.content_type = protobuf;
  std::string text;
  core::append_repaired(text, message);
  protozero::pbf_writer writer(response.body);
  writer.add_int32(status_code, static_cast<std::int32_t>(rpc_code(status)));
  writer.add_string(status_message, text);
  return response;
}

Response otlp_failure(const core::Error& error) {
  const int status = http_status(error.code);
  return status == 503 ? otlp_retry(status, error.message) : otlp_failure(status, error.message);
}

Response otlp_retry(int status, std::string_view message) {
  Response response = otlp_failure(status, message);
  response.headers.push_back({"Retry-After", std::to_string(retry_after_seconds)});
  return response;
}

}  // namespace honeyhive::server
