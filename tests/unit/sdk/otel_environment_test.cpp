// Variables of OpenTelemetry's: each after its HH_ twin, and none of them can make a tracer fail.
#include <doctest/doctest.h>

#include <map>
#include <set>

#include "sdk/config.h"
#include "sdk/environment.h"
#include "sdk/resource.h"

namespace honeyhive::sdk {
namespace {

using Variables = std::map<std::string, std::string>;
using std::chrono::milliseconds;

Settings resolved(const Variables& variables, const TracerConfig& config = {.test_mode = true}) {
  const auto settings = resolve(config, [&](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  });
  REQUIRE(settings.has_value());
  return *settings;
}

TEST_SUITE_BEGIN("sdk/otel_environment");

TEST_CASE("each variable is read, and its HH_ twin wins") {
  Variables variables{{"OTEL_SERVICE_NAME", "theirs"},
                      {"OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=prod"},
                      {"OTEL_BSP_EXPORT_TIMEOUT", "30000"},
                      {"OTEL_SDK_DISABLED", "True"},
                      {"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "100"},
                      {"OTEL_ATTRIBUTE_COUNT_LIMIT", "90"},
                      {"OTEL_SPAN_EVENT_COUNT_LIMIT", "80"},
                      {"OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "70"},
                      {"OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "60"},
                      {"OTEL_PROPAGATORS", "tracecontext"}};
  const Settings theirs = resolved(variables);
  CHECK(theirs.service_name.value == "theirs");
  CHECK(theirs.service_name.variable == "OTEL_SERVICE_NAME");
  CHECK(theirs.resource_attributes.value == TextPairs{{"deployment.environment", "prod"}});
  CHECK(theirs.export_timeout.value == milliseconds(30'000));
  CHECK(theirs.disable_tracing.value);
  CHECK(theirs.max_attributes.value == 100);
  CHECK(theirs.max_events.value == 80);
  CHECK(theirs.max_value_bytes.value == 70);
  CHECK(theirs.propagators.value == Propagators{true, false});
  CHECK(theirs.ignored.empty());

  variables.insert({{"HH_SERVICE_NAME", "ours"},
                    {"HH_TIMEOUT", "2.5"},
                    {"HH_DISABLE_TRACING", "false"},
                    {"HH_MAX_ATTRIBUTES", "1000"},
                    {"HH_MAX_EVENTS", "1001"},
                    {"HH_MAX_VALUE_BYTES", "1002"},
                    {"HH_PROPAGATORS", "none"}});
  const Settings ours = resolved(variables);
  CHECK(ours.service_name.value == "ours");
  CHECK(ours.export_timeout.value == milliseconds(2'500));
  CHECK(ours.export_timeout.variable == "HH_TIMEOUT");
  CHECK_FALSE(ours.disable_tracing.value);
  CHECK(ours.max_attributes.value == 1000);
  CHECK(ours.max_events.value == 1001);
  CHECK(ours.max_value_bytes.value == 1002);
  CHECK(ours.propagators.value == Propagators{false, false});

  variables["HH_EXPORT_TIMEOUT_MS"] = "7";
  CHECK(resolved(variables).export_timeout.value == milliseconds(7));
  CHECK(resolved(variables, {.test_mode = true, .export_timeout = milliseconds(8)})
            .export_timeout.value == milliseconds(8));
}

TEST_CASE("the general variable counts where the one for spans is not set") {
  const Settings settings =
      resolved({{"OTEL_ATTRIBUTE_COUNT_LIMIT", "90"}, {"OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "60"}});
  CHECK(settings.max_attributes.value == 90);
  CHECK(settings.max_value_bytes.value == 60);
}

TEST_CASE("what cannot be used is ignored, and said") {
  const Variables variables{{"OTEL_SERVICE_NAME", "a\nb"},
                            {"OTEL_RESOURCE_ATTRIBUTES", "no pair"},
                            {"OTEL_BSP_EXPORT_TIMEOUT", "0"},
                            {"OTEL_SDK_DISABLED", "1"},
                            {"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "many"},
                            {"OTEL_ATTRIBUTE_COUNT_LIMIT", "90"},
                            {"OTEL_SPAN_EVENT_COUNT_LIMIT", "-1"},
                            {"OTEL_PROPAGATORS", "b3,jaeger"}};
  const Settings settings = resolved(variables);
  CHECK(settings.service_name.value == program_name());
  CHECK(settings.resource_attributes.value.empty());
  CHECK(settings.export_timeout.value == milliseconds(5'000));
  CHECK_FALSE(settings.disable_tracing.value);
  CHECK(settings.max_attributes.value == 90);
  CHECK(settings.max_events.value == 1024);
  CHECK(settings.propagators.value == Propagators{true, true});
  CHECK(settings.propagators.origin == Origin::fallback);
  CHECK(settings.ignored.size() == 8);
  const std::string text = describe(settings);
  CHECK(text.find("  ignored: OTEL_SDK_DISABLED: \"1\" is not true or false; set one of them\n") !=
        text.npos);
  CHECK(text.find("  ignored: OTEL_PROPAGATORS: \"jaeger\" is not") != text.npos);
  CHECK(text.find("  ignored: OTEL_RESOURCE_ATTRIBUTES: pair 1 has no \"=\"\n") != text.npos);
}

TEST_CASE("a limit above ours means ours") {
  const Settings settings = resolved({{"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "5000"},
                                      {"OTEL_SPAN_EVENT_COUNT_LIMIT", "99999999999999999999"},
                                      {"OTEL_BSP_EXPORT_TIMEOUT", "9999999"}});
  CHECK(settings.max_attributes.value == 1024);
  CHECK(settings.max_events.value == 1024);
  CHECK(settings.export_timeout.value == std::chrono::minutes(10));
  CHECK(settings.ignored.empty());
}

TEST_CASE("of propagators those are used that we know") {
  CHECK(resolved({{"OTEL_PROPAGATORS", "b3, baggage"}}).propagators.value ==
        Propagators{false, true});
  CHECK(resolved({{"OTEL_PROPAGATORS", "none"}}).propagators.value == Propagators{false, false});
  CHECK(resolved({{"OTEL_PROPAGATORS", "baggage,tracecontext"}}).propagators.value ==
        Propagators{true, true});
}

TEST_CASE("resource attributes are percent-encoded pairs") {
  const auto parsed =
      parse_resource_attributes(" a = 1 ,b=%2C%3d%20x,c=,a=caf%C3%A9, service.name=shop,");
  REQUIRE(parsed.has_value());
  CHECK(*parsed == TextPairs{{"b", ",= x"}, {"c", ""}, {"a", "café"}, {"service.name", "shop"}});
  CHECK(resolved({{"OTEL_RESOURCE_ATTRIBUTES", "service.name=shop"}}).service_name.value == "shop");
  CHECK(parse_resource_attributes("").has_value());
}

TEST_CASE("one bad pair makes all resource attributes unusable") {
  std::string many;
  for (int i = 0; i < 129; ++i) many += "k" + std::to_string(i) + "=v,";
  const std::string bad[] = {"a=1,b",
                             "=1",
                             "a=%",
                             "a=%4",
                             "a=%zz",
                             "a=%0A",
                             "a=%ff",
                             "a=1,%00=2",
                             many,
                             "a=" + std::string(20'000, 'x'),
                             std::string(300, 'k') + "=v"};
  for (const std::string& text : bad) {
    CAPTURE(text);
    CHECK_FALSE(parse_resource_attributes(text).has_value());
  }
}

TEST_CASE("no variable that says where OpenTelemetry exports to is ever asked for") {
  std::set<std::string> asked;
  const auto settings = resolve({}, [&](const char* name) -> std::optional<std::string> {
    asked.insert(name);
    return std::nullopt;
  });
  CHECK_FALSE(settings.has_value());  // there is no key
  CHECK(asked.contains("OTEL_SERVICE_NAME"));
  for (const std::string& name : asked) CHECK_FALSE(name.starts_with("OTEL_EXPORTER"));
}

TEST_SUITE_END();

}  // namespace
}  // namespace honeyhive::sdk
