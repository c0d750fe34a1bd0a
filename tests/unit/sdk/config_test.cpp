#include "sdk/config.h"

#include <doctest/doctest.h>

#include <cerrno>
#include <cmath>
#include <limits>
#include <map>

#include "core/utf8.h"
#include "sdk/environment.h"

namespace honeyhive::sdk {
namespace {

using Variables = std::map<std::string, std::string>;

core::Result<Settings> resolved(const TracerConfig& config, const Variables& variables = {}) {
  return resolve(config, [&](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  });
}

std::string refusal(const TracerConfig& config, const Variables& variables = {}) {
  const auto settings = resolved(config, variables);
  REQUIRE_FALSE(settings.has_value());
  return settings.error().message;
}

TEST_SUITE_BEGIN("sdk/config");

TEST_CASE("without anything there are defaults") {
  const auto settings = resolved({.test_mode = true});
  REQUIRE(settings.has_value());
  CHECK(settings->api_key.value.empty());
  CHECK(settings->project.value.empty());
  CHECK(settings->session_name.value == program_name());
  CHECK(settings->source.value == "dev");
  CHECK(settings->server_url.value.text() == "https://api.honeyhive.ai");
  CHECK_FALSE(settings->disable_batch.value);
  CHECK_FALSE(settings->verbose.value);
  CHECK(settings->sample_rate.value == 1.0);
  CHECK(settings->buffer_bytes.value == 16 << 20);
  CHECK(settings->export_timeout.value == std::chrono::seconds(5));
  CHECK(settings->on_full_wait.value == std::chrono::milliseconds(0));
  CHECK(settings->session_id.value.empty());
  CHECK(settings->disable_http_tracing.value);
  CHECK(settings->inputs.value.empty());
  CHECK_FALSE(settings->is_evaluation.value);
  CHECK(settings->run_id.value.empty());
  CHECK(settings->link_carrier.value.empty());
  CHECK_FALSE(settings->require_connection.value);
  CHECK_FALSE(settings->disable_tracing.value);
  CHECK(settings->service_name.value == program_name());
  CHECK(settings->max_attributes.value == 1024);
  CHECK(settings->max_events.value == 1024);
  CHECK(settings->max_value_bytes.value == 1 << 20);
  CHECK(settings->propagators.value == Propagators{true, true});
  CHECK(settings->source.origin == Origin::fallback);
  CHECK(settings->test_mode.origin == Origin::explicit_field);
}

TEST_CASE("a program may be called anything") {
  char* const own = program_invocation_short_name;
  const std::string endless(5000, 'x');
  for (const std::string& name : {std::string("caf\xe9\n1"), endless, std::string()}) {
    program_invocation_short_name = const_cast<char*>(name.c_str());
    const auto settings = resolved({.test_mode = true});
    const std::string used = program_name();
    program_invocation_short_name = own;
    CAPTURE(name);
    REQUIRE(settings.has_value());
    CHECK(settings->session_name.value == used);
    CHECK(core::is_utf8(used));
    CHECK_FALSE(used.empty());
  }
}

TEST_CASE("every variable is read, and remembered as the origin") {
  const auto settings = resolved({}, {{"HH_API_KEY", "k"},
                                      {"HH_PROJECT", "p"},
                                      {"HH_SESSION_NAME", "n"},
                                      {"HH_SOURCE", "s"},
                                      {"HH_API_URL", "http://a:1"},
                                      {"HH_SERVER_URL", "http://b:2"},
                                      {"HH_SESSION_ID", "550e8400-e29b-41d4-a716-446655440000"},
                                      {"HH_DISABLE_HTTP_TRACING", "false"},
                                      {"HH_IS_EVALUATION", "no"},
                                      {"HH_RUN_ID", "r"},
                                      {"HH_DATASET_ID", "d"},
                                      {"HH_DATAPOINT_ID", "q"},
                                      {"HH_REQUIRE_CONNECTION", "true"},
                                      {"HH_DISABLE_TRACING", "on"},
                                      {"HH_SERVICE_NAME", "shop"},
                                      {"HH_MAX_ATTRIBUTES", "10"},
                                      {"HH_MAX_EVENTS", "11"},
                                      {"HH_MAX_VALUE_BYTES", "12"},
                                      {"HH_PROPAGATORS", "baggage"},
                                      {"HH_DISABLE_BATCH", "Yes"},
                                      {"HH_VERBOSE", "off"},
                                      {"HH_TEST_MODE", "1"},
                                      {"HH_SAMPLE_RATE", "0.25"},
                                      {"HH_BUFFER_BYTES", "262144"},
                                      {"HH_EXPORT_TIMEOUT_MS", "600000"},
                                      {"HH_ON_FULL_WAIT_MS", "60000"}});
  REQUIRE(settings.has_value());
  CHECK(settings->api_key.value == "k");
  CHECK(settings->project.value == "p");
  CHECK(settings->session_name.value == "n");
  CHECK(settings->source.value == "s");
  CHECK(settings->server_url.value.text() == "http://a:1");
  CHECK(settings->server_url.variable == "HH_API_URL");
  CHECK(settings->session_id.value == "550e8400-e29b-41d4-a716-446655440000");
  CHECK_FALSE(settings->disable_http_tracing.value);
  CHECK_FALSE(settings->is_evaluation.value);
  CHECK(settings->run_id.value == "r");
  CHECK(settings->dataset_id.value == "d");
  CHECK(settings->datapoint_id.value == "q");
  CHECK(settings->require_connection.value);
  CHECK(settings->disable_tracing.value);
  CHECK(settings->service_name.value == "shop");
  CHECK(settings->max_attributes.value == 10);
  CHECK(settings->max_events.value == 11);
  CHECK(settings->max_value_bytes.value == 12);
  CHECK(settings->propagators.value == Propagators{false, true});
  CHECK(settings->disable_batch.value);
  CHECK_FALSE(settings->verbose.value);
  CHECK(settings->test_mode.value);
  CHECK(settings->sample_rate.value == 0.25);
  CHECK(settings->buffer_bytes.value == 262'144);
  CHECK(settings->export_timeout.value == std::chrono::minutes(10));
  CHECK(settings->on_full_wait.value == std::chrono::minutes(1));
  CHECK(settings->on_full_wait.origin == Origin::environment);
  const auto second = resolved({.test_mode = true}, {{"HH_SERVER_URL", "http://b:2"}});
  CHECK(second->server_url.value.text() == "http://b:2");
}

TEST_CASE("an explicit field wins over its variable, also over one that is wrong") {
  const auto settings = resolved({.source = "mine", .test_mode = true, .sample_rate = 0.5},
                                 {{"HH_SOURCE", "env"}, {"HH_SAMPLE_RATE", "lots"}});
  REQUIRE(settings.has_value());
  CHECK(settings->source.value == "mine");
  CHECK(settings->sample_rate.value == 0.5);
  CHECK(settings->source.origin == Origin::explicit_field);
}

TEST_CASE("what is blank or a null pointer is not set") {
  const char* const null = nullptr;
  const Variables variables{{"HH_PROJECT", "env"}, {"HH_SOURCE", " \t\n"}, {"HH_VERBOSE", " "}};
  for (const OptionalText& blank :
       {OptionalText(null), OptionalText(""), OptionalText(" \t\r\n")}) {
    const auto settings =
        resolved({.project = blank, .source = blank, .test_mode = true}, variables);
    REQUIRE(settings.has_value());
    CHECK(settings->project.value == "env");
    CHECK(settings->project.variable == "HH_PROJECT");
    CHECK(settings->source.value == "dev");
    CHECK(settings->verbose.origin == Origin::fallback);
  }
  CHECK(refusal({.api_key = null}).starts_with("api_key: is not set"));
}

TEST_CASE("white space around a text is not part of it") {
  const auto settings =
      resolved({.project = " my project\n", .test_mode = true}, {{"HH_API_KEY", "hh_key\r\n"}});
  REQUIRE(settings.has_value());
  CHECK(settings->project.value == "my project");
  CHECK(settings->api_key.value == "hh_key");
}

TEST_CASE("the session to join is a UUID, in test mode any text") {
  const char* const id = "550E8400-E29B-41D4-A716-446655440000";
  const auto joined = resolved({.api_key = "k", .session_id = id});
  REQUIRE(joined.has_value());
  CHECK(joined->session_id.value == "550e8400-e29b-41d4-a716-446655440000");
  CHECK(joined->session_name.value.empty());  // it has one
  CHECK(resolved({.api_key = "k", .session_name = "n", .session_id = id})->session_name.value ==
        "n");

  CHECK(refusal({.api_key = "k", .session_id = "session-1"}) ==
        "session_id: \"session-1\" is not a UUID such as 550e8400-e29b-41d4-a716-446655440000; "
        "pass the id of the session to join, or leave it out to start a new one");
  CHECK(refusal({.api_key = "k"}, {{"HH_SESSION_ID", "1"}})
            .starts_with("HH_SESSION_ID (session_id): \"1\" is not a UUID"));
  CHECK(resolved({.session_id = "session-1", .test_mode = true})->session_id.value == "session-1");
  CHECK(resolved({.api_key = "k", .session_id = " "})->session_id.value.empty());
}

TEST_CASE("it is an evaluation if all three ids are set, unless something says otherwise") {
  const auto is_evaluation = [](const TracerConfig& config, const Variables& variables = {}) {
    return resolved(config, variables)->is_evaluation.value;
  };
  CHECK(is_evaluation({.run_id = "r", .dataset_id = "d", .datapoint_id = "p", .test_mode = true}));
  CHECK(is_evaluation({.run_id = "r", .dataset_id = "d", .test_mode = true},
                      {{"HH_DATAPOINT_ID", "p"}}));
  CHECK_FALSE(is_evaluation({.run_id = "r", .dataset_id = "d", .test_mode = true}));
  CHECK_FALSE(is_evaluation({.is_evaluation = false,
                             .run_id = "r",
                             .dataset_id = "d",
                             .datapoint_id = "p",
                             .test_mode = true}));
  CHECK(is_evaluation({.is_evaluation = true, .run_id = "r", .test_mode = true}));
}

TEST_CASE("a link carrier is an object of texts") {
  const auto settings =
      resolved({.link_carrier = {{"traceparent", "00-trace-id-span-id-01"}, {"baggage", nullptr}},
                .test_mode = true});
  REQUIRE(settings.has_value());
  CHECK(settings->link_carrier.value["traceparent"].as_string() == "00-trace-id-span-id-01");
  CHECK(settings->link_carrier.origin == Origin::explicit_field);
  const std::string expected =
      "link_carrier: \"traceparent\" is not a text; pass headers as they were received, such as "
      "{{\"traceparent\", \"00-...\"}}";
  CHECK(refusal({.link_carrier = {{"traceparent", 1}}, .test_mode = true}) == expected);
  CHECK(refusal({.link_carrier = {{"traceparent", {{"a", "b"}}}}, .test_mode = true}) == expected);
}

TEST_CASE("nothing that may be a key is shown in a refusal") {
  for (const char* const key : {"hh_0123456789", "sk-0123456789", "the key of this tracer"}) {
    const TracerConfig config{
        .api_key = "the key of this tracer", .server_url = key, .link_carrier = {{key, 1}}};
    for (const std::string& message :
         {refusal(config), refusal({.api_key = key, .session_id = key}),
          refusal({.api_key = "the key of this tracer", .test_mode = true}, {{"HH_VERBOSE", key}}),
          refusal({.api_key = "the key of this tracer"}, {{"HH_TIMEOUT", key}})}) {
      CAPTURE(message);
      CHECK(message.find(key) == message.npos);
      CHECK(message.find("(hidden, as it looks like a key)") != message.npos);
    }
  }
}

TEST_CASE("a refusal is one short line, whatever was given") {
  const std::string message =
      refusal({.test_mode = true}, {{"HH_VERBOSE", "a\n\x1b[31m\xff" + std::string(5000, 'b')}});
  CHECK(message.starts_with("HH_VERBOSE (verbose): \"a??[31m\xef\xbf\xbd"));
  CHECK(message.size() < 300);
}

TEST_CASE("a key is needed, except in test mode and on this machine") {
  CHECK(refusal({}) ==
        "api_key: is not set, and https://api.honeyhive.ai needs one; pass .api_key, set "
        "HH_API_KEY, point HH_API_URL at a server on this machine, or use .test_mode = true");
  CHECK(resolved({.test_mode = true}).has_value());
  CHECK(resolved({}, {{"HH_DISABLE_TRACING", "true"}}).has_value());
  for (const char* const url : {"http://localhost:1", "http://127.0.0.1", "http://[::1]:4318"}) {
    CHECK(resolved({.server_url = url}).has_value());
  }
  CHECK_FALSE(resolved({.server_url = "http://127.0.0.1.evil.com"}).has_value());
}

TEST_CASE("what cannot be parsed is refused with field, value and fix") {
  const TracerConfig config{.test_mode = true};
  CHECK(refusal(config, {{"HH_VERBOSE", "maybe"}}) ==
        "HH_VERBOSE (verbose): \"maybe\" is not true or false; set one of them");
  CHECK(refusal(config, {{"HH_SAMPLE_RATE", "2"}}) ==
        "HH_SAMPLE_RATE (sample_rate): \"2\" is not a number from 0 to 1");
  CHECK(refusal(config, {{"HH_SAMPLE_RATE", "half"}}) ==
        "HH_SAMPLE_RATE (sample_rate): \"half\" is not a number from 0 to 1");
  CHECK(refusal(config, {{"HH_SAMPLE_RATE", "nan"}}) ==
        "HH_SAMPLE_RATE (sample_rate): \"nan\" is not a number from 0 to 1");
  CHECK(refusal(config, {{"HH_BUFFER_BYTES", "16M"}}) ==
        "HH_BUFFER_BYTES (buffer_bytes): \"16M\" is not a number from 262144 to 1073741824");
  CHECK(refusal(config, {{"HH_EXPORT_TIMEOUT_MS", "0"}}) ==
        "HH_EXPORT_TIMEOUT_MS (export_timeout): \"0\" is not a number of milliseconds from 1 to "
        "600000");
  CHECK(refusal(config, {{"HH_TIMEOUT", "601"}}) ==
        "HH_TIMEOUT (export_timeout): \"601\" is not a number of seconds from 0.001 to 600");
  CHECK(refusal(config, {{"HH_MAX_ATTRIBUTES", "1025"}}) ==
        "HH_MAX_ATTRIBUTES: \"1025\" is not a number from 1 to 1024");
  CHECK(refusal(config, {{"HH_PROPAGATORS", "b3"}}) ==
        "HH_PROPAGATORS: \"b3\" is not tracecontext, baggage or none");
  CHECK(refusal(config, {{"HH_ON_FULL_WAIT_MS", "-1"}}) ==
        "HH_ON_FULL_WAIT_MS (on_full_wait): \"-1\" is not a number of milliseconds from 0 to "
        "60000");
  CHECK(refusal({.server_url = "api.honeyhive.ai", .test_mode = true}) ==
        "server_url: \"api.honeyhive.ai\" is no server: it does not start with http:// or "
        "https://; write it as https://host or http://host:port");
}

TEST_CASE("numbers in fields are bounded, too") {
  const double bad[] = {-0.1, 1.1, std::nan(""), std::numeric_limits<double>::infinity()};
  for (const double rate : bad) {
    CHECK(refusal({.test_mode = true, .sample_rate = rate}).starts_with("sample_rate: \""));
  }
  CHECK_FALSE(resolved({.test_mode = true, .buffer_bytes = (256 << 10) - 1}).has_value());
  CHECK_FALSE(resolved({.test_mode = true, .buffer_bytes = (1 << 30) + 1}).has_value());
  CHECK(resolved({.test_mode = true, .buffer_bytes = 1 << 30}).has_value());
}

TEST_CASE("texts are short, one line, and UTF-8, and a key is never shown") {
  CHECK(refusal({.api_key = "secret\r\nX: y"}) ==
        "api_key: byte 7 of 12 is a control character, such as a line feed; remove it");
  CHECK(refusal({.project = "p\xff", .test_mode = true}) ==
        "project: is not valid UTF-8; write it in that encoding");
  CHECK(refusal({.source = std::string(2000, 's'), .test_mode = true}) ==
        "source: is 2000 bytes long; shorten it to at most 1024");
}

TEST_CASE("a password in a URL is refused without being shown") {
  const std::string message =
      refusal({.server_url = "https://user:hunter2@host", .test_mode = true});
  CHECK(message.find("hunter2") == message.npos);
  CHECK(message.starts_with("server_url: "));
}

TEST_CASE("the description shows every origin and masks the key") {
  const auto settings = resolved({.api_key = "hh_0123456789abcd",
                                  .server_url = "http://h",
                                  .inputs = {{"query", "a user's question"}}},
                                 {{"HH_SOURCE", "prod"}});
  REQUIRE(settings.has_value());
  const std::string text = describe(*settings);
  CHECK(text.find("  api_key = ****abcd (given)\n") != text.npos);
  CHECK(text.find("  source = prod (from HH_SOURCE)\n") != text.npos);
  CHECK(text.find("  project = (none) (default)\n") != text.npos);
  CHECK(text.find("  export_timeout = 5000 ms (default)\n") != text.npos);
  CHECK(text.find("  inputs = 1 member (given)\n") != text.npos);
  CHECK(text.find("  link_carrier = (none) (default)\n") != text.npos);
  CHECK(text.find("  propagators = tracecontext, baggage (default)\n") != text.npos);
  CHECK(text.find("a user's question") == text.npos);
  CHECK(text.find("0123456789") == text.npos);
  CHECK(describe(*resolved({.api_key = "short", .server_url = "http://h"})).find("short") ==
        std::string::npos);
}

TEST_SUITE_END();

}  // namespace
}  // namespace honeyhive::sdk
