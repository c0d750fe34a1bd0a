#include "sdk/environment.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>

#include "core/utf8.h"

namespace honeyhive::sdk {
namespace {

struct Variable {
  std::string_view name;
  std::string_view field;  // of TracerConfig
  std::string_view text;
};

// In the order of TracerConfig. docs/configuration.md is generated from this table.
constexpr std::array environment_variables = {
    Variable{"HH_API_KEY", "api_key",
             "Key of the project. Required, except in test mode and for a server on this machine."},
    Variable{"HH_PROJECT", "project", "Project name. Default: the project of the key."},
    Variable{"HH_SESSION_NAME", "session_name",
             "Name of the tracer's session. Default: the program's file name."},
    Variable{"HH_SOURCE", "source", "Where the program runs, such as production. Default: dev."},
    Variable{"HH_API_URL", "server_url", "The server. Default: https://api.honeyhive.ai."},
    Variable{"HH_SERVER_URL", "server_url", "The same; HH_API_URL wins."},
    Variable{"HH_SESSION_ID", "session_id",
             "Id of a session to join, a UUID. Default: a session of its own."},
    Variable{"HH_DISABLE_HTTP_TRACING", "disable_http_tracing",
             "false: HTTP clients and servers may make spans of their own. Nothing does yet. "
             "Default: true."},
    Variable{"HH_DISABLE_BATCH", "disable_batch",
             "true: every span is sent when it ends, in a request of its own. Default: false."},
    Variable{"HH_VERBOSE", "verbose",
             "true: prints the configuration and a line for each batch. Default: false."},
    Variable{"HH_IS_EVALUATION", "is_evaluation",
             "true: every span says the three ids below, too. Default: true if all are set."},
    Variable{"HH_RUN_ID", "run_id", "Id of an evaluation's run: metadata of the session."},
    Variable{"HH_DATASET_ID", "dataset_id", "Id of its dataset, likewise."},
    Variable{"HH_DATAPOINT_ID", "datapoint_id", "Id of its datapoint, likewise."},
    Variable{"HH_TEST_MODE", "test_mode", "true: nothing is sent. Default: false."},
    Variable{"HH_SAMPLE_RATE", "sample_rate",
             "Share of traces that are recorded, 0 to 1, decided by trace id. Default: 1."},
    Variable{"HH_REQUIRE_CONNECTION", "require_connection",
             "true: without a server that answers there is no tracer. Default: false."},
    Variable{"HH_BUFFER_BYTES", "buffer_bytes",
             "Bound of unsent spans in memory, 262144 to 1073741824 bytes. Default: 16777216."},
    Variable{"HH_EXPORT_TIMEOUT_MS", "export_timeout",
             "How long one request may take, 1 to 600000 ms. Default: 5000."},
    Variable{"HH_TIMEOUT", "export_timeout", "The same in seconds, 0.001 to 600."},
    Variable{"OTEL_BSP_EXPORT_TIMEOUT", "export_timeout",
             "The same in ms, where neither of the above is set."},
    Variable{
        "HH_ON_FULL_WAIT_MS", "on_full_wait",
        "How long the end of a span waits for room in a full buffer, 0 to 60000 ms, before the "
        "span is dropped and counted. Default: it does not wait."},
    Variable{"HH_CA_FILE", "tls_ca_file",
             "PEM file of the CAs that are trusted. Default: the system's."},
    Variable{"SSL_CERT_FILE", "tls_ca_file",
             "The same beside the system's folder of CAs, for https servers; HH_CA_FILE wins."},
    Variable{"HH_CLIENT_CERT", "tls_client_cert",
             "PEM file of our certificate, for servers that ask for one."},
    Variable{"HH_CLIENT_KEY", "tls_client_key",
             "PEM file of its key, not encrypted. Default: the file of the certificate."},
    Variable{"HH_VERIFY_SSL", "",
             "false has no effect but a warning: certificates are always verified."},
    Variable{"HH_PROXY", "proxy",
             "http://host:port or http://user:password@host:port, or none. Default: as below."},
    Variable{"HH_HTTPS_PROXY", "proxy", "The same for https servers; HH_PROXY wins."},
    Variable{"HH_HTTP_PROXY", "proxy", "The same for http servers; HH_PROXY wins."},
    Variable{"HH_NO_PROXY", "no_proxy",
             "Hosts that are asked without a proxy, with commas. Default: no_proxy."},
    Variable{"HH_COMPRESSION", "compression",
             "gzip: requests are compressed, for about 25 us of CPU per span. Default: none."},
    Variable{"HH_DISABLE_TRACING", "",
             "true: nothing is recorded or sent, and no key is needed. Default: false."},
    Variable{"OTEL_SDK_DISABLED", "", "The same; HH_DISABLE_TRACING wins."},
    Variable{"HH_SERVICE_NAME", "",
             "Attribute service.name of the resource. Default: the program's file name."},
    Variable{"OTEL_SERVICE_NAME", "",
             "The same; then service.name among OTEL_RESOURCE_ATTRIBUTES."},
    Variable{"OTEL_RESOURCE_ATTRIBUTES", "",
             "Further attributes of the resource: key=value,key=value, percent-encoded; at most "
             "128 in 16384 bytes."},
    Variable{"HH_MAX_ATTRIBUTES", "", "Attributes of a span, 1 to 1024. Default: 1024."},
    Variable{"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "", "The same; HH_MAX_ATTRIBUTES wins."},
    Variable{"OTEL_ATTRIBUTE_COUNT_LIMIT", "", "The same; both of the above win."},
    Variable{"HH_MAX_EVENTS", "", "Events of a span, 1 to 1024. Default: 1024."},
    Variable{"OTEL_SPAN_EVENT_COUNT_LIMIT", "", "The same; HH_MAX_EVENTS wins."},
    Variable{"HH_MAX_VALUE_BYTES", "",
             "Bytes of a text, 1 to 1048576; what is longer is cut, and marked. Default: 1048576."},
    Variable{"OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "", "The same; HH_MAX_VALUE_BYTES wins."},
    Variable{"OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "", "The same; both of the above win."},
    Variable{"HH_PROPAGATORS", "",
             "What is written to and read from headers: tracecontext, baggage, or none. Default: "
             "tracecontext,baggage."},
    Variable{"OTEL_PROPAGATORS", "",
             "The same; HH_PROPAGATORS wins, and names of other propagators are ignored."},
};

constexpr std::size_t longest_program_name = 255;

bool is_known(std::string_view name) noexcept {
  return std::any_of(environment_variables.begin(), environment_variables.end(),
                     [&](const Variable& variable) { return variable.name == name; });
}

}  // namespace

std::optional<std::string> read_environment(const char* name) {
  const char* const value = ::secure_getenv(name);
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

std::vector<std::string> unknown_environment() {
  std::vector<std::string> names;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::string_view name = text.substr(0, text.find('='));
    if (name.starts_with("HH_") && !is_known(name)) names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string program_name() {
  const char* const name = program_invocation_short_name;
  if (name == nullptr || *name == '\0') return "unknown";
  std::string out;
  core::append_repaired(out, core::cut_at_character(name, longest_program_name));
  std::replace_if(
      out.begin(), out.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
  return out;
}

}  // namespace honeyhive::sdk
