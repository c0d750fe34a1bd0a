#include "sdk/resolver.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include "core/utf8.h"

namespace honeyhive::sdk {
namespace {

constexpr std::size_t longest_text = 1024;
constexpr std::size_t longest_shown = 100;
constexpr std::string_view white_space = " \t\r\n";

bool is_control(char c) noexcept { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

// OpenTelemetry knows "true" and "false" only, in any case.
std::optional<bool> parse_bool(std::string_view text, bool is_foreign) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  if (lower == "true" || lower == "false") return lower == "true";
  if (is_foreign) return std::nullopt;
  for (const char* const word : {"1", "yes", "on", "enabled"}) {
    if (lower == word) return true;
  }
  for (const char* const word : {"0", "no", "off", "disabled"}) {
    if (lower == word) return false;
  }
  return std::nullopt;
}

template <typename T>
std::optional<T> parse_number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  // A whole number that does not fit is above every range.
  if (error == std::errc::result_out_of_range && !text.starts_with('-')) {
    value = std::numeric_limits<T>::max();
  } else if (error != std::errc()) {
    return std::nullopt;
  }
  if (end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Why a text cannot be used. What cannot be printed is not: the place says enough, and the text may
// be a key.
std::optional<std::string> problem_of(std::string_view text) {
  const auto control = std::find_if(text.begin(), text.end(), is_control);
  if (control != text.end()) {
    return ": byte " + std::to_string(control - text.begin() + 1) + " of " +
           std::to_string(text.size()) + " is a control character, such as a line feed; remove it";
  }
  if (text.size() > longest_text) {
    return ": is " + std::to_string(text.size()) + " bytes long; shorten it to at most " +
           std::to_string(longest_text);
  }
  if (!core::is_utf8(text)) return ": is not valid UTF-8; write it in that encoding";
  return std::nullopt;
}

}  // namespace

std::optional<std::string> trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(white_space);
  if (first == text.npos) return std::nullopt;
  return std::string(text.substr(first, text.find_last_not_of(white_space) - first + 1));
}

std::string named(Origin origin, const std::string& variable, std::string_view field) {
  if (origin != Origin::environment) return std::string(field);
  return field.empty() ? variable : variable + " (" + std::string(field) + ")";
}

Setting<std::optional<std::string>> Resolver::variable(Variables variables) const {
  for (const char* const name : variables) {
    if (auto given = environment_(name)) {
      if (auto text = trimmed(*given)) return {std::move(text), Origin::environment, name};
    }
  }
  return {};
}

Setting<std::string> Resolver::text(const OptionalText& field, const char* name,
                                    Variables variables, std::string fallback) {
  if (auto given = field ? trimmed(*field) : std::nullopt) {
    if (auto problem = problem_of(*given)) refuse(name + std::move(*problem));
    return {std::move(*given), Origin::explicit_field};
  }
  for (const char* const variable_name : variables) {
    auto given = variable({variable_name});
    if (!given.value) continue;
    auto problem = problem_of(*given.value);
    if (problem) {
      refuse_or_ignore(variable_name, named(given.origin, given.variable, name) + *problem);
      if (is_foreign(variable_name)) continue;
    }
    return {std::move(*given.value), given.origin, given.variable};
  }
  return {std::move(fallback)};
}

Setting<bool> Resolver::flag(const std::optional<bool>& field, const char* name,
                             Variables variables, bool fallback) {
  if (field) return {*field, Origin::explicit_field};
  for (const char* const variable_name : variables) {
    const auto given = variable({variable_name});
    if (!given.value) continue;
    const auto value = parse_bool(*given.value, is_foreign(variable_name));
    if (value) return {*value, given.origin, given.variable};
    refuse_or_ignore(variable_name, named(given.origin, given.variable, name) + ": " +
                                        shown(*given.value) +
                                        " is not true or false; set one of them");
  }
  return {fallback};
}

template <typename T>
Setting<T> Resolver::number(const std::optional<T>& field, const char* name, Variables variables,
                            const Range<T>& range) {
  // Written so that NaN is outside.
  const auto is_inside = [&](T value) { return value >= range.low && value <= range.high; };
  const auto complain = [&](const std::string& variable_name, Origin origin,
                            const std::string& text) {
    refuse_or_ignore(variable_name, named(origin, variable_name, name) + ": " + shown(text) +
                                        " is not " + range.what);
  };
  if (field) {
    if (!is_inside(*field)) complain({}, Origin::explicit_field, std::to_string(*field));
    return {*field, Origin::explicit_field};
  }
  for (const char* const name_of_variable : variables) {
    const auto given = variable({name_of_variable});
    if (!given.value) continue;
    auto value = parse_number<T>(*given.value);
    if (value && is_foreign(given.variable)) value = std::min(*value, range.high);
    if (value && is_inside(*value)) return {*value, given.origin, given.variable};
    complain(given.variable, given.origin, *given.value);
    if (!is_foreign(given.variable)) return {range.fallback, given.origin, given.variable};
  }
  return {range.fallback};
}

template Setting<double> Resolver::number(const std::optional<double>&, const char*, Variables,
                                          const Range<double>&);
template Setting<std::int64_t> Resolver::number(const std::optional<std::int64_t>&, const char*,
                                                Variables, const Range<std::int64_t>&);
template Setting<std::uint64_t> Resolver::number(const std::optional<std::uint64_t>&, const char*,
                                                 Variables, const Range<std::uint64_t>&);
template Setting<std::uint32_t> Resolver::number(const std::optional<std::uint32_t>&, const char*,
                                                 Variables, const Range<std::uint32_t>&);

void Resolver::refuse_or_ignore(const std::string& variable, std::string message) {
  if (is_foreign(variable)) {
    ignored_.push_back(std::move(message));
  } else {
    refuse(std::move(message));
  }
}

std::string Resolver::shown(std::string_view text) const {
  const bool may_be_key = text.starts_with("hh_") || text.starts_with("sk-") ||
                          (!secret_.empty() && text.find(secret_) != text.npos);
  if (may_be_key) return "(hidden, as it looks like a key)";
  std::string line = "\"";
  core::append_repaired(line, core::cut_at_character(text, longest_shown));
  std::replace_if(line.begin(), line.end(), is_control, '?');
  return line + (text.size() > longest_shown ? "...\"" : "\"");
}

}  // namespace honeyhive::sdk
