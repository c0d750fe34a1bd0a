// How a tracer is made, and what it then says of itself: without a server.
#include <doctest/doctest.h>

#include <map>
#include <type_traits>

#include "core/log.h"
#include "core/uuid.h"
#include "fakes/environment.h"
#include "honeyhive/honeyhive.h"
#include "honeyhive/testing.h"
#include "sdk/environment.h"

namespace honeyhive {
namespace {

using fakes::WithEnvironment;
using testing::capture;

constexpr const char* some_uuid = "550e8400-e29b-41d4-a716-446655440000";

std::string config_error(const TracerConfig& config) {
  try {
    const auto tracer = HoneyHiveTracer::init(config);
  } catch (const ConfigError& error) {
    CHECK(error.code() == Error::Code::invalid_config);
    return error.what();
  }
  return {};
}

TEST_SUITE_BEGIN("sdk/init");

TEST_CASE("a configuration object makes a tracer") {
  const TracerConfig config{
      .api_key = "hh_1234567890abcdef", .project = "my-llm-project", .test_mode = true};
  const HoneyHiveTracer tracer(config);
  CHECK(tracer.project() == "my-llm-project");
  CHECK(HoneyHiveTracer::init(config).project() == "my-llm-project");
}

TEST_CASE("named parameters make a tracer, also without init") {
  const HoneyHiveTracer tracer(
      {.api_key = "hh_1234567890abcdef", .project = "my-llm-project", .test_mode = true});
  CHECK(tracer.project() == "my-llm-project");
}

TEST_CASE("named parameters replace those of a configuration object") {
  const TracerConfig config{.api_key = "hh_1234567890abcdef",
                            .project = "my-llm-project",
                            .source = "production",
                            .test_mode = false};
  const HoneyHiveTracer tracer(config, {.source = "staging", .test_mode = true});
  CHECK(tracer.project() == "my-llm-project");
  CHECK(tracer.source() == "staging");
  CHECK(tracer.test_mode());
}

TEST_CASE("the first positional parameters are key, project, session, source, server") {
  const auto tracer = HoneyHiveTracer::init({"hh_key",
                                             "p",
                                             "n",
                                             "s",
                                             "http://127.0.0.1:1",
                                             {},
                                             {},
                                             {},
                                             {},
                                             {},
                                             {},
                                             {},
                                             {},
                                             {},
                                             {},
                                             true});
  CHECK(tracer.project() == "p");
  CHECK(tracer.session_name() == "n");
  CHECK(tracer.source() == "s");
  CHECK(tracer.test_mode());
}

TEST_CASE("all sixteen documented parameters are accepted together") {
  const auto tracer =
      HoneyHiveTracer::init({.api_key = "hh_your_key",
                             .project = "my-project",
                             .session_name = "evaluation-session",
                             .source = "production",
                             .server_url = "https://custom.honeyhive.ai",
                             .session_id = some_uuid,
                             .disable_http_tracing = true,
                             .disable_batch = false,
                             .verbose = false,
                             .inputs = {{"user_id", "123"}, {"query", "test"}},
                             .is_evaluation = true,
                             .run_id = "eval-run-001",
                             .dataset_id = "dataset-123",
                             .datapoint_id = "datapoint-456",
                             .link_carrier = {{"traceparent", "00-trace-id-span-id-01"}},
                             .test_mode = true});
  CHECK(tracer.session_id() == some_uuid);
  CHECK(tracer.session_name() == "evaluation-session");
  { auto span = tracer.trace("work"); }
  const auto spans = capture(tracer);
  REQUIRE(spans.size() == 1);
  CHECK(spans[0].session_id == some_uuid);
  CHECK(spans[0]["metadata.run_id"].as_string() == "eval-run-001");
}

TEST_CASE("explicit wins over the environment, and that over the default") {
  const WithEnvironment environment{{"HH_PROJECT", "of the environment"},
                                    {"HH_SOURCE", "of the environment"},
                                    {"HH_TEST_MODE", "true"}};
  const auto tracer = HoneyHiveTracer::init({.project = "explicit"});
  CHECK(tracer.project() == "explicit");
  CHECK(tracer.source() == "of the environment");
  CHECK(tracer.session_name() == sdk::program_name());
}

TEST_CASE("a tracer may take everything from the environment") {
  const WithEnvironment environment{{"HH_API_KEY", "hh_key"},       {"HH_PROJECT", "p"},
                                    {"HH_SESSION_NAME", "nightly"}, {"HH_SOURCE", "production"},
                                    {"HH_SESSION_ID", some_uuid},   {"HH_TEST_MODE", "1"}};
  const auto tracer = HoneyHiveTracer::init();
  CHECK(tracer.project() == "p");
  CHECK(tracer.session_name() == "nightly");
  CHECK(tracer.source() == "production");
  CHECK(tracer.session_id() == some_uuid);
  CHECK(tracer.test_mode());
}

TEST_CASE("each service may have variables of its own") {
  const WithEnvironment environment{{"USER_SERVICE_PROJECT", "user-service"},
                                    {"HH_PROJECT", "of the environment"}};
  const auto users =
      HoneyHiveTracer::init({.project = std::getenv("USER_SERVICE_PROJECT"), .test_mode = true});
  const auto payments = HoneyHiveTracer::init(
      {.project = std::getenv("PAYMENT_SERVICE_PROJECT"), .test_mode = true});  // is not set
  CHECK(users.project() == "user-service");
  CHECK(payments.project() == "of the environment");
}

TEST_CASE("by default the source is dev and the session is called as the program") {
  CHECK(HoneyHiveTracer::init({.test_mode = true}).source() == "dev");
  CHECK(HoneyHiveTracer::init({.test_mode = true}).session_name() == sdk::program_name());
}

TEST_CASE("every tracer has a session of its own") {
  const auto one = HoneyHiveTracer::init({.test_mode = true});
  const auto two = HoneyHiveTracer::init({.test_mode = true});
  CHECK(one.session_id() != two.session_id());
  CHECK(core::Uuid::parse(one.session_id()).has_value());
  { auto span = one.trace("work"); }
  const auto spans = capture(one);
  REQUIRE(spans.size() == 1);
  CHECK(spans[0].session_id == one.session_id());
}

TEST_CASE("an evaluation's ids are on every span, and others' are not") {
  TracerConfig config{.run_id = "r", .dataset_id = "d", .datapoint_id = "p", .test_mode = true};
  const auto evaluation = HoneyHiveTracer::init(config);
  config.is_evaluation = false;
  const auto other = HoneyHiveTracer::init(config);
  {
    auto span = evaluation.trace("work");
    span.set_attribute("honeyhive_metadata.datapoint_id", "its own");
    auto child = evaluation.trace("part");
  }
  { auto span = other.trace("work"); }
  const auto spans = capture(evaluation);
  REQUIRE(spans.size() == 2);
  for (const auto& span : spans) {
    CHECK(span["metadata.run_id"].as_string() == "r");
    CHECK(span["metadata.dataset_id"].as_string() == "d");
  }
  CHECK(spans[0]["metadata.datapoint_id"].as_string() == "its own");
  CHECK(spans[1]["metadata.datapoint_id"].as_string() == "p");
  CHECK(capture(other)[0]["metadata.run_id"].is_null());
}

TEST_CASE("what cannot work is refused as a std::invalid_argument") {
  static_assert(std::is_base_of_v<std::invalid_argument, ConfigError>);
  CHECK(
      config_error({.server_url = "https://api.honeyhive.ai"}).starts_with("api_key: is not set"));
  CHECK(config_error({.api_key = "k", .session_id = "1"}).starts_with("session_id: \"1\" is not"));
  CHECK(config_error({.test_mode = true, .sample_rate = 2}).starts_with("sample_rate: "));
}

TEST_CASE("try_init returns what init throws") {
  const auto refused = HoneyHiveTracer::try_init({.api_key = "k", .session_id = "1"});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == Error::Code::invalid_config);
  CHECK(refused.error().message.starts_with("session_id: \"1\" is not"));
  auto made = HoneyHiveTracer::try_init({.project = "p", .test_mode = true});
  REQUIRE(made);
  CHECK(made->project() == "p");
  const HoneyHiveTracer tracer = *std::move(made);
  CHECK(tracer.project() == "p");
  static_assert(noexcept(HoneyHiveTracer::try_init({})));
}

TEST_CASE("verbose prints the configuration with the origin of each value, and no key") {
  static std::string printed;
  const auto before = core::set_log_sink(
      [](core::LogLevel, std::string_view text) { printed.append(text).append("\n"); });
  {
    const WithEnvironment environment{{"HH_SOURCE", "production"}, {"HH_NEVER_HEARD_OF", "1"}};
    (void)HoneyHiveTracer::init({.api_key = "hh_0123456789abcdef", .test_mode = true});
    CHECK(printed.empty());
    (void)HoneyHiveTracer::init(
        {.api_key = "hh_0123456789abcdef", .verbose = true, .test_mode = true});
  }
  core::set_log_sink(before);
  CHECK(printed.find("  api_key = ****cdef (given)\n") != printed.npos);
  CHECK(printed.find("  source = production (from HH_SOURCE)\n") != printed.npos);
  CHECK(printed.find("  disable_http_tracing = true (default)\n") != printed.npos);
  CHECK(printed.find("  HH_NEVER_HEARD_OF is set, but nothing here reads it\n") != printed.npos);
  CHECK(printed.find("0123456789") == printed.npos);
}

TEST_CASE("merging replaces what is set, of every field") {
  const TracerConfig all{.api_key = "k",
                         .project = "p",
                         .session_name = "n",
                         .source = "s",
                         .server_url = "u",
                         .session_id = "i",
                         .disable_http_tracing = false,
                         .disable_batch = true,
                         .verbose = true,
                         .inputs = {{"i", 1}},
                         .is_evaluation = true,
                         .run_id = "r",
                         .dataset_id = "d",
                         .datapoint_id = "q",
                         .link_carrier = {{"l", "2"}},
                         .test_mode = true,
                         .sample_rate = 0.5,
                         .require_connection = true,
                         .buffer_bytes = 1,
                         .export_timeout = std::chrono::seconds(2),
                         .on_full_wait = std::chrono::seconds(3)};
  // Blank texts and empty objects set nothing.
  const TracerConfig nothing{.project = " ", .source = static_cast<const char*>(nullptr)};
  for (const TracerConfig& merged : {TracerConfig{}.merged(all), all.merged(nothing)}) {
    CHECK(*merged.api_key == "k");
    CHECK(*merged.project == "p");
    CHECK(*merged.session_name == "n");
    CHECK(*merged.source == "s");
    CHECK(*merged.server_url == "u");
    CHECK(*merged.session_id == "i");
    CHECK(merged.disable_http_tracing == false);
    CHECK(merged.disable_batch == true);
    CHECK(merged.verbose == true);
    CHECK(merged.inputs == all.inputs);
    CHECK(merged.is_evaluation == true);
    CHECK(*merged.run_id == "r");
    CHECK(*merged.dataset_id == "d");
    CHECK(*merged.datapoint_id == "q");
    CHECK(merged.link_carrier == all.link_carrier);
    CHECK(merged.test_mode == true);
    CHECK(merged.sample_rate == 0.5);
    CHECK(merged.require_connection == true);
    CHECK(merged.buffer_bytes == 1);
    CHECK(merged.export_timeout == std::chrono::seconds(2));
    CHECK(merged.on_full_wait == std::chrono::seconds(3));
  }
  CHECK(*all.merged({.project = "other"}).project == "other");
  CHECK(all.merged({.verbose = false}).verbose == false);
}

TEST_SUITE_END();

}  // namespace
}  // namespace honeyhive
