#include <functional>
#include <set>

#include "core/limits.h"
#include "unit/server/ingest/mapped_span.h"

using namespace honeyhive;
using namespace honeyhive::testing;
using server::Bucket;

TEST_SUITE("server/ingest/mapping_hostile") {
  std::string numbered(std::string_view index, std::string_view path = "message.content") {
    return "llm.input_messages." + std::string(index) + "." + std::string(path);
  }

  std::string nested(std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  }

  // Every key there is of each convention, and some that only look like it.
  const std::vector<std::string> all_keys = {
      "honeyhive.session_id",
      "honeyhive_session_id",
      "traceloop.association.properties.session_id",
      "session.id",
      "gen_ai.conversation.id",
      "honeyhive.session_name",
      "honeyhive_session_name",
      "honeyhive.source",
      "honeyhive_source",
      "traceloop.association.properties.source",
      "honeyhive_event_type",
      "honeyhive.event_type",
      "honeyhive_event_type_raw",
      "honeyhive_event_name",
      "honeyhive_event_id",
      "honeyhive_error",
      "honeyhive.project",
      "traceloop.association.properties.project",
      "traceloop.association.properties.parent_id",
      "honeyhive.parent_id",
      "honeyhive.session_auto_create",
      "honeyhive_inputs.query",
      "honeyhive_inputs.chat_history",
      "honeyhive_outputs.content",
      "honeyhive_config.model",
      "honeyhive_metadata.tool_name",
      "honeyhive_metadata.trace_id",
      "honeyhive_metrics.a",
      "honeyhive_feedback.a",
      "honeyhive_user_properties.a",
      "honeyhive_inputs",
      "honeyhive.experiment_metadata.a",
      "honeyhive.displaced",
      "baggage.run_id",
      "baggage.dataset_id",
      "baggage.datapoint_id",
      "baggage.a",
      "a",
      "a.b",
      "trace_id",
      "span_id",
      "tool_name",
      "model",
      "instrumentor",
      "total_tokens",
      "gen_ai.agent.description",
      "gen_ai.agent.id",
      "gen_ai.agent.name",
      "gen_ai.openai.api_base",
      "gen_ai.openai.response.system_fingerprint",
      "gen_ai.operation.name",
      "gen_ai.provider.name",
      "gen_ai.request.choice.count",
      "gen_ai.request.encoding_formats",
      "gen_ai.request.frequency_penalty",
      "gen_ai.request.max_tokens",
      "gen_ai.request.model",
      "gen_ai.request.presence_penalty",
      "gen_ai.request.seed",
      "gen_ai.request.stop_sequences",
      "gen_ai.request.stream",
      "gen_ai.request.temperature",
      "gen_ai.request.top_k",
      "gen_ai.request.top_p",
      "gen_ai.response.finish_reason",
      "gen_ai.response.finish_reasons",
      "gen_ai.response.id",
      "gen_ai.response.model",
      "gen_ai.retrieval.documents",
      "gen_ai.retrieval.query.text",
      "gen_ai.system",
      "gen_ai.system_instructions",
      "gen_ai.input.messages",
      "gen_ai.output.messages",
      "gen_ai.tool.call.arguments",
      "gen_ai.tool.call.id",
      "gen_ai.tool.call.result",
      "gen_ai.tool.definitions",
      "gen_ai.tool.description",
      "gen_ai.tool.name",
      "gen_ai.tool.type",
      "gen_ai.usage.cache_creation.input_tokens",
      "gen_ai.usage.cache_creation_input_tokens",
      "gen_ai.usage.cache_read.input_tokens",
      "gen_ai.usage.cache_read_input_tokens",
      "gen_ai.usage.completion_tokens",
      "gen_ai.usage.input_tokens",
      "gen_ai.usage.output_tokens",
      "gen_ai.usage.prompt_tokens",
      "gen_ai.usage.reasoning.output_tokens",
      "gen_ai.usage.reasoning_tokens",
      "gen_ai.usage.total_tokens",
      "gen_ai.prompt",
      "gen_ai.completion",
      "gen_ai.prompt.0.role",
      "gen_ai.prompt.0.content",
      "gen_ai.prompt.0.tool_calls.0.name",
      "gen_ai.prompt.0.tool_calls.0.function.name",
      "gen_ai.prompt.0",
      "gen_ai.prompt.0.unknown",
      "gen_ai.completion.0.content",
      "gen_ai.completion.1.content",
      "agent.name",
      "embedding.invocation_parameters",
      "embedding.model_name",
      "input.mime_type",
      "input.value",
      "output.mime_type",
      "output.value",
      "llm.cost.total",
      "llm.finish_reason",
      "llm.function_call",
      "llm.invocation_parameters",
      "llm.model_name",
      "llm.prompt_template.template",
      "llm.prompt_template.variables",
      "llm.provider",
      "llm.request.model_name",
      "llm.response.model_name",
      "llm.system",
      "llm.token_count.completion",
      "llm.token_count.completion_details.reasoning",
      "llm.token_count.prompt",
      "llm.token_count.prompt_details.cache_read",
      "llm.token_count.prompt_details.cache_write",
      "llm.token_count.total",
      "metadata",
      "openinference.span.kind",
      "reranker.model_name",
      "reranker.query",
      "reranker.top_k",
      "tag.tags",
      "tool.description",
      "tool.id",
      "tool.name",
      "tool.parameters",
      "user.id",
      "llm.input_messages.0.message.role",
      "llm.input_messages.0.message.content",
      "llm.input_messages.0.message.contents.0.message_content.text",
      "llm.input_messages.0.message.tool_calls.0.tool_call.id",
      "llm.input_messages.0.message.tool_calls.0.id",
      "llm.input_messages",
      "llm.output_messages.0.message.content",
      "retrieval.documents.0.document.content",
      "reranker.input_documents.0.document.id",
      "reranker.output_documents.0.document.id",
      "embedding.embeddings.0.embedding.text",
      "llm.prompts.0.prompt.text",
      "llm.choices.0.completion.text",
      "llm.tools.0.tool.json_schema",
      "llm.request.functions.0.name",
      "llm.chat.stop_sequences",
      "llm.frequency_penalty",
      "llm.is_streaming",
      "llm.presence_penalty",
      "llm.request.model",
      "llm.request.type",
      "llm.response.finish_reason",
      "llm.response.model",
      "llm.response.stop_reason",
      "llm.top_k",
      "llm.usage.completion_tokens",
      "llm.usage.prompt_tokens",
      "llm.usage.total_tokens",
      "traceloop.entity.input",
      "traceloop.entity.output",
      "traceloop.prompt.template",
      "traceloop.span.kind",
      "traceloop.association.properties.a",
      "ai.model.id",
      "ai.model.provider",
      "ai.operationId",
      "ai.prompt",
      "ai.prompt.messages",
      "ai.prompt.toolChoice",
      "ai.prompt.tools",
      "ai.response.finishReason",
      "ai.response.id",
      "ai.response.model",
      "ai.response.object",
      "ai.response.text",
      "ai.response.toolCalls",
      "ai.toolCall.args",
      "ai.toolCall.id",
      "ai.toolCall.name",
      "ai.toolCall.result",
      "ai.usage.inputTokens",
      "ai.usage.tokens",
      "ai.usage.totalTokens",
      "ai.value",
      "ai.values"};

  // What `make` makes of a number is found again, whatever else is on the span.
  void check_nothing_is_lost(const std::vector<std::string>& keys,
                             const std::function<std::string(const std::string&)>& make) {
    SpanFields span;
    const auto mark = [](std::size_t i) { return "<" + std::to_string(i) + ">"; };
    for (std::size_t i = 0; i < keys.size(); ++i) {
      span.attributes.emplace_back(keys[i], make(mark(i)));
    }
    const server::Event event = mapped_span(span);
    const std::string text = printed(event) + event.project + event.event_id;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      CAPTURE(keys[i]);
      CHECK(text.find(mark(i)) != text.npos);
    }
  }

  TEST_CASE("no attribute is lost, alone or together with all others, of whatever kind it is") {
    const std::vector<std::function<std::string(const std::string&)>> kinds = {
        [](const std::string& mark) { return any(mark); },
        [](const std::string& mark) { return any(R"([{"role":"r","content":")" + mark + "\"}]"); },
        [](const std::string& mark) { return any(R"({"model":")" + mark + "\"}"); },
        [](const std::string& mark) {
          return any_array({any(mark), any(mark)});
        },
        [](const std::string& mark) {
          return any_kvlist({{"tool_name", any(mark)}});
        },
        [](const std::string& mark) { return any(R"({"trace_id":")" + mark + "\"}"); },
    };
    for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
      CAPTURE(kind);
      check_nothing_is_lost(all_keys, kinds[kind]);
      check_nothing_is_lost({all_keys.rbegin(), all_keys.rend()}, kinds[kind]);
      for (const std::string& key : all_keys) check_nothing_is_lost({key}, kinds[kind]);
    }
    CHECK(std::set(all_keys.begin(), all_keys.end()).size() == all_keys.size());
  }

  TEST_CASE("indexes order messages, whatever they are, and gaps close") {
    CHECK(mapped_span({.attributes = {{numbered("4294967295"), any("last")},
                                      {numbered("7"), any("second")},
                                      {numbered("0"), any("first")}}})
              .bucket(Bucket::inputs) ==
          R"({"chat_history":[{"content":"first"},{"content":"second"},{"content":"last"}]})");
  }

  TEST_CASE("what is no index makes a plain attribute") {
    for (const char* index : {"007", "00", "4294967296", "99999999999999999999999", "-1", "+1", "",
                              "1 ", "0x1", "one"}) {
      CAPTURE(index);
      const server::Event event = mapped_span({.attributes = {{numbered(index), any("x")}}});
      CHECK(event.bucket(Bucket::inputs) == "");
      CHECK(event.bucket(Bucket::metadata) == "{\"" + numbered(index) + "\":\"x\"}");
    }
    const std::string path = numbered("0", "message.tool_calls.01.tool_call.id");
    CHECK(mapped_span({.attributes = {{path, any("x")}}}).bucket(Bucket::inputs) == "");
  }

  TEST_CASE("ten thousand messages in any order are one list") {
    SpanFields span;
    for (int i = 0; i < 10'000; ++i) {
      span.attributes.emplace_back(numbered(std::to_string(i * 7'919 % 10'000)), any(i));
    }
    const server::Event event = mapped_span(span);
    const auto members = core::scan_json_object(event.bucket(Bucket::inputs));
    REQUIRE(members);
    const auto messages = core::scan_json_array(members->front().value);
    REQUIRE(messages);
    CHECK(messages->size() == 10'000);
    CHECK(messages->at(7'919) == R"({"content":1})");
    CHECK(event.bucket(Bucket::metadata) == R"({"instrumentor":"openinference"})");
  }

  TEST_CASE("ten thousand places that are all taken are found again") {
    SpanFields span;
    for (int i = 0; i < 5'000; ++i) {
      const std::string key = "k" + std::to_string(i);
      span.attributes.emplace_back("honeyhive_metadata." + key, any(i));
      span.attributes.emplace_back("traceloop.association.properties." + key, any(-i - 1));
    }
    const std::string metadata = mapped_span(span).bucket(Bucket::metadata);
    const auto members = core::scan_json_object(metadata);
    REQUIRE(members);
    CHECK(members->size() == 10'000);
  }

  TEST_CASE("values of messages keep their types, and a key may be a prefix of another") {
    CHECK(printed({.attributes = {{numbered("0"), any(9'007'199'254'740'993)},
                                  {numbered("1"), any(true)},
                                  {numbered("2"), any_array({any("a"), any(1)})},
                                  {numbered("3", "message.role"), any_bytes("\xff")},
                                  {"llm.input_messages.0", any("whole")},
                                  {"llm.input_messages", any("all")},
                                  {"llm.input_messages.0.message.content.text", any("below")},
                                  {"a", any(1)},
                                  {"a.b", any(2)}}}) ==
          R"(tool step
inputs {"chat_history":[{"content":9007199254740993},{"content":true},{"content":["a",1]},)"
          R"({"role":"/w=="}]}
metadata {"llm.input_messages.0":"whole","llm.input_messages":"all",)"
          R"("llm.input_messages.0.message.content.text":"below","a":1,"a.b":2,)"
          R"("instrumentor":"openinference"}
)");
  }

  TEST_CASE("JSON in text becomes structure while it is well-formed, flat and short enough") {
    const auto inputs = [](const std::string& text) {
      return mapped_span({.attributes = {{"traceloop.entity.input", any(text)}}})
          .bucket(Bucket::inputs);
    };
    CHECK(inputs("[9007199254740993, 1e2, \"\\ud800\"]") ==
          "{\"value\":[9007199254740993,1e2,\"\\ufffd\"]}");
    CHECK(inputs(" {\"a\" : [ ] } ") == R"({"value":{"a":[]}})");
    CHECK(inputs("[1,]") == R"({"value":"[1,]"})");
    CHECK(inputs("42") == R"({"value":"42"})");
    CHECK(inputs("null") == R"({"value":"null"})");
    CHECK(inputs("{'a': 1}") == R"({"value":"{'a': 1}"})");
    CHECK(inputs(nested(core::limits::any_value_depth)) ==
          "{\"value\":" + nested(core::limits::any_value_depth) + "}");
    CHECK(inputs(nested(core::limits::any_value_depth + 1)) ==
          "{\"value\":\"" + nested(core::limits::any_value_depth + 1) + "\"}");
    CHECK(inputs(nested(200'000)).starts_with(R"({"value":"[[[)"));
    const std::string blank(core::limits::json_in_text_bytes - 1, ' ');
    CHECK(inputs("[]" + blank).starts_with(R"({"value":"[] )"));
    CHECK(inputs("[" + blank.substr(1) + "]") == R"({"value":[]})");
  }

  TEST_CASE("of a key that JSON in text repeats the last value counts") {
    const auto event =
        mapped_span({.attributes = {{"llm.invocation_parameters", any(R"({"a":1,"b":2,"a":3})")}}});
    CHECK(event.bucket(Bucket::config) == R"({"a":3,"b":2})");
  }

  TEST_CASE("messages that are none stay text under their key") {
    for (const char* text : {"hello", "[]", "{", "[{]", "7"}) {
      CAPTURE(text);
      const server::Event event = mapped_span({.attributes = {{"gen_ai.input.messages", any(text)},
                                                              {"ai.prompt.messages", any(text)},
                                                              {"gen_ai.prompt", any(text)}}});
      CHECK(event.bucket(Bucket::inputs) == "");
      CHECK(event.bucket(Bucket::metadata)
                .starts_with("{\"gen_ai.input.messages\":\"" + std::string(text)));
    }
    CHECK(mapped_span({.attributes = {{"gen_ai.input.messages", any("[1,null,\"x\",{}]")}}})
              .bucket(Bucket::inputs) == R"({"chat_history":[1,null,"x",{}]})");
  }

  TEST_CASE("strange messages with parts are kept as they are") {
    for (const char* message :
         {R"({"parts":7})", R"({"parts":{"a":1}})", R"({"parts":[],"content":"c"})",
          R"({"role":"r","content":"a \"parts\" b"})"}) {
      CAPTURE(message);
      CHECK(mapped_span(
                {.attributes = {{"gen_ai.input.messages", any("[" + std::string(message) + "]")}}})
                .bucket(Bucket::inputs) == "{\"chat_history\":[" + std::string(message) + "]}");
    }
    CHECK(mapped_span({.attributes = {{"gen_ai.input.messages",
                                       any(R"([{"role":"r","parts":[1,{"type":"tool_call"}]}])")}}})
              .bucket(Bucket::inputs) == R"({"chat_history":[{"role":"r","content":[1],)"
                                         R"("tool_calls":[{"type":"function","function":{}}]}]})");
  }

  TEST_CASE("an event's body may lie in itself, as deep as JSON may be") {
    std::string body = R"({"content":"deep"})";
    for (int i = 0; i < 30; ++i) body = R"({"message":)" + body + "}";
    CHECK(mapped_span({.events = {{1, "gen_ai.choice", {{"message", any(body)}}}}})
              .bucket(Bucket::outputs) == R"({"role":"assistant","content":"deep"})");
  }

  TEST_CASE("tokens that are no counts are none, and sums cannot overflow") {
    const server::Event event =
        mapped_span({.attributes = {{"gen_ai.usage.input_tokens", any("many")},
                                    {"llm.token_count.prompt", any(5)},
                                    {"gen_ai.usage.output_tokens", any(INT64_MAX)}}});
    CHECK(event.tokens_in == 5);
    CHECK(event.tokens_out == 0);
    CHECK(event.bucket(Bucket::metadata).find(R"("total_tokens":5)") != std::string::npos);
  }
}
