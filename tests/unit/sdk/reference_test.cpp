#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "recorded.h"

// What the reference of HoneyHiveTracer documents of spans, as far as no other test has it.
namespace honeyhive::testing {
namespace {

TEST_SUITE_BEGIN("sdk/reference");

TEST_CASE("a span is what trace() returns, with its event type and attributes as they were given") {
  const auto tracer = test_tracer();
  {
    const auto span = tracer.trace("data_processing", {{"operation.type", "batch"}, {"size", 100}});
  }
  { const auto span = tracer.trace("llm_completion", {.event_type = "openai_gpt4"}); }
  { const auto span = tracer.trace("lookup", {.event_type = EventType::tool}, {{"k", true}}); }
  const auto spans = capture(tracer);
  CHECK(tree(spans) == "data_processing\nllm_completion (openai_gpt4)\nlookup (tool)\n");
  const SpanData& first = spans[0];
  CHECK(first["operation.type"].as_string() == "batch");
  CHECK(first["operation_type"].is_null());
  CHECK(first["size"].as_int() == 100);
  CHECK(spans[1]["honeyhive.event_type"].as_string() == "openai_gpt4");
  CHECK(spans[1]["honeyhive_event_type"].as_string() == "openai_gpt4");
  CHECK(spans[2]["honeyhive.event_type"].as_string() == "tool");
  CHECK(spans[2]["k"].as_bool());
}

TEST_CASE("every span says its project, source, session and the version that recorded it") {
  const auto tracer = HoneyHiveTracer::init({.project = "user-service",
                                             .session_name = "onboarding",
                                             .source = "production",
                                             .test_mode = true});
  { const auto span = tracer.trace("span"); }
  const auto spans = capture(tracer);
  REQUIRE(spans.size() == 1);
  CHECK(spans[0]["honeyhive.project"].as_string() == "user-service");
  CHECK(spans[0]["honeyhive.source"].as_string() == "production");
  CHECK(spans[0]["honeyhive.session_name"].as_string() == "onboarding");
  CHECK(spans[0]["honeyhive.session_id"].as_string() == tracer.session_id());
  CHECK(!spans[0]["honeyhive.tracer_version"].as_string().empty());
}

TEST_CASE("a span of a request is started in one function and ended in another") {
  struct Request {
    std::string path;
    Span span;
  };
  const auto tracer = test_tracer();
  const auto before = [&](Request& request) {
    request.span = tracer.trace("GET " + request.path);
    request.span.set_attribute("http.method", "GET");
  };
  const auto after = [](Request& request) {
    request.span.set_attribute("http.status_code", 200);
    request.span.end();
    request.span.set_attribute("late", true);
  };
  Request request{"/users/7", {}};
  before(request);
  { const auto span = tracer.trace("get_user_operation"); }
  after(request);
  const auto spans = capture(tracer);
  CHECK(tree(spans) == "GET /users/7\n  get_user_operation\n");
  CHECK(spans[0]["http.status_code"].as_int() == 200);
  CHECK(spans[0]["late"].is_null());
}

TEST_CASE("an exception inside a span is recorded, marks it, and goes on") {
  const auto tracer = test_tracer();
  const auto risky = [&] {
    tracer.trace("risky", [](Span& span) {
      span.set_attribute("started", true);
      throw std::invalid_argument("Simulated failure");
    });
  };
  CHECK_THROWS_WITH_AS(risky(), "Simulated failure", std::invalid_argument);
  const auto spans = capture(tracer);
  REQUIRE(spans.size() == 1);
  CHECK(spans[0].status == StatusCode::error);
  CHECK(spans[0]["honeyhive_error"].as_string() == "Simulated failure");
  REQUIRE(spans[0].events.size() == 1);
  CHECK(spans[0].events[0].attributes["exception.type"].as_string() == "std::invalid_argument");
}

TEST_CASE("the current span takes plain attributes from anywhere below it") {
  const auto tracer = test_tracer();
  const auto helper = [&] { return tracer.enrich_current_span({{"helper.input_size", 3}}); };
  CHECK(!helper());
  {
    const auto span = tracer.trace("span");
    CHECK(helper());
  }
  const auto spans = capture(tracer);
  CHECK(find(spans, "span").attributes["helper.input_size"].as_int() == 3);
}

TEST_CASE("a tracer that a block makes is closed by it, and another can follow") {
  for (int i = 0; i < 3; ++i) {
    std::optional<HoneyHiveTracer> tracer = test_tracer();
    { const auto span = tracer->trace("operation"); }
    CHECK(tracer->flush(std::chrono::seconds(10)));
    CHECK(capture(*tracer).size() == 1);
    tracer->close();
    tracer->close();
    CHECK(!tracer->trace("late").is_recording());
  }
}

TEST_CASE("without a tracer the program runs as it is") {
  const HoneyHiveTracer tracer = nullptr;
  auto span = tracer.trace("operation");
  span.set_attribute("tracing.enabled", true);
  CHECK(tracer.trace("call", [] { return 42; }) == 42);
  CHECK(!tracer.enrich_span({{"k", 1}}));
  CHECK(tracer.flush());
  CHECK(tracer.project().empty());
}

TEST_CASE("a span for each attempt of a retry") {
  const auto tracer = test_tracer();
  const auto attempt = [&](int number, bool works) {
    auto span = tracer.trace("call_attempt_" + std::to_string(number));
    span.set_attribute("retry.attempt", number);
    if (!works) throw std::runtime_error("down");
    span.set_attribute("retry.success", true);
  };
  for (int number = 1; number <= 3; ++number) {
    try {
      attempt(number, number == 3);
    } catch (const std::runtime_error&) {
    }
  }
  CHECK(tree(capture(tracer)) ==
        "call_attempt_1 ERROR: left by an exception\n"
        "call_attempt_2 ERROR: left by an exception\n"
        "call_attempt_3\n");
}

TEST_CASE("one tracer is used by many threads at once") {
  const auto tracer = test_tracer();
  std::vector<std::thread> threads;
  for (int id = 0; id < 8; ++id) {
    threads.emplace_back([&, id] {
      for (int i = 0; i < 50; ++i) {
        auto span = tracer.trace("worker_" + std::to_string(id));
        span.set_attribute("worker.id", id);
        tracer.enrich_current_span({{"worker.done", true}});
      }
    });
  }
  for (auto& thread : threads) thread.join();
  const auto spans = capture(tracer);
  REQUIRE(spans.size() == 400);
  for (const auto& span : spans) {
    CHECK(span.name == "worker_" + std::to_string(span["worker.id"].as_int()));
    CHECK(span["worker.done"].as_bool());
  }
}

TEST_CASE("instrumentors get a provider, several of them one, and it outlives the tracer") {
  std::optional<Provider> kept;
  {
    const auto tracer = test_tracer();
    const Provider openai = tracer.provider(), anthropic = tracer.provider();
    kept = openai;
    {
      const auto request = tracer.trace("request");
      const auto call = openai.start_span("openai", "chat", {.kind = SpanKind::client},
                                          {{"gen_ai.request.model", "m"}});
      const auto other = anthropic.start_span("anthropic", "messages");
    }
    const auto spans = capture(tracer);
    CHECK(tree(spans) == "request\n  chat\n    messages\n");
    CHECK(find(spans, "chat")["otel.scope.name"].as_string() == "openai");
    CHECK(find(spans, "chat")["gen_ai.request.model"].as_string() == "m");
    CHECK(find(spans, "messages")["otel.scope.name"].as_string() == "anthropic");
  }
  CHECK(!kept->start_span("openai", "late").is_recording());
}

TEST_SUITE_END();

}  // namespace
}  // namespace honeyhive::testing
