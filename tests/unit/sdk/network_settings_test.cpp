#include "sdk/network_settings.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "core/limits.h"

namespace honeyhive::sdk {
namespace {

using Variables = std::map<std::string, std::string>;

core::Result<Settings> resolved(TracerConfig config, const Variables& variables = {}) {
  if (!config.api_key) config.api_key = "key";
  return resolve(config, [&](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  });
}

std::string refusal(const TracerConfig& config, const Variables& variables = {}) {
  const auto settings = resolved(config, variables);
  REQUIRE_FALSE(settings.has_value());
  return settings.error().message;
}

net::Transport transport(const TracerConfig& config, const Variables& variables = {}) {
  const auto settings = resolved(config, variables);
  REQUIRE(settings.has_value());
  return transport_of(*settings);
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}

constexpr const char* certificate =
    "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n";
constexpr const char* key = "-----BEGIN EC PRIVATE KEY-----\nMA==\n-----END EC PRIVATE KEY-----\n";

// A folder that lives as long as its test.
class Folder {
 public:
  Folder() {
    std::string name = "/tmp/honeyhive_pem_XXXXXX";
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string path(const std::string& name) const { return (path_ / name).string(); }
  std::string write(const std::string& name, const std::string& content) const {
    std::ofstream(path(name), std::ios::binary) << content;
    return path(name);
  }

 private:
  std::filesystem::path path_;
};

TEST_SUITE_BEGIN("sdk/network_settings");

TEST_CASE("without anything requests travel as the machine says") {
  CHECK(transport({}) == net::Transport{});
  const auto settings = resolved({});
  CHECK(settings->compression.value == Compression::none);
  CHECK(settings->warnings.empty());
}

TEST_CASE("files of certificates are named by field or variable, the field first") {
  const Folder folder;
  const std::string ca = folder.write("ca", certificate),
                    other = folder.write("other", certificate),
                    own = folder.write("own", certificate), own_key = folder.write("key", key);
  CHECK(transport({.tls_ca_file = ca}).ca_file == ca);
  CHECK(transport({}, {{"HH_CA_FILE", ca}}).ca_file == ca);
  CHECK(transport({.tls_ca_file = ca}, {{"HH_CA_FILE", other}}).ca_file == ca);
  CHECK(transport({.tls_ca_file = "  "}, {{"HH_CA_FILE", other}}).ca_file == other);
  const net::Transport both = transport({}, {{"HH_CLIENT_CERT", own}, {"HH_CLIENT_KEY", own_key}});
  CHECK(both.client_cert == own);
  CHECK(both.client_key == own_key);
  CHECK_FALSE(transport({.tls_ca_file = ca}).trusts_ca_folder);
}

TEST_CASE("SSL_CERT_FILE counts for https, last, and beside the system's folder of CAs") {
  const Folder folder;
  const std::string ca = folder.write("ca", certificate),
                    other = folder.write("other", certificate);
  const net::Transport usual = transport({}, {{"SSL_CERT_FILE", ca}});
  CHECK(usual.ca_file == ca);
  CHECK(usual.trusts_ca_folder);
  CHECK(transport({}, {{"SSL_CERT_FILE", ca}, {"HH_CA_FILE", other}}).ca_file == other);
  CHECK(transport({.server_url = "http://one"}, {{"SSL_CERT_FILE", "/missing"}}).ca_file.empty());
  CHECK(contains(refusal({}, {{"SSL_CERT_FILE", "/missing"}}), "SSL_CERT_FILE (tls_ca_file): "));
}

TEST_CASE("a tracer that sends nothing is refused for nothing of the network") {
  const Variables variables{{"SSL_CERT_FILE", "/nowhere"}, {"HH_PROXY", "socks5://p:1"}};
  CHECK(resolved({.test_mode = true}, variables).has_value());
  CHECK(resolved({}, {{"HH_DISABLE_TRACING", "1"}, {"HH_PROXY", "socks5://p:1"}}).has_value());
  CHECK(contains(refusal({}, variables), "SSL_CERT_FILE"));
}

TEST_CASE("a path stays the same file when the program goes elsewhere") {
  const Folder folder;
  folder.write("ca", certificate);
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path(""));
  const std::string found = transport({.tls_ca_file = "ca"}).ca_file;
  std::filesystem::current_path(before);
  CHECK(found == folder.path("ca"));
}

TEST_CASE("the key may be in the file of the certificate") {
  const Folder folder;
  const std::string both = folder.write("both", std::string(certificate) + key);
  CHECK(transport({.tls_client_cert = both}).client_cert == both);
  CHECK(transport({.tls_client_cert = both}).client_key.empty());
}

TEST_CASE("a file that cannot be used is refused with field, value and fix") {
  const Folder folder;
  const std::string missing = folder.path("missing"), text = folder.write("text", "hello"),
                    empty = folder.write("empty", ""), own = folder.write("own", certificate),
                    own_key = folder.write("key", key), pipe = folder.path("pipe");
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const std::string huge = folder.write("huge", certificate);
  std::filesystem::resize_file(huge, core::limits::pem_file_bytes + 1);
  CHECK(refusal({.tls_ca_file = missing}) ==
        "tls_ca_file: \"" + missing +
            "\" cannot be read (No such file or directory); name a readable file");
  CHECK(refusal({}, {{"HH_CLIENT_CERT", missing}}) ==
        "HH_CLIENT_CERT (tls_client_cert): \"" + missing +
            "\" cannot be read (No such file or directory); name a readable file");
  CHECK(contains(refusal({.tls_ca_file = folder.path("")}), "\" is no file; name one in PEM form"));
  CHECK(contains(refusal({.tls_ca_file = pipe}), "\" is no file; name one in PEM form"));
  CHECK(contains(refusal({.tls_ca_file = huge}), "\" is larger than 4 MiB"));
  for (const std::string& path : {text, empty, own_key}) {
    CAPTURE(path);
    CHECK(contains(refusal({.tls_ca_file = path}), "\" holds no certificate in PEM form; name"));
  }
  CHECK(contains(refusal({.tls_client_cert = own}),
                 "tls_client_cert: \"" + own + "\" holds no private key in PEM form"));
  CHECK(contains(refusal({.tls_client_cert = own, .tls_client_key = own}),
                 "tls_client_key: \"" + own + "\" holds no private key in PEM form"));
  CHECK(contains(refusal({}, {{"HH_CLIENT_KEY", own_key}}),
                 "HH_CLIENT_KEY (tls_client_key): is set without a certificate; set"));
  CHECK(contains(refusal({.tls_ca_file = "a\nb"}), "tls_ca_file: is not one line of at most 4096"));
  CHECK(contains(refusal({.tls_ca_file = std::string(4097, 'a')}), "is not one line of at most"));
  if (::geteuid() != 0) {
    ::chmod(own.c_str(), 0);
    CHECK(contains(refusal({.tls_ca_file = own}), "cannot be read (Permission denied); name"));
  }
}

TEST_CASE("an encrypted key is refused, as nobody is there to be asked for its passphrase") {
  const Folder folder;
  const std::string own = folder.write("own", certificate);
  for (const char* const content :
       {"-----BEGIN ENCRYPTED PRIVATE KEY-----\n",
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n"}) {
    const std::string encrypted = folder.write("encrypted", content);
    CHECK(contains(refusal({.tls_client_cert = own, .tls_client_key = encrypted}),
                   "holds an encrypted private key; store it without a passphrase"));
  }
}

TEST_CASE("a proxy is a URL, with a port that is always said") {
  const struct {
    const char *given, *used;
  } cases[] = {
      {"http://proxy.example:3128", "http://proxy.example:3128"},
      {"http://Proxy.example", "http://proxy.example:80"},
      {"https://proxy.example/", "https://proxy.example:443"},
      {"proxy.example:3128", "http://proxy.example:3128"},
      {"http://user:p%40ss@proxy.example:1", "http://user:p%40ss@proxy.example:1"},
      {"user@proxy.example", "http://user@proxy.example:80"},
      {"http://a@b:c@d:1", "http://a@b:c@d:1"},
      {"http://[::1]:3128", "http://[::1]:3128"},
      {"none", ""},
  };
  for (const auto& example : cases) {
    CAPTURE(std::string(example.given));
    CHECK(transport({.proxy = example.given}).proxy == example.used);
    CHECK(transport({}, {{"HH_PROXY", example.given}}).proxy == example.used);
  }
  CHECK(transport({.proxy = "none"}).no_proxy == "*");
}

TEST_CASE("proxies are looked for by field, by name, and by the server's scheme") {
  const Variables all = {{"HH_PROXY", "http://a:1"},
                         {"HH_HTTPS_PROXY", "http://b:1"},
                         {"HH_HTTP_PROXY", "http://c:1"}};
  Variables two = all;
  two.erase("HH_PROXY");
  CHECK(transport({.proxy = "http://d:1"}, all).proxy == "http://d:1");
  CHECK(transport({}, all).proxy == "http://a:1");
  CHECK(transport({}, two).proxy == "http://b:1");
  CHECK(transport({.server_url = "http://one"}, two).proxy == "http://c:1");
  CHECK(transport({}, {{"HH_NO_PROXY", "a,b"}}).no_proxy == "a,b");
  CHECK(transport({.no_proxy = "c"}, {{"HH_NO_PROXY", "a,b"}}).no_proxy == "c");
}

TEST_CASE("for a server on this machine only the field counts") {
  for (const char* const server : {"http://localhost:4318", "https://127.0.0.9", "http://[::1]"}) {
    CAPTURE(std::string(server));
    CHECK(transport({.server_url = server}, {{"HH_PROXY", "http://a:1"}}).proxy.empty());
    CHECK(transport({.server_url = server, .proxy = "http://a:1"}).proxy == "http://a:1");
  }
}

TEST_CASE("a proxy that cannot work is refused, and its password is shown nowhere") {
  CHECK(refusal({.proxy = "socks5://a:1"}) ==
        "proxy: \"socks5://a:1\" is no proxy: it does not start with http:// or https://; write it "
        "as http://host:port or http://user:password@host:port, with %40 for \"@\" and %2F for "
        "\"/\", or \"none\"");
  CHECK(contains(refusal({}, {{"HH_PROXY", "http://a:0"}}), "HH_PROXY (proxy): \"http://a:0\""));
  CHECK(contains(refusal({.proxy = "http://a:1/path"}), "it has a path"));
  CHECK(contains(refusal({.proxy = "a b"}), "is no proxy"));
  CHECK(contains(refusal({.proxy = "a\tb"}), "proxy: is not one line"));
  for (const char* const proxy :
       {"http://user:secret@proxy:99999", "http://user:sec/ret@proxy:1", "http://user:secret@",
        "socks5://user:secret@proxy:1", "user:secret@proxy:x", "secret/@", "user:sec ret@h",
        "http://user:sec?ret@h"}) {
    CAPTURE(std::string(proxy));
    const std::string message = refusal({.proxy = proxy});
    CHECK(contains(message, "proxy: (hidden) is no proxy; write it as"));
    CHECK_FALSE(contains(message, "sec"));
    CHECK_FALSE(contains(message, "ret@"));
  }
}

TEST_CASE("what verbose prints shows where it came from, and no user or password") {
  const auto settings = resolved({.proxy = "http://user:secret@proxy.example:3128"},
                                 {{"HH_COMPRESSION", "gzip"}, {"HH_NO_PROXY", "a,b"}});
  REQUIRE(settings.has_value());
  const std::string text = describe(*settings);
  CHECK(contains(text, "  tls_ca_file = (none) (default)\n"));
  CHECK(contains(text, "  proxy = http://****@proxy.example:3128 (given)\n"));
  CHECK(contains(text, "  no_proxy = a,b (from HH_NO_PROXY)\n"));
  CHECK(contains(text, "  compression = gzip (from HH_COMPRESSION)\n"));
  CHECK_FALSE(contains(text, "secret"));
  CHECK_FALSE(contains(text, "user"));
}

TEST_CASE("compression is none or gzip") {
  CHECK(resolved({.compression = "gzip"})->compression.value == Compression::gzip);
  CHECK(resolved({.compression = "none"}, {{"HH_COMPRESSION", "gzip"}})->compression.value ==
        Compression::none);
  CHECK(refusal({}, {{"HH_COMPRESSION", "zstd"}}) ==
        "HH_COMPRESSION (compression): \"zstd\" is not none or gzip");
}

TEST_CASE("verification cannot be switched off, which is said to who tries") {
  for (const char* const no : {"false", "0", "Off", "no", "DISABLED"}) {
    const auto settings = resolved({}, {{"HH_VERIFY_SSL", no}});
    REQUIRE(settings.has_value());
    REQUIRE(settings->warnings.size() == 1);
    CHECK(settings->warnings[0] ==
          std::string("HH_VERIFY_SSL=") + no +
              " has no effect: certificates are always verified, as the API key goes with every "
              "request; name the server's CA in HH_CA_FILE");
  }
  CHECK(resolved({}, {{"HH_VERIFY_SSL", "true"}})->warnings.empty());
  CHECK(resolved({.server_url = "http://one"}, {{"HH_VERIFY_SSL", "0"}})->warnings.empty());
}

TEST_SUITE_END();

}  // namespace
}  // namespace honeyhive::sdk
