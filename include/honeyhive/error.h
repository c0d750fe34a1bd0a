#pragma once

// How calls that can fail report it: `Expected<T>` holds a value or an `Error`; `ConfigError` is
// the same error as an exception, for constructors.
//
// Tracing calls (`Span`, `enrich_span`) never fail: what cannot be recorded is counted in
// `HoneyHiveTracer::stats()`. Only making a tracer can be refused: for its configuration, or
// (`unavailable`) without memory or a thread to send with, in the child of a fork, or, with
// `require_connection`, without a server.

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

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

// Thrown by them only with `require_connection`. Python: ConnectionError.
class ConnectionError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A value or an error; test it before use. Member names are those of C++23 `std::expected`.
template <typename T>
class [[nodiscard]] Expected {
 public:
  Expected(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Expected(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  // Precondition: `has_value()`.
  T& operator*() & noexcept { return *std::get_if<0>(&state_); }
  const T& operator*() const& noexcept { return *std::get_if<0>(&state_); }
  T&& operator*() && noexcept { return std::move(*std::get_if<0>(&state_)); }
  T* operator->() noexcept { return std::get_if<0>(&state_); }
  const T* operator->() const noexcept { return std::get_if<0>(&state_); }

  // The value, or `fallback` if there is an error.
  template <typename U>
  T value_or(U&& fallback) const& {
    return has_value() ? **this : static_cast<T>(std::forward<U>(fallback));
  }

  // Precondition: `!has_value()`.
  const Error& error() const noexcept { return *std::get_if<1>(&state_); }

 private:
  std::variant<T, Error> state_;
};

}  // namespace honeyhive
#pragma GCC visibility pop
