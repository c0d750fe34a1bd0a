#include "sdk/network_settings.h"

#include <algorithm>
#include <filesystem>
#include <initializer_list>
#include <optional>

#include "core/limits.h"
#include "core/utf8.h"
#include "sdk/pem_file.h"
#include "sdk/resolver.h"

namespace honeyhive::sdk {
namespace {

using Text = Setting<std::string>;
using Variables = std::initializer_list<const char*>;

Text read(const OptionalText& field, const Environment& environment, Variables variables) {
  if (field) {
    if (auto text = trimmed(*field)) return {std::move(*text), Origin::explicit_field};
  }
  for (const char* const name : variables) {
    const auto given = environment(name);
    auto text = given ? trimmed(*given) : std::nullopt;
    if (text) return {std::move(*text), Origin::environment, name};
  }
  return {};
}

// Fit for a line of a message.
bool is_printable(std::string_view text) {
  const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
  return text.size() <= core::limits::network_setting_bytes && core::is_utf8(text) &&
         std::none_of(text.begin(), text.end(), is_control);
}

// A value as a refusal may show it: a key may have been given by mistake.
std::string shown_value(const std::string& value) {
  const bool may_be_secret = value.find("-----BEGIN") != value.npos || value.starts_with("hh_") ||
                             value.starts_with("sk-");
  return may_be_secret ? "(hidden)" : "\"" + value + "\"";
}

// Keeps the first refusal.
class Refusal {
 public:
  void check(const Text& setting, const char* field, const std::string& problem) {
    if (problem.empty() || error_) return;
    error_ = {core::Error::Code::invalid_argument,
              named(setting.origin, setting.variable, field) + ": " + problem};
  }
  // False if the text cannot even be shown.
  bool check_text(const Text& setting, const char* field) {
    if (is_printable(setting.value)) return !setting.value.empty();
    check(setting, field,
          "is not one line of at most " + std::to_string(core::limits::network_setting_bytes) +
              " bytes of UTF-8; correct it");
    return false;
  }
  core::Result<void> result() && {
    if (error_) return std::move(*error_);
    return {};
  }

