#pragma once

// From what a program and its environment say to what a tracer works with.
//
// Precedence: explicit field > environment variable > default; every resolved value remembers where
// it came from. A value that cannot work is refused by name, with the fix.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

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

struct Settings {
  Setting<std::string> api_key;  // may be empty
  Setting<std::string> project;  // may be empty: the key decides
  Setting<std::string> session_name;
  Setting<std::string> source;
  Setting<core::Url> server_url;
  Setting<bool> disable_batch;
  Setting<bool> verbose;
  Setting<bool> test_mode;
  Setting<double> sample_rate;
  Setting<std::uint64_t> buffer_bytes;
  Setting<std::chrono::milliseconds> export_timeout;
  Setting<std::chrono::milliseconds> on_full_wait;
};

// Reads one variable of the environment; a seam for tests.
using Environment = std::function<std::optional<std::string>(const char* name)>;

// Error: `invalid_argument`; the message names field or variable, value and fix.
core::Result<Settings> resolve(const TracerConfig& config, const Environment& environment);

// A line per setting with its origin, for `verbose`. Keys are masked to their last four characters.
std::string describe(const Settings& settings);

}  // namespace honeyhive::sdk
