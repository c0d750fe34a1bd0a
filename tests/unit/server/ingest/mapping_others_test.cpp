#include "unit/server/ingest/mapped_span.h"

using namespace honeyhive;
using namespace honeyhive::testing;

TEST_SUITE("server/ingest/mapping_traceloop") {
  TEST_CASE("a workflow and its tasks") {
    CHECK(printed({.name = "answer.workflow",
                   .attributes = {{"traceloop.span.kind", any("workflow")},
                                  {"traceloop.workflow.name", any("answer")},
                                  {"traceloop.entity.name", any("answer")},
                                  {"traceloop.entity.input",
                                   any(R"({"args": ["why?"], "kwargs": {}})")},
                                  {"traceloop.entity.output", any("\"because\"")},
                                  {"traceloop.association.properties.session_id", any("s-1")},
                                  {"traceloop.association.properties.user_id", any("u-1")},
                                  {"traceloop.association.properties.run_id", any("r-1")}}}) ==
          R"(chain answer.workflow
session s-1
inputs {"value":{"args":["why?"],"kwargs":{}}}
outputs {"value":"\"because\""}
metadata {"span_kind":"workflow","traceloop.workflow.name":"answer",)"
          R"("traceloop.entity.name":"answer","user_id":"u-1","run_id":"r-1",)"
          R"("instrumentor":"traceloop"}
)");
  }

  TEST_CASE("a completion with the keys from before the GenAI conventions") {
    CHECK(printed(
              {.name = "acme.completion",
               .attributes = {{"llm.request.type", any("completion")},
                              {"llm.request.model", any("oak-0")},
                              {"llm.request.functions.0.name", any("look")},
                              {"llm.request.functions.0.parameters", any(R"({"type": "object"})")},
                              {"llm.top_k", any(3)},
                              {"llm.chat.stop_sequences", any("END")},
                              {"llm.usage.prompt_tokens", any(2)},
                              {"llm.usage.completion_tokens", any(3)},
                              {"llm.response.finish_reason", any("length")},
                              {"llm.user", any("u")}}}) ==
          R"(model acme.completion
model oak-0
tokens 2 in, 3 out
config {"model":"oak-0","top_k":3,"stop_sequences":"END","tools":[{"name":"look",)"
          R"("parameters":{"type":"object"}}]}
metadata {"request_type":"completion","prompt_tokens":2,"completion_tokens":3,)"
          R"("finish_reason":"length","llm.user":"u","instrumentor":"traceloop","total_tokens":5}
)");
  }
}

TEST_SUITE("server/ingest/mapping_vercel") {
  TEST_CASE("a call of the provider") {
    CHECK(printed(
              {.name = "ai.generateText.doGenerate",
               .attributes = {{"ai.operationId", any("ai.generateText.doGenerate")},
                              {"operation.name", any("ai.generateText.doGenerate f")},
                              {"ai.model.id", any("oak-2")},
                              {"ai.model.provider", any("acme.chat")},
                              {"ai.prompt.messages",
                               any(R"([{"role":"user","content":[{"type":"text","text":"Hi"}]}])")},
                              {"ai.prompt.tools",
                               any_array({any(R"({"type":"function","name":"look"})")})},
                              {"ai.response.text", any("Hello")},
                              {"ai.response.toolCalls", any(R"([{"toolCallId":"c1"}])")},
                              {"ai.response.finishReason", any("stop")},
                              {"ai.usage.promptTokens", any(7)},
                              {"ai.usage.completionTokens", any(2)},
                              {"ai.settings.maxRetries", any(2)}}}) ==
          R"(model ai.generateText.doGenerate
model oak-2
tokens 7 in, 2 out
inputs {"chat_history":[{"role":"user","content":[{"type":"text","text":"Hi"}]}]}
outputs {"role":"assistant","content":"Hello","tool_calls":[{"toolCallId":"c1"}]}
config {"model":"oak-2","provider":"acme.chat","tools":[{"type":"function","name":"look"}]}
metadata {"operation_name":"ai.generateText.doGenerate",)"
          R"("operation.name":"ai.generateText.doGenerate f","provider":"acme.chat",)"
          R"("finish_reason":"stop","prompt_tokens":7,"completion_tokens":2,)"
          R"("ai.settings.maxRetries":2,)"
          R"("instrumentor":"vercel-ai","total_tokens":9}
)");
  }

  TEST_CASE("a call of the program, and of a tool") {
    CHECK(printed({.name = "ai.generateObject",
                   .attributes = {{"ai.operationId", any("ai.generateObject")},
                                  {"ai.prompt", any(R"({"prompt": "Name one."})")},
                                  {"ai.response.object", any(R"({"name": "oak"})")}}}) ==
          R"(chain ai.generateObject
inputs {"prompt":{"prompt":"Name one."}}
outputs {"object":{"name":"oak"}}
metadata {"operation_name":"ai.generateObject","instrumentor":"vercel-ai"}
)");
    CHECK(printed({.name = "ai.toolCall",
                   .attributes = {{"ai.operationId", any("ai.toolCall")},
                                  {"ai.toolCall.name", any("look")},
                                  {"ai.toolCall.id", any("c1")},
                                  {"ai.toolCall.args", any(R"({"at": 1})")},
                                  {"ai.toolCall.result", any("[1]")}}}) ==
          R"(tool ai.toolCall
inputs {"arguments":{"at":1}}
outputs {"result":[1]}
config {"tool_name":"look"}
metadata {"operation_name":"ai.toolCall","tool_name":"look","tool_call_id":"c1",)"
          R"("instrumentor":"vercel-ai"}
)");
  }
}

TEST_SUITE("server/ingest/mapping_precedence") {
  TEST_CASE("HoneyHive's own key wins over every convention, and they in the documented order") {
    const std::vector<Attribute> models = {{"ai.model.id", any("vercel")},
                                           {"llm.request.model", any("traceloop")},
                                           {"llm.model_name", any("openinference")},
                                           {"gen_ai.request.model", any("gen_ai")},
                                           {"honeyhive_config.model", any("own")}};
    for (std::size_t count = models.size(); count > 0; --count) {
      const server::Event event = mapped_span(
          {.attributes = {models.begin(), models.begin() + static_cast<std::ptrdiff_t>(count)}});
      const Attribute& best = models[count - 1];
      CAPTURE(best.first);
      CHECK(any(event.model) == best.second);
      for (std::size_t i = 0; i + 1 < count; ++i) {  // the others are plain attributes
        CHECK(event.bucket(server::Bucket::metadata).find('"' + models[i].first + '"') !=
              std::string::npos);
      }
    }
  }

  TEST_CASE("one list of messages is taken, the attributes of the others stay what they were") {
    CHECK(
        printed({.attributes = {{"llm.input_messages.0.message.content", any("openinference")},
                                {"gen_ai.prompt.0.content", any("deprecated")},
                                {"gen_ai.input.messages",
                                 any(R"([{"role":"user","content":"current"}])")},
                                {"llm.output_messages.0.message.content", any("openinference")},
                                {"gen_ai.output.messages", any(R"([{"content":"current"}])")}}}) ==
        R"(tool step
inputs {"chat_history":[{"role":"user","content":"current"}]}
outputs {"content":"current"}
metadata {"instrumentor":"openinference",)"
        R"("llm.input_messages.0.message.content":"openinference",)"
        R"("gen_ai.prompt.0.content":"deprecated",)"
        R"("llm.output_messages.0.message.content":"openinference"}
)");
  }

  TEST_CASE("equal values of two conventions are shown once") {
    CHECK(printed({.attributes = {{"gen_ai.usage.input_tokens", any(3)},
                                  {"llm.usage.input_tokens", any(3)},
                                  {"gen_ai.usage.prompt_tokens", any(3)}}}) ==
          R"(tool step
tokens 3 in, 0 out
metadata {"input_tokens":3,"prompt_tokens":3,"instrumentor":"traceloop","total_tokens":3}
)");
  }

  TEST_CASE("a session is named by the first key that says something") {
    const std::vector<Attribute> ids = {{"gen_ai.conversation.id", any("conversation")},
                                        {"session.id", any("session")},
                                        {"traceloop.association.properties.session_id", any("tl")},
                                        {"honeyhive_session_id", any("line")},
                                        {"honeyhive.session_id", any("dot")}};
    for (std::size_t count = ids.size(); count > 0; --count) {
      const server::Event event = mapped_span(
          {.attributes = {ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(count)}});
      CHECK(any(event.session_id) == ids[count - 1].second);
    }
    CHECK(printed({.attributes = {{"honeyhive.session_id", any("")},
                                  {"session.id", any(std::string(257, 'x'))},
                                  {"gen_ai.conversation.id", any(5)}}})
              .starts_with("tool step\nsession 5\n"));
  }

  TEST_CASE("a span that asks for a session and names none is in one of its trace") {
    CHECK(printed({.attributes = {{"honeyhive.session_auto_create", any(true)},
                                  {"honeyhive.session_name", any("n")}}}) ==
          R"(tool step
session 0a0a0a0a-0a0a-0a0a-0a0a-0a0a0a0a0a0a
session name n
metadata {"honeyhive.session_auto_create":true}
)");
    CHECK(mapped_span({.attributes = {{"honeyhive.session_auto_create", any(false)}}}).session_id ==
          "");
    CHECK(mapped_span({.attributes = {{"honeyhive.session_auto_create", any(true)},
                                      {"honeyhive.session_id", any("own")}}})
              .session_id == "own");
  }

  TEST_CASE("the run's ids come from metadata, else from the baggage") {
    CHECK(printed({.attributes = {{"baggage.run_id", any("b")},
                                  {"baggage.dataset_id", any("d")},
                                  {"baggage.other", any("o")},
                                  {"honeyhive_metadata.run_id", any("r")}}}) ==
          R"(tool step
metadata {"dataset_id":"d","baggage.other":"o","run_id":"r","baggage.run_id":"b"}
)");
  }
}
