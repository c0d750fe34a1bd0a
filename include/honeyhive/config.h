#pragma once

// The configuration of a tracer: every field optional.
//
// Precedence: explicit field > environment variable > default. `HoneyHiveTracer::init` validates; a
// value that cannot work is refused with a `ConfigError` that names the field, the value and the
// fix. A text that is blank counts as unset, and so does a null pointer; white space around a text
// is not part of it. docs/configuration.md has all of it as tables, also the variables without a
// field.
//
// Fields are in the order of the documented Python signature (designated initialisers must
// follow it), then our own.
//
// Source: HoneyHiveTracer API reference, "init()".

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "honeyhive/value.h"

#pragma GCC visibility push(default)
namespace honeyhive {

// A text that may be unset. Also made from a null `const char*`, so that
// `.api_key = std::getenv("USER_SERVICE_API_KEY")` means unset when the variable is.
class OptionalText {
 public:
  OptionalText() = default;
  OptionalText(std::nullopt_t) {}
  OptionalText(const char* text) : text_(text ? std::optional<std::string>(text) : std::nullopt) {}
  OptionalText(std::string_view text) : text_(text) {}
  OptionalText(std::string text) : text_(std::move(text)) {}
  OptionalText(std::optional<std::string> text) : text_(std::move(text)) {}

  bool has_value() const noexcept { return text_.has_value(); }
  explicit operator bool() const noexcept { return has_value(); }
  const std::string& operator*() const noexcept { return *text_; }
  std::string value_or(std::string_view fallback) const {
    return text_ ? *text_ : std::string(fallback);
  }

 private:
  std::optional<std::string> text_;
};

struct TracerConfig {
  // HH_API_KEY; required, except in test mode and for a loopback server
  OptionalText api_key = {};
  // HH_PROJECT; default: the project of the key
  OptionalText project = {};
  // HH_SESSION_NAME; default: the program's file name, and none for a session that is joined
  OptionalText session_name = {};
  // HH_SOURCE; default "dev"
  OptionalText source = {};
  // HH_API_URL, then HH_SERVER_URL; default https://api.honeyhive.ai
  OptionalText server_url = {};
  // HH_SESSION_ID; a UUID (in test mode any text): joins that session instead of starting one.
  // Default: a new one. `inputs` and the three ids below are added to it.
  OptionalText session_id = {};
  // HH_DISABLE_HTTP_TRACING; default true: HTTP clients and servers make no spans of their own.
  // Nothing does yet where it is false.
  std::optional<bool> disable_http_tracing = {};
  // HH_DISABLE_BATCH; true: each span is sent when it ends, and its end waits for that, at most
  // `export_timeout`
  std::optional<bool> disable_batch = {};
  // HH_VERBOSE; prints the configuration and a line per batch
  std::optional<bool> verbose = {};
  // Of the session. Left out, and noted in its metadata, if they are larger than 1 MiB or a quarter
  // of the buffer.
  Object inputs = {};
  // HH_IS_EVALUATION; default: true if all three ids below are set. Each span then says them too.
  std::optional<bool> is_evaluation = {};
  // HH_RUN_ID, HH_DATASET_ID, HH_DATAPOINT_ID; metadata of the session
  OptionalText run_id = {};
  OptionalText dataset_id = {};
  OptionalText datapoint_id = {};
  // Headers of a remote parent, as text: `{{"traceparent", "00-..."}}`
  Object link_carrier = {};
  // HH_TEST_MODE; nothing is sent; honeyhive/testing.h sees the spans
  std::optional<bool> test_mode = {};

  // HH_SAMPLE_RATE; 0 to 1, share of traces recorded, decided by trace id; default 1
  std::optional<double> sample_rate = {};
  // HH_REQUIRE_CONNECTION; construction asks the server and throws ConnectionError if nothing
  // answers within `export_timeout`; default false: spans wait for the server
  std::optional<bool> require_connection = {};
  // HH_BUFFER_BYTES; bound of unsent spans in memory, 256 KiB to 1 GiB; default 16 MiB. The tracers
  // of a process share one buffer, of the largest size asked for; of it each destination (server,
  // key, project) gets at most half while there are several.
  std::optional<std::size_t> buffer_bytes = {};
  // HH_EXPORT_TIMEOUT_MS, then HH_TIMEOUT (seconds); one request, 1 ms to 10 min; default 5 s
  std::optional<std::chrono::milliseconds> export_timeout = {};
  // HH_ON_FULL_WAIT_MS; what the end of a span does when the buffer is full: waits this long for
  // room, then drops the span (counted); 0 to 1 min; default: drops at once
  std::optional<std::chrono::milliseconds> on_full_wait = {};

  // HH_CA_FILE; PEM file of the CAs that are trusted, instead of the system's. Then SSL_CERT_FILE,
  // as curl takes it: beside the system's folder of CAs. Certificates are always verified.
  OptionalText tls_ca_file = {};
  // HH_CLIENT_CERT; PEM file of our certificate, for servers that ask for one
  OptionalText tls_client_cert = {};
  // HH_CLIENT_KEY; PEM file of its key, not encrypted; default: the file of the certificate
  OptionalText tls_client_key = {};
  // HH_PROXY, then HH_HTTPS_PROXY or HH_HTTP_PROXY by the scheme of the server:
  // "http://user:password@host:port", the last two encoded as in a URL, or "none". Default:
  // https_proxy, http_proxy, all_proxy, as curl. For a server on this machine only this field
  // counts, nothing of the environment.
  OptionalText proxy = {};
  // HH_NO_PROXY; hosts that are asked without a proxy, such as "localhost,.example.com"; default:
  // no_proxy
  OptionalText no_proxy = {};
  // HH_COMPRESSION; "gzip" makes requests two to three times smaller for about 25 us of CPU per
  // span of 2.7 KB; default "none"
  OptionalText compression = {};

  // This configuration with every field that `overrides` sets replaced. Blank texts and empty
  // objects set nothing.
  TracerConfig merged(const TracerConfig& overrides) const;
};

}  // namespace honeyhive
#pragma GCC visibility pop
