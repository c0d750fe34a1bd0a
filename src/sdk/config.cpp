#include "sdk/config.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/utf8.h"
#include "sdk/environment.h"

namespace honeyhive::sdk {
namespace {

using core::Error;
using core::Result;
using std::chrono::milliseconds;

constexpr std::uint64_t least_buffer_bytes = 256 << 10;
constexpr std::uint64_t most_buffer_bytes = 1 << 30;
constexpr std::size_t longest_text = 1024;

Error refused(std::string message) { return {Error::Code::invalid_argument, std::move(message)}; }

// "HH_SAMPLE_RATE (sample_rate)" or "sample_rate".
template <typename T>
std::string named(const Setting<T>& setting, const char* field) {
  if (setting.origin != Origin::environment) return field;
  return setting.variable + " (" + field + ")";
}

template <typename T>
Error unusable(const Setting<T>& setting, const char* field, const std::string& value,
               const std::string& fix) {
  return refused(named(setting, field) + ": \"" + value + "\" " + fix);
}

// The text that decides a setting, if one was given.
struct Given {
  std::optional<std::string> text;
  Origin origin = Origin::fallback;
  std::string variable = {};
};

Given read(const Environment& environment, std::initializer_list<const char*> variables) {
  for (const char* const variable : variables) {
    if (auto text = environment(variable)) {
      return {std::move(text), Origin::environment, variable};
    }
  }
  return {};
}

std::optional<bool> parse_bool(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  for (const char* const word : {"true", "1", "yes", "on", "enabled"}) {
    if (lower == word) return true;
  }
  for (const char* const word : {"false", "0", "no", "off", "disabled"}) {
    if (lower == word) return false;
  }
  return std::nullopt;
}

template <typename T>
std::optional<T> parse_number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Resolves fields one after the other and keeps the first refusal.
class Resolver {
 public:
  explicit Resolver(const Environment& environment) : environment_(environment) {}

  const std::optional<Error>& error() const { return error_; }

  Setting<std::string> text(const OptionalText& field, const char* name,
                            std::initializer_list<const char*> variables, std::string fallback) {
    Setting<std::string> setting{std::move(fallback)};
    if (field) {
      setting = {*field, Origin::explicit_field};
    } else if (auto given = read(environment_, variables); given.text) {
      setting = {*given.text, given.origin, given.variable};
    }
    // What cannot be printed is not: the place says enough, and the text may be a key.
    const auto is_control = [](char c) {
      return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    };
    const auto control = std::find_if(setting.value.begin(), setting.value.end(), is_control);
    if (control != setting.value.end()) {
      refuse(refused(named(setting, name) + ": byte " +
                     std::to_string(control - setting.value.begin() + 1) + " of " +
                     std::to_string(setting.value.size()) +
                     " is a control character, such as a line feed; remove it"));
    }
    if (setting.value.size() > longest_text) {
      refuse(refused(named(setting, name) + ": is " + std::to_string(setting.value.size()) +
                     " bytes long; shorten it to at most " + std::to_string(longest_text)));
    } else if (!core::is_utf8(setting.value)) {
      refuse(refused(named(setting, name) + ": is not valid UTF-8; write it in that encoding"));
    }
    return setting;
  }

  Setting<bool> flag(const std::optional<bool>& field, const char* name, const char* variable) {
    if (field) return {*field, Origin::explicit_field};
    auto given = read(environment_, {variable});
    Setting<bool> setting{false, given.origin, given.variable};
    if (!given.text) return setting;
    if (const auto value = parse_bool(*given.text)) {
      setting.value = *value;
    } else {
      refuse(unusable(setting, name, *given.text, "is not true or false; set one of them"));
    }
    return setting;
  }

  template <typename T>
  struct Range {
    T low, high, fallback;
    const char* what;  // "a number from 0 to 1"
  };

  template <typename T>
  Setting<T> number(const std::optional<T>& field, const char* name, const char* variable,
                    const Range<T>& range) {
    Setting<T> setting{range.fallback};
    std::string shown;
    if (field) {
      setting = {*field, Origin::explicit_field};
      shown = std::to_string(*field);
    } else if (auto given = read(environment_, {variable}); given.text) {
      setting = {range.fallback, given.origin, given.variable};
      const auto value = parse_number<T>(*given.text);
      if (!value) {
        refuse(unusable(setting, name, *given.text, std::string("is not ") + range.what));
        return setting;
      }
      setting.value = *value;
      shown = *given.text;
    }
    // Written so that NaN is outside.
    if (!(setting.value >= range.low && setting.value <= range.high)) {
      refuse(unusable(setting, name, shown, std::string("is not ") + range.what));
    }
    return setting;
  }

  Setting<milliseconds> duration(const std::optional<milliseconds>& field, const char* name,
                                 const char* variable, const Range<std::int64_t>& range) {
    const auto count = number<std::int64_t>(
        field ? std::optional<std::int64_t>(field->count()) : std::nullopt, name, variable, range);
    return {milliseconds(count.value), count.origin, count.variable};
  }

