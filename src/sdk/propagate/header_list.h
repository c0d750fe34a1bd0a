#pragma once

// A header whose value is a list, taken apart in place. Thread-safe: pure functions.
//
// Source: RFC 9110, sections 5.3 (lines of one name are one list, in order) and 5.6.1 (its members
// are separated by commas; empty ones are ignored), 5.6.3 (OWS).

#include <span>
#include <string_view>

namespace honeyhive::sdk {

// `text` without the spaces and tabs around it.
constexpr std::string_view trim_ows(std::string_view text) noexcept {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

// The part of `text` before the first `separator`; `text` becomes what follows it, or null.
constexpr std::string_view take_until(std::string_view& text, char separator) noexcept {
  const auto at = text.find(separator);
  const std::string_view part = text.substr(0, at);
  text = at == text.npos ? std::string_view() : text.substr(at + 1);
  return part;
}

// Calls `each` with every member that is not empty, until it returns false; says whether it never
// did.
template <typename Each>
bool for_each_list_member(std::span<const std::string_view> lines, Each each) {
  for (std::string_view rest : lines) {
    while (!rest.empty()) {
      const std::string_view member = trim_ows(take_until(rest, ','));
      if (!member.empty() && !each(member)) return false;
    }
  }
  return true;
}

}  // namespace honeyhive::sdk
