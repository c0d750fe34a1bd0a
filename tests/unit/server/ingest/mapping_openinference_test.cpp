#include "unit/server/ingest/mapped_span.h"

using namespace honeyhive;
using namespace honeyhive::testing;

TEST_SUITE("server/ingest/mapping_openinference") {
  TEST_CASE("the call of a model") {
    CHECK(
        printed(
            {.name = "ChatCompletion",
             .attributes =
                 {
                     {"openinference.span.kind", any("LLM")},
                     {"llm.provider", any("acme")},
                     {"llm.system", any("acme-ai")},
                     {"llm.model_name", any("oak-2-0613")},
                     {"llm.request.model_name", any("oak-2")},
                     {"llm.invocation_parameters",
                      any(R"({"model": "oak-2", "temperature": 0.50, "seed": 9007199254740993})")},
                     {"input.value", any(R"({"messages": [{"role": "user"}]})")},
                     {"input.mime_type", any("application/json")},
                     {"output.value", any(R"({"text": "as it came"})")},
                     {"llm.input_messages.0.message.role", any("user")},
                     {"llm.input_messages.0.message.contents.0.message_content.type", any("text")},
                     {"llm.input_messages.0.message.contents.0.message_content.text", any("This?")},
                     {"llm.input_messages.0.message.contents.1.message_content.type", any("image")},
                     {"llm.input_messages.0.message.contents.1.message_content.image.image.url",
                      any("https://example.com/i.png")},
                     {"llm.input_messages.1.message.role", any("tool")},
                     {"llm.input_messages.1.message.content", any("{}")},
                     {"llm.input_messages.1.message.tool_call_id", any("c0")},
                     {"llm.output_messages.0.message.role", any("assistant")},
                     {"llm.output_messages.0.message.tool_calls.0.tool_call.id", any("c1")},
                     {"llm.output_messages.0.message.tool_calls.0.tool_call.function.name",
                      any("look")},
                     {"llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments",
                      any(R"({"at":"i.png"})")},
                     {"llm.tools.0.tool.json_schema",
                      any(R"({"type": "function", "function": {"name": "look"}})")},
                     {"llm.token_count.prompt", any(10)},
                     {"llm.token_count.completion", any(20)},
                     {"llm.token_count.prompt_details.cache_read", any(5)},
                     {"llm.cost.total", any(0.002)},
                     {"llm.cost.prompt", any(0.001)},
                     {"session.id", any("s-9")},
                     {"user.id", any("u-4")},
                     {"metadata", any(R"({"tier": "gold", "n": {"a": 1}})")},
                     {"tag.tags", any_array({any("t1")})},
                 }}) ==
        R"(model ChatCompletion
session s-9
model oak-2
tokens 10 in, 20 out
inputs {"value":{"messages":[{"role":"user"}]},"chat_history":[{"role":"user",)"
        R"("content":[{"type":"text","text":"This?"},{"type":"image",)"
        R"("image_url":"https://example.com/i.png"}]},{"role":"tool","content":"{}",)"
        R"("tool_call_id":"c0"}]}
outputs {"value":"{\"text\": \"as it came\"}","role":"assistant","tool_calls":[{"id":"c1",)"
        R"("type":"function","function":{"name":"look","arguments":"{\"at\":\"i.png\"}"}}]}
config {"provider":"acme","model":"oak-2","temperature":0.50,"seed":9007199254740993,)"
        R"("tools":[{"type":"function","function":{"name":"look"}}]}
metadata {"span_kind":"LLM","provider":"acme","system":"acme-ai",)"
        R"("input_mime_type":"application/json","prompt_tokens":10,"completion_tokens":20,)"
        R"("cache_read_input_tokens":5,"cost":0.002,"llm.cost.prompt":0.001,"session_id":"s-9",)"
        R"("user_id":"u-4","tier":"gold","n":{"a":1},"tags":["t1"],"instrumentor":"openinference",)"
        R"("llm.model_name":"oak-2-0613","total_tokens":30}
)");
  }

  TEST_CASE("a retriever and its documents") {
    CHECK(
        printed({.name = "search",
                 .attributes = {{"openinference.span.kind", any("RETRIEVER")},
                                {"input.value", any("oaks")},
                                {"retrieval.documents.0.document.id", any("d1")},
                                {"retrieval.documents.0.document.content", any("An oak.")},
                                {"retrieval.documents.0.document.score", any(0.75)},
                                {"retrieval.documents.0.document.metadata", any(R"({"page": 3})")},
                                {"retrieval.documents.1.document.content", any("A beech.")}}}) ==
        R"(tool search
inputs {"value":"oaks"}
outputs {"documents":[{"id":"d1","content":"An oak.","score":0.75,"metadata":{"page":3}},)"
        R"({"content":"A beech."}]}
metadata {"span_kind":"RETRIEVER","instrumentor":"openinference"}
)");
  }

  TEST_CASE("embeddings, a reranker, a tool, text completion and a prompt") {
    CHECK(printed({.name = "CreateEmbeddings",
                   .attributes = {{"openinference.span.kind", any("EMBEDDING")},
                                  {"embedding.model_name", any("oak-embed")},
                                  {"embedding.embeddings.0.embedding.text", any("oak")},
                                  {"embedding.embeddings.0.embedding.vector",
                                   any_array({any(0.5), any(-1.0)})}}}) ==
          R"(tool CreateEmbeddings
model oak-embed
outputs {"embeddings":[{"text":"oak","vector":[0.5,-1.0]}]}
config {"model":"oak-embed"}
metadata {"span_kind":"EMBEDDING","instrumentor":"openinference"}
)");
    CHECK(printed({.attributes = {{"openinference.span.kind", any("RERANKER")},
                                  {"reranker.query", any("oaks")},
                                  {"reranker.model_name", any("cross")},
                                  {"reranker.top_k", any(1)},
                                  {"reranker.input_documents.0.document.id", any("d1")},
                                  {"reranker.output_documents.0.document.id", any("d1")}}}) ==

          R"(tool step
model cross
inputs {"query":"oaks","documents":[{"id":"d1"}]}
outputs {"documents":[{"id":"d1"}]}
config {"model":"cross","top_k":1}
metadata {"span_kind":"RERANKER","instrumentor":"openinference"}
)");
    CHECK(printed({.attributes = {{"openinference.span.kind", any("TOOL")},
                                  {"tool.name", any("weather")},
                                  {"tool.description", any("tells the weather")},
                                  {"tool.parameters", any(R"({"place": "str"})")},
                                  {"output.value", any("wet")},
                                  {"output.mime_type", any("text/plain")}}}) ==
          R"(tool step
outputs {"value":"wet"}
config {"tool_name":"weather","tool_description":"tells the weather",)"
          R"("tool_parameters":{"place":"str"}}
metadata {"span_kind":"TOOL","tool_name":"weather","output_mime_type":"text/plain",)"
          R"("instrumentor":"openinference"}
)");
    CHECK(printed({.attributes = {{"openinference.span.kind", any("LLM")},
                                  {"llm.prompts.0.prompt.text", any("def f")},
                                  {"llm.choices.0.completion.text", any("x:")},
                                  {"llm.finish_reason", any("stop")}}}) ==
          R"(model step
inputs {"prompts":[{"text":"def f"}]}
outputs {"choices":[{"text":"x:"}]}
metadata {"span_kind":"LLM","finish_reason":"stop","instrumentor":"openinference"}
)");
    CHECK(printed({.attributes = {{"openinference.span.kind", any("CHAIN")},
                                  {"llm.prompt_template.template", any("Hello {name}")},
                                  {"llm.prompt_template.version", any("v1")},
                                  {"llm.prompt_template.variables", any(R"({"name": "Ann"})")}}}) ==

          R"(chain step
inputs {"name":"Ann"}
config {"template":"Hello {name}"}
metadata {"span_kind":"CHAIN","llm.prompt_template.version":"v1",)"
          R"("instrumentor":"openinference"}
)");
  }
}
