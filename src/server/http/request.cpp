#include "server/http/request.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/hex.h"

namespace honeyhive::server {
namespace {

constexpr std::size_t max_query_parameters = 64;

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

core::Error bad_target(std::string message) {
  return {core::Error::Code::invalid_argument, std::move(message)};
}

core::Result<void> parse_query(std::string_view text, std::vector<Parameter>& out) {
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    if (pair.empty()) continue;
    if (out.size() == max_query_parameters) return bad_target("more than 64 query parameters");
    const std::size_t equals = std::min(pair.find('='), pair.size());
    auto name = percent_decode(pair.substr(0, equals), true);
    auto value = percent_decode(pair.substr(std::min(pair.size(), equals + 1)), true);
    if (!name || !value) {
      return bad_target("query parameter " + std::to_string(out.size() + 1) +
                        ": % without two hex digits");
    }
    out.push_back({std::move(*name), std::move(*value)});
  }
  return {};
}

}  // namespace

std::string to_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      std::array<std::uint8_t, 1> byte{};
      if (text.size() - i < 3 || !core::parse_hex(text.substr(i + 1, 2), byte)) return {};
      out += static_cast<char>(byte[0]);
      i += 2;
    } else {
      out += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

core::Result<void> parse_target(std::string_view target, Request& request) {
  constexpr std::string_view scheme = "http://";
  const bool is_absolute = to_lower(target.substr(0, scheme.size())) == scheme;
  if (is_absolute) {
    target.remove_prefix(scheme.size());
    const std::string_view host = target.substr(0, target.find_first_of("/?"));
    for (Header& field : request.headers) {
      if (field.name == "host") field.value = host;
    }
    target.remove_prefix(host.size());
  } else if (target.empty() || target.front() != '/') {
    return bad_target("the request target must be a path that begins with /");
  }
  const std::size_t question = std::min(target.find('?'), target.size());
  request.path = question == 0 ? "/" : target.substr(0, question);
  if (question == target.size()) return {};
  return parse_query(target.substr(question + 1), request.query);
}

std::optional<std::string_view> Request::query_value(std::string_view name) const noexcept {
  for (const Parameter& parameter : query) {
    if (parameter.name == name) return parameter.value;
  }
  return {};
}

std::string_view Request::path_value(std::string_view name) const noexcept {
  for (const Parameter& parameter : path_parameters) {
    if (parameter.name == name) return parameter.value;
  }
  return {};
}

std::string_view Request::header(std::string_view name) const noexcept {
  for (const Header& candidate : headers) {
    if (candidate.name == name) return candidate.value;
  }
  return {};
}

void Request::add_header(std::string_view name, std::string_view value) {
  headers.push_back({to_lower(name), std::string(value)});
}

std::size_t Request::header_count(std::string_view name) const noexcept {
  return static_cast<std::size_t>(std::count_if(
      headers.begin(), headers.end(), [&](const Header& field) { return field.name == name; }));
}

std::string Request::media_type() const {
  const std::string_view field = header("content-type");
  return to_lower(trimmed(field.substr(0, field.find(';'))));
}

}  // namespace honeyhive::server
