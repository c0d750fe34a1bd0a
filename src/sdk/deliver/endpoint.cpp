#include "sdk/deliver/endpoint.h"

#include "core/limits.h"
#include "sdk/tracer_impl.h"
#include "sdk/version.h"

namespace honeyhive::sdk {
namespace {

struct Target {
  const char* method;
  const char* path;
  const char* content_type;
};

// By `PendingRequest::Kind`.
constexpr Target targets[] = {
    {"POST", "/opentelemetry/v1/traces", "application/x-protobuf"},
    {"POST", "/session/start", "application/json"},
    {"PUT", "/events", "application/json"},
};

// Servers answer a call with the session as it is now.
constexpr std::size_t longest_answer = 4 * core::limits::session_body_bytes;

}  // namespace

net::HttpRequest http_request(const Endpoint& endpoint, PendingRequest& pending) {
  const Target& target = targets[static_cast<std::size_t>(pending.kind)];
  net::HttpRequest request;
  request.method = target.method;
  request.url = endpoint.server + target.path;
  request.headers = {
      std::string("Content-Type: ") + target.content_type,
      std::string("User-Agent: honeyhive-cpp/") + version,
      std::string("hh-client-version: ") + version,
      "hh-client-language: cpp",
      "hh-client-package: honeyhive-cpp",
  };
  if (!endpoint.api_key.empty()) {
    request.headers.push_back("Authorization: Bearer " + endpoint.api_key);
  }
  request.body = &pending;
  request.body_bytes = pending.sent_bytes();
  request.timeout = pending.tracer.settings.export_timeout.value;
  if (pending.kind != PendingRequest::Kind::spans) request.max_answer_bytes = longest_answer;
  return request;
}

}  // namespace honeyhive::sdk
