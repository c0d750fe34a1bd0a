#include "server/ingest/mapping_gen_ai.h"

#include <array>

#include "server/ingest/json_in_text.h"
#include "server/ingest/mapping_row.h"

namespace honeyhive::server {
namespace {

constexpr Precedence now = precedence::gen_ai;
constexpr Precedence then = precedence::gen_ai_deprecated;

constexpr auto rows = sorted_rows(std::to_array<MappingRow>({
    {"gen_ai.agent.description", Bucket::metadata, "agent_description", now},
    {"gen_ai.agent.id", Bucket::metadata, "agent_id", now},
    {"gen_ai.agent.name", Bucket::metadata, "agent_name", now},
    {"gen_ai.conversation.id", Bucket::metadata, "conversation_id", now},
    {"gen_ai.openai.api_base", Bucket::metadata, "openai_api_base", now},
    {"gen_ai.openai.response.system_fingerprint", Bucket::metadata, "openai_system_fingerprint",
     now},
    {"gen_ai.operation.name", Bucket::metadata, "operation_name", now},
    {"gen_ai.provider.name", Bucket::config, "provider", now},
    {"gen_ai.provider.name", Bucket::metadata, "provider", now},
    {"gen_ai.request.choice.count", Bucket::config, "choice_count", now},
    {"gen_ai.request.encoding_formats", Bucket::config, "encoding_formats", now},
    {"gen_ai.request.frequency_penalty", Bucket::config, "frequency_penalty", now},
    {"gen_ai.request.max_tokens", Bucket::config, "max_tokens", now},
    {"gen_ai.request.model", Bucket::config, "model", now},
    {"gen_ai.request.presence_penalty", Bucket::config, "presence_penalty", now},
    {"gen_ai.request.seed", Bucket::config, "seed", now},
    {"gen_ai.request.stop_sequences", Bucket::config, "stop_sequences", now},
    {"gen_ai.request.stream", Bucket::config, "stream", now},
    {"gen_ai.request.temperature", Bucket::config, "temperature", now},
    {"gen_ai.request.top_k", Bucket::config, "top_k", now},
    {"gen_ai.request.top_p", Bucket::config, "top_p", now},
    {"gen_ai.response.finish_reason", Bucket::metadata, "finish_reason", then},
    {"gen_ai.response.finish_reasons", Bucket::metadata, "finish_reason", now, Reading::first},
    {"gen_ai.response.finish_reasons", Bucket::metadata, "finish_reasons", now, Reading::structure},
    {"gen_ai.response.id", Bucket::metadata, "response_id", now},
    {"gen_ai.response.model", Bucket::metadata, "response_model", now},
    {"gen_ai.retrieval.documents", Bucket::outputs, "documents", now, Reading::structure},
    {"gen_ai.retrieval.query.text", Bucket::inputs, "query", now},
    {"gen_ai.system", Bucket::metadata, "system", then},
    {"gen_ai.tool.call.arguments", Bucket::inputs, "arguments", now, Reading::structure},
    {"gen_ai.tool.call.id", Bucket::metadata, "tool_call_id", now},
    {"gen_ai.tool.call.result", Bucket::outputs, "result", now, Reading::structure},
    {"gen_ai.tool.definitions", Bucket::config, "tools", now, Reading::structures},
    {"gen_ai.tool.description", Bucket::config, "tool_description", now},
    {"gen_ai.tool.name", Bucket::config, "tool_name", now},
    {"gen_ai.tool.name", Bucket::metadata, "tool_name", now},
    {"gen_ai.usage.cache_creation.input_tokens", Bucket::metadata, "cache_write_input_tokens", now},
    {"gen_ai.usage.cache_creation_input_tokens", Bucket::metadata, "cache_write_input_tokens",
     then},
    {"gen_ai.usage.cache_read.input_tokens", Bucket::metadata, "cache_read_input_tokens", now},
    {"gen_ai.usage.cache_read_input_tokens", Bucket::metadata, "cache_read_input_tokens", then},
    {"gen_ai.usage.completion_tokens", Bucket::metadata, "completion_tokens", then},
    {"gen_ai.usage.input_tokens", Bucket::metadata, "input_tokens", now},
    {"gen_ai.usage.output_tokens", Bucket::metadata, "output_tokens", now},
    {"gen_ai.usage.prompt_tokens", Bucket::metadata, "prompt_tokens", then},
    {"gen_ai.usage.reasoning.output_tokens", Bucket::metadata, "reasoning_tokens", now},
    {"gen_ai.usage.reasoning_tokens", Bucket::metadata, "reasoning_tokens", then},
    {"gen_ai.usage.total_tokens", Bucket::metadata, "total_tokens", now},
}));

// Messages as one value. False if it holds none.
bool read_chat(const otlp::KeyValue& attribute, ChatList& list) {
  const auto structure = structure_in(attribute.value);
  return structure && list.add_all(*structure) && list.size() > 0;
}

bool take_numbered(const otlp::KeyValue& attribute, std::string_view prefix, FlatListId list,
                   SpanMapping& mapping) {
  return attribute.key.starts_with(prefix) &&
         mapping.lists.take(list, attribute.key.substr(prefix.size()), attribute);
}

bool map_messages(const otlp::KeyValue& attribute, SpanMapping& mapping) {
  const std::string_view key = attribute.key;
  if (key == "gen_ai.system_instructions") {
    mapping.system_instructions = &attribute;
    return true;
  }
  const bool is_now = key.ends_with(".messages");
  const bool is_in = key == "gen_ai.input.messages" || key == "gen_ai.prompt";
  if (!is_in && key != "gen_ai.output.messages" && key != "gen_ai.completion") return false;
  ChatList list;
  if (!read_chat(attribute, list)) return false;
  if (is_in) {
    mapping.put_chat_in(is_now ? now : then + 1, std::move(list), {&attribute});
  } else {
    mapping.put_chat_out(is_now ? now : then + 1, list, {&attribute});
  }
  return true;
}

}  // namespace

bool map_gen_ai(const otlp::KeyValue& attribute, SpanMapping& mapping) {
  mapping.mark(Convention::gen_ai);
  return put_by_rows(rows, attribute, mapping.buckets) || map_messages(attribute, mapping) ||
         take_numbered(attribute, "gen_ai.prompt.", FlatListId::gen_ai_prompt, mapping) ||
         take_numbered(attribute, "gen_ai.completion.", FlatListId::gen_ai_completion, mapping);
}

}  // namespace honeyhive::server