  void refuse(Error error) {
    if (!error_) error_ = std::move(error);
  }

 private:
  const Environment& environment_;
  std::optional<Error> error_;
};

Setting<core::Url> resolve_url(const TracerConfig& config, Resolver& resolver) {
  const auto text = resolver.text(config.server_url, "server_url", {"HH_API_URL", "HH_SERVER_URL"},
                                  "https://api.honeyhive.ai");
  auto parsed = core::Url::parse(text.value);
  if (!parsed) {
    // What stands before an "@" may be a password.
    const bool may_be_secret = text.value.find('@') != text.value.npos;
    resolver.refuse(unusable(text, "server_url", may_be_secret ? "(hidden)" : text.value,
                             "is no server: " + parsed.error().message +
                                 "; write it as https://host or http://host:port"));
    return {};
  }
  return {std::move(*parsed), text.origin, text.variable};
}

std::string masked(const std::string& key) {
  if (key.empty()) return "(none)";
  return key.size() < 12 ? "****" : "****" + key.substr(key.size() - 4);
}

template <typename T>
std::string origin_text(const Setting<T>& setting) {
  switch (setting.origin) {
    case Origin::explicit_field:
      return "given";
    case Origin::environment:
      return "from " + setting.variable;
    case Origin::fallback:
      break;
  }
  return "default";
}

}  // namespace

Result<Settings> resolve(const TracerConfig& config, const Environment& environment) {
  Resolver resolver(environment);
  Settings settings;
  settings.api_key = resolver.text(config.api_key, "api_key", {"HH_API_KEY"}, "");
  settings.project = resolver.text(config.project, "project", {"HH_PROJECT"}, "");
  settings.session_name =
      resolver.text(config.session_name, "session_name", {"HH_SESSION_NAME"}, program_name());
  settings.source = resolver.text(config.source, "source", {"HH_SOURCE"}, "dev");
  settings.server_url = resolve_url(config, resolver);
  settings.disable_batch = resolver.flag(config.disable_batch, "disable_batch", "HH_DISABLE_BATCH");
  settings.verbose = resolver.flag(config.verbose, "verbose", "HH_VERBOSE");
  settings.test_mode = resolver.flag(config.test_mode, "test_mode", "HH_TEST_MODE");
  settings.sample_rate = resolver.number<double>(
      config.sample_rate, "sample_rate", "HH_SAMPLE_RATE", {0, 1, 1, "a number from 0 to 1"});
  settings.buffer_bytes = resolver.number<std::uint64_t>(
      config.buffer_bytes, "buffer_bytes", "HH_BUFFER_BYTES",
      {least_buffer_bytes, most_buffer_bytes, 16 << 20, "a number from 262144 to 1073741824"});
  settings.export_timeout =
      resolver.duration(config.export_timeout, "export_timeout", "HH_EXPORT_TIMEOUT_MS",
                        {1, 600'000, 5'000, "a number of milliseconds from 1 to 600000"});
  settings.on_full_wait =
      resolver.duration(config.on_full_wait, "on_full_wait", "HH_ON_FULL_WAIT_MS",
                        {0, 60'000, 0, "a number of milliseconds from 0 to 60000"});
  if (resolver.error()) return *resolver.error();
  const bool needs_key = !settings.test_mode.value && !settings.server_url.value.is_loopback();
  if (settings.api_key.value.empty() && needs_key) {
    return refused(
        "api_key: is not set, and " + settings.server_url.value.text() +
        " needs one; pass .api_key, set HH_API_KEY, point HH_API_URL at a server on this "
        "machine, or use .test_mode = true");
  }
  return settings;
}

std::string describe(const Settings& settings) {
  std::string out;
  const auto line = [&](const char* name, const std::string& value, const std::string& origin) {
    out += std::string("  ") + name + " = " + value + " (" + origin + ")\n";
  };
  const auto text = [&](const char* name, const Setting<std::string>& setting) {
    line(name, setting.value.empty() ? "(none)" : setting.value, origin_text(setting));
  };
  const auto flag = [&](const char* name, const Setting<bool>& setting) {
    line(name, setting.value ? "true" : "false", origin_text(setting));
  };
  const auto time = [&](const char* name, const Setting<milliseconds>& setting) {
    line(name, std::to_string(setting.value.count()) + " ms", origin_text(setting));
  };
  line("api_key", masked(settings.api_key.value), origin_text(settings.api_key));
  text("project", settings.project);
  text("session_name", settings.session_name);
  text("source", settings.source);
  line("server_url", settings.server_url.value.text(), origin_text(settings.server_url));
  flag("disable_batch", settings.disable_batch);
  flag("verbose", settings.verbose);
  flag("test_mode", settings.test_mode);
  line("sample_rate", std::to_string(settings.sample_rate.value),
       origin_text(settings.sample_rate));
  line("buffer_bytes", std::to_string(settings.buffer_bytes.value),
       origin_text(settings.buffer_bytes));
  time("export_timeout", settings.export_timeout);
  time("on_full_wait", settings.on_full_wait);
  return out;
}

}  // namespace honeyhive::sdk
