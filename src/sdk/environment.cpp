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
    Variable{"HH_DISABLE_BATCH", "disable_batch",
             "true: every span is sent when it ends, in a request of its own. Default: false."},
    Variable{"HH_VERBOSE", "verbose",
             "true: prints the configuration and a line for each batch. Default: false."},
    Variable{"HH_TEST_MODE", "test_mode", "true: nothing is sent. Default: false."},
    Variable{"HH_SAMPLE_RATE", "sample_rate",
             "Share of traces that are recorded, 0 to 1, decided by trace id. Default: 1."},
    Variable{"HH_BUFFER_BYTES", "buffer_bytes",
             "Bound of unsent spans in memory, 262144 to 1073741824 bytes. Default: 16777216."},
    Variable{"HH_EXPORT_TIMEOUT_MS", "export_timeout",
             "How long one request may take, 1 to 600000 ms. Default: 5000."},
    Variable{
        "HH_ON_FULL_WAIT_MS", "on_full_wait",
        "How long the end of a span waits for room in a full buffer, 0 to 60000 ms, before the "
        "span is dropped and counted. Default: it does not wait."},
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
  std::string_view text(value);
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  if (text.empty()) return std::nullopt;
  return std::string(text);
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
