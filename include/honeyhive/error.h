#pragma once

// How construction reports a failure: `ConfigError`, an exception made from an `Error`.
//
// Tracing calls (`Span`, `enrich_span`) never fail: what cannot be recorded is counted in
// `HoneyHiveTracer::stats()`. Only making a tracer can be refused: for its configuration, or
// (`unavailable`) without memory or a thread to send with, or in the child of a fork.

#include <cstdint>
#include <stdexcept>
#include <string>

#pragma GCC visibility push(default)
namespace honeyhive {

// What went wrong, as a stable code plus a message for people.
struct Error {
  // Append, never renumber: values are printed in logs.
  enum class Code : std::uint16_t {
    invalid_config = 1,
    invalid_argument = 2,
    malformed_data = 3,
    not_found = 4,
    unavailable = 5,  // the server or the disk; trying again may help
    limit_exceeded = 6,
    internal = 7,
  };

  Code code = Code::internal;
  // Names the field, the value and the fix: "sample_rate: 2 is not in 0 to 1; ...".
  std::string message;
};

// Thrown by `HoneyHiveTracer::init` and its constructors. Python: ValueError.
class ConfigError : public std::invalid_argument {
 public:
  explicit ConfigError(const Error& error)
      : std::invalid_argument(error.message), code_(error.code) {}

  Error::Code code() const noexcept { return code_; }

 private:
  Error::Code code_;
};

}  // namespace honeyhive
#pragma GCC visibility pop
