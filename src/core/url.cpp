#include "core/url.h"

#include <algorithm>
#include <charconv>

namespace honeyhive::core {
namespace {

Error refused(std::string message) { return {Error::Code::invalid_argument, std::move(message)}; }

bool is_host_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

bool is_ipv6_character(char c) noexcept {
  return (c >= 'a' && c <= 'f') || (c >= '0' && c <= '9') || c == ':' || c == '.';
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::uint16_t port_of_scheme(std::string_view scheme) { return scheme == "https" ? 443 : 80; }

// Moves host and port out of "host", "host:port" or "[v6]:port".
Result<void> parse_authority(std::string_view authority, Url& url) {
  std::string_view port;
  bool has_port = false;
  if (authority.starts_with('[')) {
    const auto close = authority.find(']');
    if (close == authority.npos) return refused("\"[\" without \"]\"");
    url.host = lower(authority.substr(1, close - 1));
    if (url.host.empty() || !std::all_of(url.host.begin(), url.host.end(), is_ipv6_character)) {
      return refused("\"" + url.host + "\" is not an IPv6 address");
    }
    authority.remove_prefix(close + 1);
    if (!authority.empty() && !authority.starts_with(':')) return refused("text after \"]\"");
    has_port = !authority.empty();
    if (has_port) port = authority.substr(1);
  } else {
    const auto colon = authority.find(':');
    has_port = colon != authority.npos;
    if (has_port) port = authority.substr(colon + 1);
    url.host = lower(authority.substr(0, colon));
    if (url.host.empty()) return refused("it has no host");
    if (!std::all_of(url.host.begin(), url.host.end(), is_host_character)) {
      return refused("\"" + url.host + "\" is not a host name");
    }
  }
  if (!has_port) {
    url.port = port_of_scheme(url.scheme);
    return {};
  }
  unsigned value = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), value);
  if (port.empty() || error == std::errc::invalid_argument || end != port.data() + port.size()) {
    return refused("\"" + std::string(port) + "\" is not a port");
  }
  if (error != std::errc() || value == 0 || value > 65535) {
    return refused("port " + std::string(port) + " is not in 1 to 65535");
  }
  url.port = static_cast<std::uint16_t>(value);
  return {};
}

}  // namespace

Result<Url> Url::parse(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f)
      return refused("it contains a space or control character");
  }
  Url url;
  const auto separator = text.find("://");
  if (separator == text.npos) return refused("it does not start with http:// or https://");
  url.scheme = lower(text.substr(0, separator));
  if (url.scheme != "http" && url.scheme != "https") {
    return refused("it does not start with http:// or https://");
  }
  text.remove_prefix(separator + 3);
  if (text.find_first_of("?#") != text.npos) return refused("it has a query or a fragment");
  const auto slash = text.find('/');
  const auto authority = text.substr(0, slash);
  if (authority.find('@') != authority.npos)
    return refused("it has a user name; keys are set apart");
  if (const auto parsed = parse_authority(authority, url); !parsed) return parsed.error();
  if (slash != text.npos) url.path = text.substr(slash);
  while (url.path.ends_with('/')) url.path.pop_back();
  return url;
}

bool Url::is_loopback() const noexcept {
  if (host == "localhost" || host == "::1") return true;
  return host.starts_with("127.") && std::all_of(host.begin(), host.end(), [](char c) {
           return c == '.' || (c >= '0' && c <= '9');
         });
}

std::string Url::text() const {
  std::string out = scheme + "://";
  out += host.find(':') == host.npos ? host : "[" + host + "]";
  if (port != port_of_scheme(scheme)) out += ":" + std::to_string(port);
  return out + path;
}

}  // namespace honeyhive::core
