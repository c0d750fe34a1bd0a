#include "cli/environment.h"

#include <cstdlib>

namespace honeyhive::cli {

std::string environment_variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string default_data_folder(const Environment& environment) {
  // Source: XDG Base Directory specification: relative paths in it are invalid, and ignored.
  const std::string shared = environment("XDG_DATA_HOME");
  if (shared.starts_with('/')) return shared + "/honeyhive";
  const std::string home = environment("HOME");
  return home.empty() ? "" : home + "/.local/share/honeyhive";
}

}  // namespace honeyhive::cli
