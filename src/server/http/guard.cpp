#include "server/http/guard.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace honeyhive::server {
namespace {

using Code = core::Error::Code;

struct HostPort {
  std::string_view host;
  std::string_view port;
};

// "name", "name:1", "[::1]", "[::1]:1"; nullopt if the port is not digits.
std::optional<HostPort> split_host(std::string_view text) {
  std::size_t end = text.find(':');
  if (!text.empty() && text.front() == '[') {
    const std::size_t bracket = text.find(']');
    if (bracket == std::string_view::npos) return {};
    end = bracket + 1;
  }
  const std::string_view host = text.substr(0, end);
  if (host.size() == text.size()) return HostPort{host, {}};
  const std::string_view port = text.substr(host.size() + 1);
  if (text[host.size()] != ':' || port.empty() || port.size() > 5) return {};
  if (port.find_first_not_of("0123456789") != std::string_view::npos) return {};
  return HostPort{host, port};
}

bool is_loopback(const std::string& host) {
  in_addr v4{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == 127;
  return host == "::1";
}

core::Error bad_listen(std::string_view text, std::string_view why) {
  return {Code::invalid_argument,
          "cannot listen on \"" + std::string(text) + "\": " + std::string(why)};
}

}  // namespace

core::Result<ListenAddress> ListenAddress::parse(std::string_view text) {
  const auto parts = split_host(text);
  if (!parts || parts->port.empty()) return bad_listen(text, "give host:port, as 127.0.0.1:4318");
  ListenAddress address;
  const std::string_view port = parts->port;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (error != std::errc()) {
    return bad_listen(text, "port " + std::string(port) + " is above 65535");
  }
  address.host = to_lower(parts->host);
  if (address.host == "localhost") address.host = "127.0.0.1";
  if (address.host == "[::1]") address.host = "::1";
  if (!is_loopback(address.host)) {
    return bad_listen(text,
                      "other machines could read and write all data, because this version has no "
                      "API keys; listen on 127.0.0.1 and let others in through an SSH tunnel "
                      "(ssh -L 4318:127.0.0.1:4318 <this machine>)");
  }
  return address;
}

std::string ListenAddress::host_text() const {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

Guard::Guard(GuardOptions options)
    : options_(std::move(options)), hosts_{"localhost", "127.0.0.1", "[::1]"} {
  hosts_.push_back(to_lower(options_.listen_host));
}

bool Guard::is_own_host(std::string_view host) const {
  const auto parts = split_host(host);
  return parts && std::find(hosts_.begin(), hosts_.end(), to_lower(parts->host)) != hosts_.end();
}

std::optional<Response> Guard::check_source(const Request& request) const {
  if (request.header_count("host") != 1) {
    return error_response(400, "the request needs exactly one Host field");
  }
  const std::string_view host = request.header("host");
  if (!is_own_host(host)) {
    return error_response(421, "this server does not answer for that Host; use localhost");
  }
  if (request.header_count("origin") == 0) return {};
  if (request.header_count("origin") == 1 &&
      to_lower(request.header("origin")) == "http://" + to_lower(host)) {
    return {};
  }
  return error_response(403, "requests from pages of another origin are refused");
}

std::optional<Response> Guard::check_access(const Request& request, Access access) const {
  if (access != Access::read || options_.no_auth) return {};
  const std::string_view field = request.header("authorization");
  constexpr std::size_t scheme = 7;
  if (request.header_count("authorization") == 1 && field.size() > scheme &&
      to_lower(field.substr(0, scheme)) == "bearer " &&
      equal_in_constant_time(field.substr(scheme), options_.token)) {
    return {};
  }
  Response response = error_response(
      401, "reading needs the token of the data folder: Authorization: Bearer <token>");
  response.headers.push_back({"WWW-Authenticate", "Bearer"});
  return response;
}

std::optional<Response> check_media(const Request& request, Media accepted) {
  if (accepted == Media::none) return error_response(415, "this path takes no body");
  const std::string coding = to_lower(request.header("content-encoding"));
  if (request.header_count("content-encoding") > 1 ||
      (!coding.empty() && coding != "gzip" && coding != "identity")) {
    return error_response(415, "content codings here are gzip and identity");
  }
  const std::string type = request.media_type();
  const bool is_json = accepted != Media::protobuf && type == "application/json";
  const bool is_protobuf = accepted != Media::json && type == "application/x-protobuf";
  if (request.header_count("content-type") == 1 && (is_json || is_protobuf)) return {};
  std::string message = "the Content-Type must be ";
  if (accepted != Media::protobuf) message += "application/json";
  if (accepted == Media::json_or_protobuf) message += " or ";
  if (accepted != Media::json) message += "application/x-protobuf";
  return error_response(415, message);
}

bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  volatile unsigned char difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference = static_cast<unsigned char>(difference | (a[i] ^ b[i]));
  }
  return difference == 0;
}

}  // namespace honeyhive::server
