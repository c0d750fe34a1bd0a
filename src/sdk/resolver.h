#pragma once

// Resolves one setting after the other and keeps the first refusal. Not thread-safe.

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sdk/config.h"

namespace honeyhive::sdk {

// Without the white space around it; nullopt if nothing is left.
std::optional<std::string> trimmed(std::string_view text);

class Resolver {
 public:
  using Variables = std::initializer_list<const char*>;  // the first that is set decides

  explicit Resolver(const Environment& environment) : environment_(environment) {}

  // What is given as `field` or in a variable; of one line, in UTF-8, of at most 1,024 bytes.
  Setting<std::string> text(const OptionalText& field, const char* name, Variables variables,
                            std::string fallback);

  Setting<bool> flag(const std::optional<bool>& field, const char* name, Variables variables,
                     bool fallback = false);

  template <typename T>
  struct Range {
    T low, high, fallback;
    const char* what;  // "a number from 0 to 1"
  };
  // `field` is "" for what can be set in the environment only. A variable of OpenTelemetry's above
  // the range means its end.
  template <typename T>
  Setting<T> number(const std::optional<T>& field, const char* name, Variables variables,
                    const Range<T>& range);

  // The text of a variable, for what has a syntax of its own.
  Setting<std::optional<std::string>> variable(Variables variables) const;

  // OpenTelemetry's say what cannot be used; all others refuse.
  static bool is_foreign(std::string_view variable) { return variable.starts_with("OTEL_"); }
  void refuse_or_ignore(const std::string& variable, std::string message);

  void refuse(std::string message) {
    if (!error_) error_ = core::Error{core::Error::Code::invalid_argument, std::move(message)};
  }
  const std::optional<core::Error>& error() const { return error_; }
  std::vector<std::string> take_ignored() { return std::move(ignored_); }

  // A value fit for a message: one short line, and no key.
  std::string shown(std::string_view text) const;
  void hide(std::string secret) { secret_ = std::move(secret); }

 private:
  const Environment& environment_;
  std::optional<core::Error> error_;
  std::vector<std::string> ignored_;
  std::string secret_;
};

// "HH_SAMPLE_RATE (sample_rate)", "HH_SAMPLE_RATE" or "sample_rate".
std::string named(Origin origin, const std::string& variable, std::string_view field);

}  // namespace honeyhive::sdk
