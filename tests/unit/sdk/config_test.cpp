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

TEST_CASE("a key is needed, except in test mode and on this machine") {
  CHECK(refusal({}) ==
        "api_key: is not set, and https://api.honeyhive.ai needs one; pass .api_key, set "
        "HH_API_KEY, point HH_API_URL at a server on this machine, or use .test_mode = true");
  CHECK(resolved({.test_mode = true}).has_value());
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
  const auto settings =
      resolved({.api_key = "hh_0123456789abcd", .server_url = "http://h"}, {{"HH_SOURCE", "prod"}});
  REQUIRE(settings.has_value());
  const std::string text = describe(*settings);
  CHECK(text.find("  api_key = ****abcd (given)\n") != text.npos);
  CHECK(text.find("  source = prod (from HH_SOURCE)\n") != text.npos);
  CHECK(text.find("  project = (none) (default)\n") != text.npos);
  CHECK(text.find("  export_timeout = 5000 ms (default)\n") != text.npos);
  CHECK(text.find("0123456789") == text.npos);
  CHECK(describe(*resolved({.api_key = "short", .server_url = "http://h"})).find("short") ==
        std::string::npos);
}

TEST_SUITE_END();

}  // namespace
}  // namespace honeyhive::sdk
