// What `verbose` prints of a tracer's settings.

#include "sdk/config.h"
#include "sdk/network_settings.h"

namespace honeyhive::sdk {
namespace {

std::string masked(const std::string& key) {
  if (key.empty()) return "(none)";
  return key.size() < 12 ? "****" : "****" + key.substr(key.size() - 4);
}

std::string shown(const std::string& text) { return text.empty() ? "(none)" : text; }
std::string shown(bool value) { return value ? "true" : "false"; }
std::string shown(std::chrono::milliseconds value) { return std::to_string(value.count()) + " ms"; }
std::string shown(const core::Url& value) { return value.text(); }
std::string shown(double value) { return std::to_string(value); }
std::string shown(std::uint64_t value) { return std::to_string(value); }
std::string shown(std::uint32_t value) { return std::to_string(value); }

// Its content is the program's data.
std::string shown(const Object& value) {
  if (value.empty()) return "(none)";
  return std::to_string(value.size()) + (value.size() == 1 ? " member" : " members");
}

std::string shown(const TextPairs& pairs) {
  std::string out;
  for (const auto& [key, value] : pairs) out += (out.empty() ? "" : ", ") + key;
  return shown(out);
}

std::string shown(const Propagators& value) {
  std::string out = value.trace_context ? "tracecontext" : "";
  if (value.baggage) out += out.empty() ? "baggage" : ", baggage";
  return shown(out);
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

std::string describe(const Settings& settings) {
  std::string out;
  const auto put = [&](const char* name, const std::string& value, const auto& setting) {
    out += std::string("  ") + name + " = " + value + " (" + origin_text(setting) + ")\n";
  };
  const auto line = [&](const char* name, const auto& setting) {
    put(name, shown(setting.value), setting);
  };
  put("api_key", masked(settings.api_key.value), settings.api_key);
  line("project", settings.project);
  line("session_name", settings.session_name);
  line("source", settings.source);
  line("server_url", settings.server_url);
  line("session_id", settings.session_id);
  line("disable_http_tracing", settings.disable_http_tracing);
  line("disable_batch", settings.disable_batch);
  line("verbose", settings.verbose);
  line("inputs", settings.inputs);
  line("is_evaluation", settings.is_evaluation);
  line("run_id", settings.run_id);
  line("dataset_id", settings.dataset_id);
  line("datapoint_id", settings.datapoint_id);
  line("link_carrier", settings.link_carrier);
  line("test_mode", settings.test_mode);
  line("sample_rate", settings.sample_rate);
  line("require_connection", settings.require_connection);
  line("buffer_bytes", settings.buffer_bytes);
  line("export_timeout", settings.export_timeout);
  line("on_full_wait", settings.on_full_wait);
  line("disable_tracing", settings.disable_tracing);
  line("service_name", settings.service_name);
  line("resource_attributes", settings.resource_attributes);
  line("max_attributes", settings.max_attributes);
  line("max_events", settings.max_events);
  line("max_value_bytes", settings.max_value_bytes);
  line("propagators", settings.propagators);
  out += describe_network(settings);
  for (const std::string& ignored : settings.ignored) out += "  ignored: " + ignored + "\n";
  return out;
}

}  // namespace honeyhive::sdk
