#include "cli/environment.h"

#include <cstdlib>

namespace honeyhive::cli {

std::string environment_variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace honeyhive::cli
