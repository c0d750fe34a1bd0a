#pragma once

// The values that protobuf's JSON writes as text or numbers.
//
// Thread-safe: no state. Source: RFC 8259, section 6; RFC 4648, sections 4 and 5.

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace honeyhive::otlp {

// Whether all of `text` is a number of JSON.
bool is_number(std::string_view text);

// Unset: a double cannot hold it. Precondition: `is_number(number)`.
std::optional<double> to_real(std::string_view number);

// Also of "1e3" and "2.0". Unset: no integer, or not in the range of T. The same precondition.
template <typename T>
std::optional<T> to_integer(std::string_view number) {
  T value = 0;
  const char* const end = number.data() + number.size();
  const auto parsed = std::from_chars(number.data(), end, value);
  if (parsed.ec == std::errc() && parsed.ptr == end) return value;
  const std::optional<double> real = to_real(number);
  constexpr auto least = static_cast<double>(std::numeric_limits<T>::min());
  const double above = std::ldexp(1.0, std::numeric_limits<T>::digits);
  if (!real || *real < least || *real >= above || std::trunc(*real) != *real) return std::nullopt;
  return static_cast<T>(*real);
}

// Either alphabet, with padding or without. False: it is none, and `out` is unspecified.
bool append_base64(std::string& out, std::string_view text);

}  // namespace honeyhive::otlp