 private:
  std::optional<core::Error> error_;
};

// Absolute from here on: the program may go to another folder.
void check_file(Text& setting, const char* field, PemContent wanted, Refusal& refusal) {
  if (!refusal.check_text(setting, field)) return;
  const std::string problem = problem_of_pem_file(setting.value, wanted);
  if (!problem.empty()) refusal.check(setting, field, shown_value(setting.value) + " " + problem);
  std::error_code ignored;
  const auto absolute = std::filesystem::absolute(setting.value, ignored);
  if (!ignored) setting.value = absolute.string();
}

void check_client_files(Settings& settings, Refusal& refusal) {
  Text& cert = settings.tls_client_cert;
  Text& key = settings.tls_client_key;
  check_file(cert, "tls_client_cert",
             key.value.empty() ? PemContent::certificate_and_key : PemContent::certificate,
             refusal);
  check_file(key, "tls_client_key", PemContent::private_key, refusal);
  if (cert.value.empty() && !key.value.empty()) {
    refusal.check(key, "tls_client_key",
                  "is set without a certificate; set tls_client_cert (HH_CLIENT_CERT) too");
  }
}

// Where the server begins: after scheme, user and password.
std::size_t host_at(std::string_view proxy) noexcept {
  const auto scheme_end = proxy.find("://");
  const std::size_t begin = scheme_end == proxy.npos ? 0 : scheme_end + 3;
  const auto at = proxy.substr(0, proxy.find_first_of("/?#", begin)).rfind('@');
  return at == proxy.npos ? begin : at + 1;
}

// What stands before an "@" may be a password, and what a mistake makes of it is not shown.
std::string shown_proxy(std::string_view proxy) {
  const std::size_t host = host_at(proxy);
  const auto scheme_end = proxy.find("://");
  const std::size_t user = scheme_end == proxy.npos ? 0 : scheme_end + 3;
  if (host == user) return std::string(proxy);
  return std::string(proxy.substr(0, user)) + "****@" + std::string(proxy.substr(host));
}

void check_proxy(Text& setting, Refusal& refusal) {
  if (!refusal.check_text(setting, "proxy") || setting.value == "none") return;
  std::string& proxy = setting.value;
  if (proxy.find("://") == proxy.npos) proxy.insert(0, "http://");
  const std::size_t host = host_at(proxy), user = proxy.find("://") + 3;
  const auto server = core::Url::parse(proxy.substr(0, user) + proxy.substr(host));
  if (!server || !server->path.empty() || proxy.find(' ') != proxy.npos) {
    const bool may_hold_secret = proxy.find('@') != proxy.npos;
    const std::string why = server ? "it has a path" : server.error().message;
    refusal.check(
        setting, "proxy",
        (may_hold_secret ? "(hidden) is no proxy" : "\"" + proxy + "\" is no proxy: " + why) +
            "; write it as http://host:port or http://user:password@host:port, with %40 "
            "for \"@\" and %2F for \"/\", or \"none\"");
    return;
  }
  // Its port is always said: libcurl's own default is 1080.
  const bool is_ipv6 = server->host.find(':') != server->host.npos;
  proxy = server->scheme + "://" + proxy.substr(user, host - user) +
          (is_ipv6 ? "[" + server->host + "]" : server->host) + ":" + std::to_string(server->port);
}

void resolve_proxy(const TracerConfig& config, const Environment& environment, Settings& settings,
                   Refusal& refusal) {
  const core::Url& server = settings.server_url.value;
  const char* const of_scheme = server.scheme == "https" ? "HH_HTTPS_PROXY" : "HH_HTTP_PROXY";
  settings.proxy = read(config.proxy, environment, {"HH_PROXY", of_scheme});
  settings.no_proxy = read(config.no_proxy, environment, {"HH_NO_PROXY"});
  check_proxy(settings.proxy, refusal);
  refusal.check_text(settings.no_proxy, "no_proxy");
  // An environment's proxy means other machines.
  if (server.is_loopback() && settings.proxy.origin == Origin::environment) settings.proxy = {};
}

void resolve_compression(const TracerConfig& config, const Environment& environment,
                         Settings& settings, Refusal& refusal) {
  Text given = read(config.compression, environment, {"HH_COMPRESSION"});
  settings.compression = {Compression::none, given.origin, given.variable};
  if (!refusal.check_text(given, "compression")) return;
  if (given.value == "gzip") {
    settings.compression.value = Compression::gzip;
  } else if (given.value != "none") {
    refusal.check(given, "compression", shown_value(given.value) + " is not none or gzip");
  }
}

bool is_no(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  const auto words = {"false", "0", "no", "off", "disabled"};
  return std::find(words.begin(), words.end(), lower) != words.end();
}

}  // namespace

core::Result<void> resolve_network(const TracerConfig& config, const Environment& environment,
                                   Settings& settings) {
  if (!settings.is_sending()) return {};  // they concern nothing that it does
  Refusal refusal;
  const bool is_https = settings.server_url.value.scheme == "https";
  settings.tls_ca_file = read(config.tls_ca_file, environment, {"HH_CA_FILE"});
  // Set for all programs of the machine: it must not trouble those that it does not concern.
  if (settings.tls_ca_file.value.empty() && is_https) {
    settings.tls_ca_file = read({}, environment, {"SSL_CERT_FILE"});
  }
  settings.tls_client_cert = read(config.tls_client_cert, environment, {"HH_CLIENT_CERT"});
  settings.tls_client_key = read(config.tls_client_key, environment, {"HH_CLIENT_KEY"});
  check_file(settings.tls_ca_file, "tls_ca_file", PemContent::certificate, refusal);
  check_client_files(settings, refusal);
  resolve_proxy(config, environment, settings, refusal);
  resolve_compression(config, environment, settings, refusal);
  const Text verify = read({}, environment, {"HH_VERIFY_SSL"});
  if (is_no(verify.value) && is_https) {
    settings.warnings.push_back(
        "HH_VERIFY_SSL=" + verify.value +
        " has no effect: certificates are always verified, as the API key goes with every request; "
        "name the server's CA in HH_CA_FILE");
  }
  return std::move(refusal).result();
}

net::Transport transport_of(const Settings& settings) {
  net::Transport transport;
  transport.ca_file = settings.tls_ca_file.value;
  transport.trusts_ca_folder = settings.tls_ca_file.variable == "SSL_CERT_FILE";
  transport.client_cert = settings.tls_client_cert.value;
  transport.client_key = settings.tls_client_key.value;
  transport.no_proxy = settings.no_proxy.value;
  if (settings.proxy.value == "none") {
    transport.no_proxy = "*";
  } else {
    transport.proxy = settings.proxy.value;
  }
  return transport;
}

std::string describe_network(const Settings& settings) {
  std::string out;
  const auto line = [&](const char* name, const std::string& value, Origin origin,
                        const std::string& variable) {
    out += std::string("  ") + name + " = " + (value.empty() ? "(none)" : value) + " (" +
           (origin == Origin::explicit_field ? "given"
            : origin == Origin::environment  ? "from " + variable
                                             : "default") +
           ")\n";
  };
  const auto text = [&](const char* name, const Text& setting) {
    line(name, setting.value, setting.origin, setting.variable);
  };
  text("tls_ca_file", settings.tls_ca_file);
  text("tls_client_cert", settings.tls_client_cert);
  text("tls_client_key", settings.tls_client_key);
  line("proxy", shown_proxy(settings.proxy.value), settings.proxy.origin, settings.proxy.variable);
  text("no_proxy", settings.no_proxy);
  line("compression", settings.compression.value == Compression::gzip ? "gzip" : "none",
       settings.compression.origin, settings.compression.variable);
  return out;
}

}  // namespace honeyhive::sdk
