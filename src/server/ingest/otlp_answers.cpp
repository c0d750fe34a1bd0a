#include "server/ingest/otlp_answers.h"

#include <protozero/pbf_writer.hpp>

#include "core/json_writer.h"
#include "core/utf8.h"
#include "otlp/fields.h"

namespace honeyhive::server {
namespace {

constexpr std::uint64_t reasons_shown = 5;
constexpr std::uint32_t retry_after_seconds = 1;
constexpr const char* protobuf_type = "application/x-protobuf";
constexpr const char* json_type = "application/json";

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

// An answer without anything in it: nothing, or an object without members.
Response begin(OtlpEncoding encoding) {
  Response response;
  response.content_type = encoding == OtlpEncoding::json ? json_type : protobuf_type;
  return response;
}

}  // namespace

std::optional<OtlpEncoding> otlp_encoding(const Request& request) {
  const std::string type = request.media_type();
  if (type == protobuf_type) return OtlpEncoding::protobuf;
  if (type == json_type) return OtlpEncoding::json;
  return std::nullopt;
}

void Rejected::add(std::string_view place, std::string_view reason) {
  if (++count_ > reasons_shown) return;
  if (!reasons_.empty()) reasons_ += "; ";
  reasons_.append(place).append(": ").append(reason);
}

std::string Rejected::message() const {
  if (count_ <= reasons_shown) return reasons_;
  return reasons_ + "; and " + std::to_string(count_ - reasons_shown) + " more";
}

Response otlp_success(OtlpEncoding encoding, const Rejected& rejected) {
  Response response = begin(encoding);
  if (encoding == OtlpEncoding::json) {
    core::JsonWriter json(response.body);
    json.begin_object();
    if (rejected.count() > 0) {
      json.key("partialSuccess").begin_object();
      json.member(rejected.json_name(), std::to_string(rejected.count()));
      json.member("errorMessage", rejected.message()).end_object();
    }
    json.end_object();
    return response;
  }
  if (rejected.count() == 0) return response;
  protozero::pbf_writer writer(response.body);
  protozero::pbf_writer partial(writer, otlp::field::response::partial_success);
  partial.add_int64(otlp::field::partial_success::rejected_spans,
                    static_cast<std::int64_t>(rejected.count()));
  partial.add_string(otlp::field::partial_success::error_message, rejected.message());
  partial.commit();
  return response;
}

Response otlp_failure(OtlpEncoding encoding, int status, std::string_view message) {
  Response response = begin(encoding);
  response.status = status;
  const auto code = static_cast<std::int32_t>(rpc_code(status));
  if (encoding == OtlpEncoding::json) {
    core::JsonWriter json(response.body);
    json.begin_object().key("code").integer(code).member("message", message).end_object();
    return response;
  }
  std::string text;
  core::append_repaired(text, message);
  protozero::pbf_writer writer(response.body);
  writer.add_int32(status_code, code);
  writer.add_string(status_message, text);
  return response;
}

Response otlp_failure(OtlpEncoding encoding, const core::Error& error) {
  const int status = http_status(error.code);
  return status == 503 ? otlp_retry(encoding, status, error.message)
                       : otlp_failure(encoding, status, error.message);
}

Response otlp_retry(OtlpEncoding encoding, int status, std::string_view message) {
  Response response = otlp_failure(encoding, status, message);
  response.headers.push_back({"Retry-After", std::to_string(retry_after_seconds)});
  return response;
}

}  // namespace honeyhive::server
