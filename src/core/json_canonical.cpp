#include "core/json_canonical.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <optional>

#include "core/hex.h"
#include "core/utf8.h"

namespace honeyhive::core {
namespace {

std::optional<std::uint32_t> unit_at(std::string_view text, std::size_t at) {
  std::array<std::uint8_t, 2> unit{};
  if (text.substr(at, 2) != "\\u" || !parse_hex(text.substr(at + 2, 4), unit)) {
    return std::nullopt;
  }
  return std::uint32_t{unit[0]} << 8 | unit[1];
}

// Appends the escape at `at`; half of a surrogate pair becomes U+FFFD. Returns the end.
std::size_t append_escape(std::string& out, std::string_view text, std::size_t at) {
  const auto unit = unit_at(text, at);
  if (!unit) {
    out.append(text.substr(at, 2));
    return at + 2;
  }
  if (*unit < 0xd800 || *unit > 0xdfff) {
    out.append(text.substr(at, 6));
    return at + 6;
  }
  const auto low = unit_at(text, at + 6);
  if (*unit < 0xdc00 && low && *low >= 0xdc00 && *low <= 0xdfff) {
    out.append(text.substr(at, 12));
    return at + 12;
  }
  out += "\\ufffd";
  return at + 6;
}

// Appends the number at `at`; one that no double holds becomes null, as most readers refuse it.
// Returns the end.
std::size_t append_number(std::string& out, std::string_view text, std::size_t at) {
  const std::size_t end = std::min(text.find_first_not_of("0123456789+-.eE", at), text.size());
  const std::string digits(text.substr(at, end - at));
  out += std::isfinite(std::strtod(digits.c_str(), nullptr)) ? digits : "null";
  return end;
}

bool begins_number(char c) { return c == '-' || (c >= '0' && c <= '9'); }

}  // namespace

std::string canonical_json(std::string_view text) {
  std::string repaired;
  if (!is_utf8(text)) {
    append_repaired(repaired, text);
    text = repaired;
  }
  std::string out;
  out.reserve(text.size());
  bool in_string = false;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (in_string && c == '\\') {
      at = append_escape(out, text, at);
      continue;
    }
    if (!in_string && begins_number(c)) {
      at = append_number(out, text, at);
      continue;
    }
    if (c == '"') in_string = !in_string;
    if (in_string || !(c == ' ' || c == '\t' || c == '\n' || c == '\r')) out += c;
    ++at;
  }
  return out;
}

}  // namespace honeyhive::core
