#include "unit/server/ingest/mapped_span.h"

using namespace honeyhive;
using namespace honeyhive::testing;

TEST_SUITE("server/ingest/mapping_gen_ai") {
  TEST_CASE("a chat of the current generation, its messages as JSON") {
    CHECK(
        printed(
            {.name = "chat oak-2",
             .attributes =
                 {
                     {"gen_ai.operation.name", any("chat")},
                     {"gen_ai.provider.name", any("acme")},
                     {"gen_ai.request.model", any("oak-2")},
                     {"gen_ai.request.max_tokens", any(200)},
                     {"gen_ai.request.temperature", any(0.5)},
                     {"gen_ai.request.stop_sequences", any_array({any("END")})},
                     {"gen_ai.response.id", any("r-1")},
                     {"gen_ai.response.model", any("oak-2-0613")},
                     {"gen_ai.response.finish_reasons", any_array({any("stop")})},
                     {"gen_ai.usage.input_tokens", any(52)},
                     {"gen_ai.usage.output_tokens", any(47)},
                     {"gen_ai.usage.cache_read.input_tokens", any(9)},
                     {"gen_ai.system_instructions",
                      any(R"([{"type":"text","content":"Be brief."}])")},
                     {"gen_ai.input.messages",
                      any(R"([{"role":"user","parts":[{"type":"text","content":"How tall?"}]}])")},
                     {"gen_ai.output.messages",
                      any(R"([{"role":"assistant","parts":[{"type":"text","content":"40 m"}],)"
                          R"("finish_reason":"stop"}])")},
                     {"gen_ai.tool.definitions", any(R"([{"type":"function","name":"measure"}])")},
                     {"server.port", any(443)},
                 }}) ==
        R"(model chat oak-2
model oak-2
tokens 52 in, 47 out
inputs {"chat_history":[{"role":"system","content":"Be brief."},{"role":"user",)"
        R"("content":"How tall?"}]}
outputs {"role":"assistant","content":"40 m","finish_reason":"stop"}
config {"provider":"acme","model":"oak-2","max_tokens":200,"temperature":0.5,)"
        R"("stop_sequences":["END"],"tools":[{"type":"function","name":"measure"}]}
metadata {"operation_name":"chat","provider":"acme","response_id":"r-1",)"
        R"("response_model":"oak-2-0613","finish_reason":"stop","finish_reasons":["stop"],)"
        R"("input_tokens":52,"output_tokens":47,"cache_read_input_tokens":9,"server.port":443,)"
        R"("instrumentor":"standardgenai","total_tokens":99}
)");
  }

  TEST_CASE("calls of tools among the parts of a message, as structure") {
    const auto part = [](std::vector<Attribute> entries) { return any_kvlist(entries); };
    const std::string asked = any_array({
        any_kvlist(
            {{"role", any("user")},
             {"parts", any_array({part({{"type", any("text")}, {"content", any("Rain?")}})})}}),
        any_kvlist({{"role", any("assistant")},
                    {"parts", any_array({part({{"type", any("tool_call")},
                                               {"id", any("c1")},
                                               {"name", any("weather")},
                                               {"arguments", part({{"place", any("Ulm")}})}})})}}),
        any_kvlist({{"role", any("tool")},
                    {"parts", any_array({part({{"type", any("tool_call_response")},
                                               {"id", any("c1")},
                                               {"response", any("wet")}})})}}),
    });
    const std::string answered = any_array({any_kvlist(
        {{"role", any("assistant")},
         {"parts", any_array({part({{"type", any("reasoning")}, {"content", any("hm")}}),
                              part({{"type", any("text")}, {"content", any("It rains.")}})})},
         {"finish_reason", any("stop")}})});
    CHECK(printed({.attributes = {{"gen_ai.operation.name", any("chat")},
                                  {"gen_ai.input.messages", asked},
                                  {"gen_ai.output.messages", answered}}}) ==
          R"(model step
inputs {"chat_history":[{"role":"user","content":"Rain?"},{"role":"assistant",)"
          R"("tool_calls":[{"id":"c1","type":"function","function":{"name":"weather",)"
          R"("arguments":"{\"place\":\"Ulm\"}"}}]},{"role":"tool",)"
          R"("tool_call_id":"c1","content":"wet"}]}
outputs {"role":"assistant","content":[{"type":"reasoning","content":"hm"},{"type":"text",)"
          R"("content":"It rains."}],"finish_reason":"stop"}
metadata {"operation_name":"chat","instrumentor":"standardgenai"}
)");
  }

  TEST_CASE("several answers are a list") {
    CHECK(printed({.attributes = {{"gen_ai.output.messages",
                                   any(R"([{"role":"assistant","parts":[]},)"
                                       R"({"role":"assistant","content":"b"}])")}}}) ==
          R"(tool step
outputs {"chat_history":[{"role":"assistant","content":[]},{"role":"assistant",)"
          R"("content":"b"}]}
metadata {"instrumentor":"standardgenai"}
)");
  }

  TEST_CASE("the execution of a tool") {
    CHECK(printed({.name = "execute_tool weather",
                   .attributes = {{"gen_ai.operation.name", any("execute_tool")},
                                  {"gen_ai.tool.name", any("weather")},
                                  {"gen_ai.tool.call.id", any("c1")},
                                  {"gen_ai.tool.type", any("function")},
                                  {"gen_ai.tool.call.arguments", any(R"({"place": "Ulm"})")},
                                  {"gen_ai.tool.call.result", any("wet")}}}) ==
          R"(tool execute_tool weather
inputs {"arguments":{"place":"Ulm"}}
outputs {"result":"wet"}
config {"tool_name":"weather"}
metadata {"operation_name":"execute_tool","tool_name":"weather","tool_call_id":"c1",)"
          R"("gen_ai.tool.type":"function","instrumentor":"standardgenai"}
)");
  }

  TEST_CASE("an agent and its conversation") {
    CHECK(printed({.name = "invoke_agent planner",
                   .attributes = {{"gen_ai.operation.name", any("invoke_agent")},
                                  {"gen_ai.agent.id", any("a-7")},
                                  {"gen_ai.agent.name", any("planner")},
                                  {"gen_ai.conversation.id", any("conv-3")}}}) ==
          R"(chain invoke_agent planner
session conv-3
metadata {"operation_name":"invoke_agent","agent_id":"a-7","agent_name":"planner",)"
          R"("conversation_id":"conv-3","instrumentor":"standardgenai"}
)");
  }

  TEST_CASE("the deprecated generation, its messages as numbered keys") {
    CHECK(
        printed({.name = "openai.chat",
                 .attributes =
                     {
                         {"gen_ai.system", any("acme")},
                         {"gen_ai.request.model", any("oak-1")},
                         {"gen_ai.prompt.0.role", any("system")},
                         {"gen_ai.prompt.0.content", any("Be brief.")},
                         {"gen_ai.prompt.1.role", any("user")},
                         {"gen_ai.prompt.1.content", any(R"([{"type": "text"}])")},
                         {"gen_ai.prompt.2.role", any("assistant")},
                         {"gen_ai.prompt.2.tool_calls.0.id", any("c1")},
                         {"gen_ai.prompt.2.tool_calls.0.name", any("weather")},
                         {"gen_ai.prompt.2.tool_calls.0.arguments", any(R"({"place":"Ulm"})")},
                         {"gen_ai.prompt.3.role", any("tool")},
                         {"gen_ai.prompt.3.tool_call_id", any("c1")},
                         {"gen_ai.prompt.3.content", any("wet")},
                         {"gen_ai.prompt.prompt_filter_results", any("[]")},
                         {"gen_ai.completion.0.finish_reason", any("stop")},
                         {"gen_ai.completion.0.role", any("assistant")},
                         {"gen_ai.completion.0.content", any("It rains.")},
                         {"gen_ai.usage.prompt_tokens", any(30)},
                         {"gen_ai.usage.completion_tokens", any(4)},
                         {"llm.usage.total_tokens", any(34)},
                         {"llm.request.type", any("chat")},
                         {"llm.is_streaming", any(false)},
                     }}) ==
        R"(model openai.chat
model oak-1
tokens 30 in, 4 out
inputs {"chat_history":[{"role":"system","content":"Be brief."},{"role":"user",)"
        R"("content":"[{\"type\": \"text\"}]"},{"role":"assistant","tool_calls":[{"id":"c1",)"
        R"("type":"function","function":{"name":"weather","arguments":"{\"place\":\"Ulm\"}"}}]},)"
        R"({"role":"tool","tool_call_id":"c1","content":"wet"}]}
outputs {"finish_reason":"stop","role":"assistant","content":"It rains."}
config {"model":"oak-1","stream":false}
metadata {"system":"acme","gen_ai.prompt.prompt_filter_results":"[]","prompt_tokens":30,)"
        R"("completion_tokens":4,"total_tokens":34,"request_type":"chat","instrumentor":"traceloop"}
)");
  }

  TEST_CASE("messages as events of the span, in the shapes that instrumentations write") {
    CHECK(
        printed({.attributes = {{"gen_ai.operation.name", any("chat")}},
                 .events =
                     {
                         {1, "gen_ai.system.message", {{"content", any("Be brief.")}}},
                         {2,
                          "gen_ai.user.message",
                          {{"gen_ai.system", any("acme")},
                           {"gen_ai.event.content", any(R"({"role":"user","content":"Rain?"})")}}},
                         {3,
                          "gen_ai.assistant.message",
                          {{"tool_calls", any(R"([{"id":"c1","type":"function"}])")}}},
                         {4, "gen_ai.tool.message", {{"id", any("c1")}, {"content", any("wet")}}},
                         {5, "gen_ai.user.message", {{"content", any(R"([{"text":"And?"}])")}}},
                         {6,
                          "gen_ai.choice",
                          {{"index", any(0)},
                           {"finish_reason", any("stop")},
                           {"message", any(R"({"role":"assistant","content":"It rains."})")}}},
                     }}) ==
        R"(model step
inputs {"chat_history":[{"role":"system","content":"Be brief."},{"role":"user",)"
        R"("content":"Rain?"},{"role":"assistant","tool_calls":[{"id":"c1","type":"function"}]},)"
        R"({"role":"tool","content":"wet","tool_call_id":"c1"},{"role":"user",)"
        R"("content":[{"text":"And?"}]}]}
outputs {"finish_reason":"stop","role":"assistant","content":"It rains."}
metadata {"operation_name":"chat","instrumentor":"standardgenai"}
)");
    CHECK(printed({.events = {{1,
                               "gen_ai.content.prompt",
                               {{"gen_ai.prompt", any(R"([{"role":"user","content":"a"}])")}}},
                              {2,
                               "gen_ai.content.completion",
                               {{"gen_ai.completion",
                                 any(R"([{"role":"assistant","content":"b"}])")}}}}}) ==
          R"(tool step
inputs {"chat_history":[{"role":"user","content":"a"}]}
outputs {"role":"assistant","content":"b"}
metadata {"instrumentor":"standardgenai"}
)");
    CHECK(printed({.events = {{1,
                               "gen_ai.choice",
                               {{"message.content", any("x")}, {"message.role", any("bot")}}},
                              {2, "gen_ai.choice", {{"message", any("y")}}}}}) ==
          R"(tool step
outputs {"chat_history":[{"role":"bot","content":"x"},{"role":"assistant","content":"y"}]}
metadata {"instrumentor":"standardgenai"}
)");
  }

  TEST_CASE("messages on the event with the details of the call") {
    CHECK(
        printed({.events =
                     {{1,
                       "gen_ai.client.inference.operation.details",
                       {{"gen_ai.system_instructions",
                         any_array({any_kvlist({{"type", any("text")}, {"content", any("s")}})})},
                        {"gen_ai.input.messages",
                         any_array({any_kvlist(
                             {{"role", any("user")},
                              {"parts", any_array({any_kvlist(
                                            {{"type", any("text")}, {"content", any("q")}})})}})})},
                        {"gen_ai.output.messages",
                         any(R"([{"role":"bot","parts":[{"type":"text","content":"a"}]}])")}}}}}) ==

        R"(tool step
inputs {"chat_history":[{"role":"system","content":"s"},{"role":"user","content":"q"}]}
outputs {"role":"bot","content":"a"}
metadata {"instrumentor":"standardgenai"}
)");
  }
}
