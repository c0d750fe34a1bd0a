#pragma once

// From what a program and its environment say to what a tracer works with.
//
// Precedence: explicit field > environment variable > default; every resolved value remembers where
// it came from. A value that cannot work is refused by name, with the fix; a variable of
// OpenTelemetry's that cannot work counts as unset, because it may be meant for somebody else.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/limits.h"
#include "core/result.h"
#include "core/url.h"
#include "honeyhive/config.h"

namespace honeyhive::sdk {

enum class Origin : std::uint8_t { fallback, environment, explicit_field };

template <typename T>
struct Setting {
  T value{};
  Origin origin = Origin::fallback;
  std::string variable = {};  // of the environment, if it came from there
};

// What is written to and read from the headers of requests.
struct Propagators {
  bool trace_context = true;
  bool baggage = true;

  friend bool operator==(const Propagators&, const Propagators&) = default;
};

using TextPairs = std::vector<std::pair<std::string, std::string>>;

enum class Compression : std::uint8_t { none, gzip };

struct Settings {
  Setting<std::string> api_key;       // may be empty
  Setting<std::string> project;       // may be empty: the key decides
  Setting<std::string> session_name;  // empty: the session that is joined has one
  Setting<std::string> source;
  Setting<core::Url> server_url;
  Setting<std::string> session_id;  // empty: a new session
  Setting<bool> disable_http_tracing{true};
  Setting<bool> disable_batch;
  Setting<bool> verbose;
  Setting<Object> inputs;
  Setting<bool> is_evaluation;
  Setting<std::string> run_id;
  Setting<std::string> dataset_id;
  Setting<std::string> datapoint_id;
  Setting<Object> link_carrier;  // all members are texts
  Setting<bool> test_mode;
  Setting<double> sample_rate;
  Setting<bool> require_connection;
  Setting<std::uint64_t> buffer_bytes;
  Setting<std::chrono::milliseconds> export_timeout;
  Setting<std::chrono::milliseconds> on_full_wait;
  Setting<std::string> tls_ca_file;      // absolute, as the next two; empty: the system's
  Setting<std::string> tls_client_cert;  // may be empty
  Setting<std::string> tls_client_key;   // empty: in the file of the certificate
  Setting<std::string> proxy;  // may hold a password; "none"; empty: as the environment says
  Setting<std::string> no_proxy;
  Setting<Compression> compression;

  // Of the environment only.
  Setting<bool> disable_tracing;
  Setting<std::string> service_name;
  Setting<TextPairs> resource_attributes;
  Setting<std::uint32_t> max_attributes{core::limits::attributes_per_span};
  Setting<std::uint32_t> max_events{core::limits::events_per_span};
  Setting<std::uint32_t> max_value_bytes{core::limits::value_bytes};
  Setting<Propagators> propagators;
  std::vector<std::string> ignored;   // variables of OpenTelemetry's that cannot work, and why
  std::vector<std::string> warnings;  // to be said when the tracer is made

  // Whether anything of this tracer goes to a server.
  bool is_sending() const noexcept { return !test_mode.value && !disable_tracing.value; }
};

// Reads one variable of the environment; a seam for tests.
using Environment = std::function<std::optional<std::string>(const char* name)>;

// Error: `invalid_argument`; the message names field or variable, value and fix.
core::Result<Settings> resolve(const TracerConfig& config, const Environment& environment);

// A line per setting with its origin, for `verbose`. Keys are masked to their last four characters;
// of objects only their names or size are shown.
std::string describe(const Settings& settings);

}  // namespace honeyhive::sdk
