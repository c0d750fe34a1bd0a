#include "server/http/exchange.h"

#include <algorithm>
#include <exception>
#include <utility>

namespace honeyhive::server {
namespace {

bool has_unknown_coding(const Request& request) {
  const std::size_t count = request.header_count("transfer-encoding");
  return count > 1 || (count == 1 && to_lower(request.header("transfer-encoding")) != "chunked");
}

}  // namespace

bool Exchange::begin(Request head, std::string_view target, const BodyHead& body) {
  request_ = std::move(head);
  is_head_ = request_.method == "HEAD";
  max_received_ = service_.max_encoded_bytes;
  refusal_ = check(target, body);
  if (refusal_ && has_unknown_coding(request_)) return false;  // where it ends is unknown
  if (!body.has_body) return true;
  if (refusal_ && wants_continue()) return false;
  if (body.length && *body.length > max_received_) {
    if (!refusal_) refusal_ = too_large();
    return false;
  }
  return true;
}

std::optional<Response> Exchange::check(std::string_view target, const BodyHead& body) {
  if (auto parsed = parse_target(target, request_); !parsed) return error_response(parsed.error());
  if (auto refused = service_.guard.check_source(request_)) return refused;
  return route(body);
}

std::optional<Response> Exchange::route(const BodyHead& body) {
  Router::Match match = service_.router.find(request_.method, request_.path);
  if (match.route == nullptr) {
    if (match.allow.empty()) return error_response(404, "there is nothing at this path");
    Response response = error_response(405, "this path takes " + match.allow);
    response.headers.push_back({"Allow", std::move(match.allow)});
    return response;
  }
  route_ = match.route;
  request_.path_parameters = std::move(match.path_parameters);
  if (auto refused = service_.guard.check_access(request_, route_->options.access)) return refused;
  if (has_unknown_coding(request_)) {
    return error_response(501, "the only transfer coding here is chunked");
  }
  if (!body.has_body) return {};
  if (auto refused = check_media(request_, route_->options.media)) return refused;
  const std::string_view coding = request_.header("content-encoding");
  is_gzip_ = coding.size() == 4;  // "gzip" in any case: check_media let it pass
  if (!is_gzip_) max_received_ = std::min(max_received_, route_->options.max_body_bytes);
  return {};
}

bool Exchange::wants_continue() const {
  return to_lower(request_.header("expect")) == "100-continue";
}

bool Exchange::append(std::string_view piece, std::size_t transferred) {
  service_.metrics.body_bytes.fetch_add(piece.size(), std::memory_order_relaxed);
  received_ += piece.size();
  if (received_ > max_received_) {
    if (!refusal_) refusal_ = too_large();
    return false;
  }
  transferred_ += transferred;
  if (transferred_ > received_ + service_.max_encoded_bytes) {
    if (!refusal_) refusal_ = error_response(413, "the chunks of the body are mostly framing");
    return false;
  }
  if (refusal_) return true;  // read to its end, not kept
  if (!reservation_.grow(piece.size())) {
    refusal_ = retry_response(429, "too many bytes of request bodies are in flight", 1);
    return false;
  }
  request_.body += piece;
  return true;
}

void Exchange::finish(const Responder& responder) {
  if (!refusal_) refusal_ = decode();
  if (refusal_) return responder(*std::move(refusal_));
  try {
    route_->handler(std::move(request_), responder);
  } catch (const std::exception& error) {
    responder(exception_response(route_->pattern, error));
  }
}

std::optional<Response> Exchange::decode() {
  if (!is_gzip_ || received_ == 0) return {};
  InflateLimits limits;
  limits.max_bytes = route_->options.max_body_bytes;
  auto decoded = gunzip(request_.body, limits, reservation_);
  if (!decoded) {
    if (decoded.error().code != core::Error::Code::unavailable) {
      return error_response(decoded.error());
    }
    return retry_response(429, decoded.error().message, 1);
  }
  request_.body = *std::move(decoded);
  reservation_.shrink(received_);
  return {};
}

Response Exchange::too_large() const {
  return error_response(
      413, "the body is above " + std::to_string(max_received_) + " bytes as it is sent");
}

}  // namespace honeyhive::server
