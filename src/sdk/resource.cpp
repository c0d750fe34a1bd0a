#include "sdk/resource.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>

#include "core/limits.h"
#include "core/utf8.h"
#include "otlp/encode.h"
#include "sdk/attribute_text.h"
#include "sdk/resolver.h"
#include "sdk/version.h"

namespace honeyhive::sdk {
namespace {

namespace limits = core::limits;
using core::Error;

constexpr std::array<std::string_view, 5> own_keys = {"service.name", "telemetry.sdk.name",
                                                      "telemetry.sdk.language",
                                                      "telemetry.sdk.version", "process.pid"};

std::optional<int> hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

// Nothing, unless it is text of one line.
std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const auto high = i + 2 < text.size() ? hex_digit(text[i + 1]) : std::nullopt;
    const auto low = high ? hex_digit(text[i + 2]) : std::nullopt;
    if (!low) return std::nullopt;
    out += static_cast<char>(*high * 16 + *low);
    i += 2;
  }
  const bool has_control = std::any_of(out.begin(), out.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  return has_control || !core::is_utf8(out) ? std::nullopt : std::optional(std::move(out));
}

Error bad_pair(std::size_t number, const char* what) {
  return {Error::Code::invalid_argument, "pair " + std::to_string(number) + " " + what};
}

}  // namespace

core::Result<TextPairs> parse_resource_attributes(std::string_view text) {
  if (text.size() > limits::resource_variable_bytes) {
    return Error{Error::Code::invalid_argument,
                 "it is longer than " + std::to_string(limits::resource_variable_bytes) + " bytes"};
  }
  TextPairs out;
  for (std::size_t at = 0, number = 1; at <= text.size(); ++number) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    const std::string_view pair = text.substr(at, end - at);
    at = end + 1;
    if (!trimmed(pair)) continue;  // also behind the last comma
    const auto equals = pair.find('=');
    if (equals == pair.npos) return bad_pair(number, "has no \"=\"");
    const auto raw_key = trimmed(pair.substr(0, equals));
    auto key = raw_key ? percent_decoded(*raw_key) : std::nullopt;
    auto value = percent_decoded(trimmed(pair.substr(equals + 1)).value_or(""));
    if (!key || !value) return bad_pair(number, "is not percent-encoded text");
    if (key->size() > limits::key_bytes) return bad_pair(number, "has too long a key");
    const auto same = [&](const auto& other) { return other.first == *key; };
    std::erase_if(out, same);
    out.emplace_back(std::move(*key), std::move(*value));
  }
  if (out.size() > limits::resource_attributes) {
    return Error{Error::Code::invalid_argument,
                 "it has more than " + std::to_string(limits::resource_attributes) + " pairs"};
  }
  return out;
}

std::string make_resource(const Settings& settings) {
  std::string out;
  const auto text = [&](std::string_view key, std::string_view value) {
    append_attribute(out, otlp::resource_attribute_tag, key, value, value.size());
  };
  text("service.name", settings.service_name.value);
  for (const auto& [key, value] : settings.resource_attributes.value) {
    if (std::find(own_keys.begin(), own_keys.end(), key) == own_keys.end()) text(key, value);
  }
  text("telemetry.sdk.name", "honeyhive-cpp");
  text("telemetry.sdk.language", "cpp");
  text("telemetry.sdk.version", version);
  append_attribute(out, otlp::resource_attribute_tag, "process.pid",
                   static_cast<std::int64_t>(getpid()), 0);
  return out;
}

}  // namespace honeyhive::sdk
