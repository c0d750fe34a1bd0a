#include "sdk/probe.h"

#include "net/http_client.h"
#include "sdk/network_settings.h"
#include "sdk/record/no_cancel.h"

namespace honeyhive::sdk {

std::optional<std::string> unreachable(const Settings& settings) {
  const NoCancel whole;
  const std::string server = settings.server_url.value.text();
  net::HttpRequest request;
  request.method = "HEAD";  // its answer has no body that could be too long
  request.url = server + "/";
  request.timeout = settings.export_timeout.value;
  request.transport = std::make_shared<const net::Transport>(transport_of(settings));
  const net::HttpAnswer answer = net::fetch(std::move(request));
  if (answer.status != 0) return std::nullopt;
  return "require_connection: " + server + " cannot be reached: " + answer.error +
         "; start the server, correct .server_url or HH_API_URL, or leave require_connection out: "
         "spans then wait for the server";
}

}  // namespace honeyhive::sdk
