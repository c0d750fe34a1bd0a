#include "sdk/config.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/uuid.h"
#include "sdk/environment.h"
#include "sdk/network_settings.h"
#include "sdk/resolver.h"
#include "sdk/resource.h"

namespace honeyhive::sdk {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t least_buffer_bytes = 256 << 10;
constexpr std::uint64_t most_buffer_bytes = 1 << 30;
constexpr std::int64_t most_export_ms = 600'000;

Setting<core::Url> resolve_url(const TracerConfig& config, Resolver& resolver) {
  const auto text = resolver.text(config.server_url, "server_url", {"HH_API_URL", "HH_SERVER_URL"},
                                  "https://api.honeyhive.ai");
  auto parsed = core::Url::parse(text.value);
  if (!parsed) {
    // What stands before an "@" may be a password.
    const bool may_be_secret = text.value.find('@') != text.value.npos;
    resolver.refuse(named(text.origin, text.variable, "server_url") + ": " +
                    (may_be_secret ? "\"(hidden)\"" : resolver.shown(text.value)) +
                    " is no server: " + parsed.error().message +
                    "; write it as https://host or http://host:port");
    return {};
  }
  return {std::move(*parsed), text.origin, text.variable};
}

Setting<std::string> resolve_session_id(const TracerConfig& config, bool test_mode,
                                        Resolver& resolver) {
  auto id = resolver.text(config.session_id, "session_id", {"HH_SESSION_ID"}, "");
  if (const auto uuid = core::Uuid::parse(id.value)) {
    id.value = uuid->text();  // servers compare it with what others wrote: in lower case
  } else if (!id.value.empty() && !test_mode) {
    resolver.refuse(named(id.origin, id.variable, "session_id") + ": " + resolver.shown(id.value) +
                    " is not a UUID such as 550e8400-e29b-41d4-a716-446655440000; pass the id of "
                    "the session to join, or leave it out to start a new one");
  }
  return id;
}

Setting<Object> resolve_object(const Object& field) {
  return {field, field.empty() ? Origin::fallback : Origin::explicit_field};
}

Setting<Object> resolve_link_carrier(const TracerConfig& config, Resolver& resolver) {
  for (const Member& header : config.link_carrier) {
    const Value::Kind kind = header.value.kind();
    if (kind == Value::Kind::string || kind == Value::Kind::null) continue;
    resolver.refuse("link_carrier: " + resolver.shown(header.key) +
                    " is not a text; pass headers as they were received, such as "
                    "{{\"traceparent\", \"00-...\"}}");
  }
  return resolve_object(config.link_carrier);
}

void resolve_evaluation(const TracerConfig& config, Resolver& resolver, Settings& settings) {
  settings.run_id = resolver.text(config.run_id, "run_id", {"HH_RUN_ID"}, "");
  settings.dataset_id = resolver.text(config.dataset_id, "dataset_id", {"HH_DATASET_ID"}, "");
  settings.datapoint_id =
      resolver.text(config.datapoint_id, "datapoint_id", {"HH_DATAPOINT_ID"}, "");
  const bool has_all = !settings.run_id.value.empty() && !settings.dataset_id.value.empty() &&
                       !settings.datapoint_id.value.empty();
  settings.is_evaluation =
      resolver.flag(config.is_evaluation, "is_evaluation", {"HH_IS_EVALUATION"}, has_all);
}

template <typename T>
Setting<milliseconds> as_duration(const Setting<T>& count, T unit_ms) {
  const auto value = static_cast<milliseconds::rep>(
      std::llround(static_cast<double>(count.value) * static_cast<double>(unit_ms)));
  return {milliseconds(value), count.origin, count.variable};
}

std::optional<std::int64_t> count_of(const std::optional<milliseconds>& field) {
  return field ? std::optional<std::int64_t>(field->count()) : std::nullopt;
}

Setting<milliseconds> resolve_export_timeout(const TracerConfig& config, Resolver& resolver) {
  constexpr const char* name = "export_timeout";
  const Resolver::Range<std::int64_t> range{1, most_export_ms, 5'000,
                                            "a number of milliseconds from 1 to 600000"};
  auto own = resolver.number<std::int64_t>(count_of(config.export_timeout), name,
                                           {"HH_EXPORT_TIMEOUT_MS"}, range);
  if (own.origin != Origin::fallback) return as_duration<std::int64_t>(own, 1);
  const auto seconds = resolver.number<double>(
      {}, name, {"HH_TIMEOUT"}, {0.001, 600, 5, "a number of seconds from 0.001 to 600"});
  if (seconds.origin != Origin::fallback) return as_duration<double>(seconds, 1000);
  own = resolver.number<std::int64_t>({}, name, {"OTEL_BSP_EXPORT_TIMEOUT"}, range);
  return as_duration<std::int64_t>(own, 1);
}

void resolve_bounds(const TracerConfig& config, Resolver& resolver, Settings& settings) {
  settings.sample_rate = resolver.number<double>(
      config.sample_rate, "sample_rate", {"HH_SAMPLE_RATE"}, {0, 1, 1, "a number from 0 to 1"});
  settings.buffer_bytes = resolver.number<std::uint64_t>(
      config.buffer_bytes, "buffer_bytes", {"HH_BUFFER_BYTES"},
      {least_buffer_bytes, most_buffer_bytes, 16 << 20, "a number from 262144 to 1073741824"});
  settings.export_timeout = resolve_export_timeout(config, resolver);
  const auto wait = resolver.number<std::int64_t>(
      count_of(config.on_full_wait), "on_full_wait", {"HH_ON_FULL_WAIT_MS"},
      {0, 60'000, 0, "a number of milliseconds from 0 to 60000"});
  settings.on_full_wait = as_duration<std::int64_t>(wait, 1);

  namespace limits = core::limits;
  settings.max_attributes = resolver.number<std::uint32_t>(
      {}, "",
      {"HH_MAX_ATTRIBUTES", "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT"},
      {1, limits::attributes_per_span, limits::attributes_per_span, "a number from 1 to 1024"});
  settings.max_events = resolver.number<std::uint32_t>(
      {}, "", {"HH_MAX_EVENTS", "OTEL_SPAN_EVENT_COUNT_LIMIT"},
      {1, limits::events_per_span, limits::events_per_span, "a number from 1 to 1024"});
  settings.max_value_bytes = resolver.number<std::uint32_t>(
      {}, "",
      {"HH_MAX_VALUE_BYTES", "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
       "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"},
      {1, limits::value_bytes, limits::value_bytes, "a number from 1 to 1048576"});
}

void resolve_resource(Resolver& resolver, Settings& settings) {
  settings.service_name = resolver.text({}, "", {"HH_SERVICE_NAME", "OTEL_SERVICE_NAME"}, "");
  const auto given = resolver.variable({"OTEL_RESOURCE_ATTRIBUTES"});
  if (given.value) {
    if (auto parsed = parse_resource_attributes(*given.value)) {
      settings.resource_attributes = {std::move(*parsed), given.origin, given.variable};
    } else {
      resolver.refuse_or_ignore(given.variable, given.variable + ": " + parsed.error().message);
    }
  }
  if (!settings.service_name.value.empty()) return;
  settings.service_name = {program_name()};
  for (const auto& [key, value] : settings.resource_attributes.value) {
    if (key == "service.name" && !value.empty()) {
      settings.service_name = {value, given.origin, given.variable};
    }
  }
}

// A list of names; one that is not ours to speak is left out where it is OpenTelemetry's.
Setting<Propagators> resolve_propagators(Resolver& resolver) {
  for (const char* const variable : {"HH_PROPAGATORS", "OTEL_PROPAGATORS"}) {
    const auto given = resolver.variable({variable});
    if (!given.value) continue;
    Propagators made{false, false};
    bool knows_one = false;
    const std::string_view list = *given.value;
    for (std::size_t at = 0; at <= list.size();) {
      const std::size_t end = std::min(list.find(',', at), list.size());
      const std::string name = trimmed(list.substr(at, end - at)).value_or("none");
      at = end + 1;
      made.trace_context |= name == "tracecontext";
      made.baggage |= name == "baggage";
      if (name == "tracecontext" || name == "baggage" || name == "none") {
        knows_one = true;
      } else {
        resolver.refuse_or_ignore(given.variable, given.variable + ": " + resolver.shown(name) +
                                                      " is not tracecontext, baggage or none");
      }
    }
    if (knows_one) return {made, given.origin, given.variable};
  }
  return {};
}

}  // namespace

core::Result<Settings> resolve(const TracerConfig& config, const Environment& environment) {
  Resolver resolver(environment);
  Settings settings;
  settings.api_key = resolver.text(config.api_key, "api_key", {"HH_API_KEY"}, "");
  resolver.hide(settings.api_key.value);
  settings.project = resolver.text(config.project, "project", {"HH_PROJECT"}, "");
  settings.test_mode = resolver.flag(config.test_mode, "test_mode", {"HH_TEST_MODE"});
  settings.session_id = resolve_session_id(config, settings.test_mode.value, resolver);
  settings.session_name = resolver.text(config.session_name, "session_name", {"HH_SESSION_NAME"},
                                        settings.session_id.value.empty() ? program_name() : "");
  settings.source = resolver.text(config.source, "source", {"HH_SOURCE"}, "dev");
  settings.server_url = resolve_url(config, resolver);
  settings.disable_http_tracing = resolver.flag(config.disable_http_tracing, "disable_http_tracing",
                                                {"HH_DISABLE_HTTP_TRACING"}, true);
  settings.disable_batch =
      resolver.flag(config.disable_batch, "disable_batch", {"HH_DISABLE_BATCH"});
  settings.verbose = resolver.flag(config.verbose, "verbose", {"HH_VERBOSE"});
  settings.inputs = resolve_object(config.inputs);
  resolve_evaluation(config, resolver, settings);
  settings.link_carrier = resolve_link_carrier(config, resolver);
  settings.require_connection =
      resolver.flag(config.require_connection, "require_connection", {"HH_REQUIRE_CONNECTION"});
  resolve_bounds(config, resolver, settings);
  settings.disable_tracing = resolver.flag({}, "", {"HH_DISABLE_TRACING", "OTEL_SDK_DISABLED"});
  resolve_resource(resolver, settings);
  settings.propagators = resolve_propagators(resolver);
  if (settings.api_key.value.empty() && settings.is_sending() &&
      !settings.server_url.value.is_loopback()) {
    resolver.refuse("api_key: is not set, and " + settings.server_url.value.text() +
                    " needs one; pass .api_key, set HH_API_KEY, point HH_API_URL at a server on "
                    "this machine, or use .test_mode = true");
  }
  if (resolver.error()) return *resolver.error();
  if (auto network = resolve_network(config, environment, settings); !network) {
    return network.error();
  }
  settings.ignored = resolver.take_ignored();
  return settings;
}

}  // namespace honeyhive::sdk
