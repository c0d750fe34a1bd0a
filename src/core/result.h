#pragma once

// `Result<T>`: a value or an `Error`, for construction and I/O inside the project.
//
// The public headers have their own `honeyhive::Error` (include/honeyhive/error.h); this one is for
// layers that must not see them.
//
// Source: member names of C++23 `std::expected`, so that it can become an alias later.

#include <cstdint>
#include <string>
#include <utility>
#include <variant>

namespace honeyhive::core {

struct Error {
  // Append, never renumber: values are printed in logs.
  enum class Code : std::uint16_t {
    invalid_argument = 1,  // what the caller sent cannot work
    malformed_data = 2,    // bytes that do not decode
    not_found = 3,
    unavailable = 4,  // the server or the disk; trying again may help
    limit_exceeded = 5,
    internal = 6,
  };

  Code code = Code::internal;
  std::string message;  // names the field, file or offset, and the values
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  // Precondition: `has_value()`.
  T& operator*() & noexcept { return *std::get_if<0>(&state_); }
  const T& operator*() const& noexcept { return *std::get_if<0>(&state_); }
  T&& operator*() && noexcept { return std::move(*std::get_if<0>(&state_)); }
  T* operator->() noexcept { return std::get_if<0>(&state_); }
  const T* operator->() const noexcept { return std::get_if<0>(&state_); }

  // Precondition: `!has_value()`.
  const Error& error() const noexcept { return *std::get_if<1>(&state_); }

 private:
  std::variant<T, Error> state_;
};

// Success without a value, or an `Error`.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::in_place_index<1>, std::move(error)) {}

  bool has_value() const noexcept { return error_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }
  const Error& error() const noexcept { return *std::get_if<1>(&error_); }

 private:
  std::variant<std::monostate, Error> error_;
};

}  // namespace honeyhive::core
