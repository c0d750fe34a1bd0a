#include "server/ingest/event_type.h"

#include <doctest/doctest.h>

using namespace honeyhive;
using namespace honeyhive::server;

TEST_SUITE("server/ingest/event_type") {
  std::string inferred(std::string_view name, std::string_view key = "k",
                       std::string_view value = "v") {
    otlp::SpanView span;
    span.name = name;
    span.attributes.items.push_back({key, otlp::AnyValue::of(value)});
    return std::string(infer_event_type(span));
  }

  TEST_CASE("the four types are known in any case, nothing else is") {
    CHECK(known_event_type("model") == "model");
    CHECK(known_event_type("TOOL") == "tool");
    CHECK(known_event_type("Chain") == "chain");
    CHECK(known_event_type("session") == "session");
    for (const char* text : {"", "generic", "models", "too"}) {
      CAPTURE(text);
      CHECK_FALSE(known_event_type(text));
    }
  }

  TEST_CASE("the operation of GenAI decides first") {
    for (const char* operation : {"chat", "text_completion", "generate_content"}) {
      CHECK(inferred("step", "gen_ai.operation.name", operation) == "model");
    }
    CHECK(inferred("chat", "gen_ai.operation.name", "invoke_agent") == "chain");
    CHECK(inferred("chat", "gen_ai.operation.name", "create_agent") == "chain");
    CHECK(inferred("chat", "gen_ai.operation.name", "execute_tool") == "tool");
    CHECK(inferred("step", "gen_ai.operation.name", "embeddings") == "tool");
  }

  TEST_CASE("then the kind of OpenInference") {
    CHECK(inferred("step", "openinference.span.kind", "LLM") == "model");
    CHECK(inferred("step", "openinference.span.kind", "CHAIN") == "chain");
    CHECK(inferred("step", "openinference.span.kind", "AGENT") == "chain");
    CHECK(inferred("chat", "openinference.span.kind", "RETRIEVER") == "tool");
    CHECK(inferred("chat", "openinference.span.kind", "SOMETHING") == "tool");
  }

  TEST_CASE("then name and attributes, else it is a tool") {
    CHECK(inferred("OpenAI.call") == "model");
    CHECK(inferred("ask GPT-4") == "model");
    CHECK(inferred("run_ai_step") == "model");
    CHECK(inferred("step", "gen_ai.request.model", "m") == "model");
    CHECK(inferred("step", "ai_model", "m") == "model");
    CHECK(inferred("lookup_user") == "tool");
    CHECK(inferred("") == "tool");
  }
}
