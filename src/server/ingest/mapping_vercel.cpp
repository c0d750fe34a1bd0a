#include "server/ingest/mapping_vercel.h"

#include <array>

#include "server/ingest/json_in_text.h"
#include "server/ingest/mapping_row.h"

namespace honeyhive::server {
namespace {

constexpr Precedence rank = precedence::vercel;

constexpr auto rows = sorted_rows(std::to_array<MappingRow>({
    {"ai.model.id", Bucket::config, "model", rank},
    {"ai.model.provider", Bucket::config, "provider", rank},
    {"ai.model.provider", Bucket::metadata, "provider", rank},
    {"ai.operationId", Bucket::metadata, "operation_name", rank},
    {"ai.prompt", Bucket::inputs, "prompt", rank, Reading::structure},
    {"ai.prompt.toolChoice", Bucket::config, "tool_choice", rank, Reading::structure},
    {"ai.prompt.tools", Bucket::config, "tools", rank, Reading::structures},
    {"ai.response.finishReason", Bucket::metadata, "finish_reason", rank},
    {"ai.response.id", Bucket::metadata, "response_id", rank},
    {"ai.response.model", Bucket::metadata, "response_model", rank},
    {"ai.response.object", Bucket::outputs, "object", rank, Reading::structure},
    {"ai.response.text", Bucket::outputs, "content", rank},
    {"ai.response.toolCalls", Bucket::outputs, "tool_calls", rank, Reading::structure},
    {"ai.toolCall.args", Bucket::inputs, "arguments", rank, Reading::structure},
    {"ai.toolCall.id", Bucket::metadata, "tool_call_id", rank},
    {"ai.toolCall.name", Bucket::config, "tool_name", rank},
    {"ai.toolCall.name", Bucket::metadata, "tool_name", rank},
    {"ai.toolCall.result", Bucket::outputs, "result", rank, Reading::structure},
    {"ai.usage.cachedInputTokens", Bucket::metadata, "cache_read_input_tokens", rank},
    {"ai.usage.completionTokens", Bucket::metadata, "completion_tokens", rank},
    {"ai.usage.inputTokens", Bucket::metadata, "input_tokens", rank},
    {"ai.usage.outputTokens", Bucket::metadata, "output_tokens", rank},
    {"ai.usage.promptTokens", Bucket::metadata, "prompt_tokens", rank},
    {"ai.usage.reasoningTokens", Bucket::metadata, "reasoning_tokens", rank},
    {"ai.usage.tokens", Bucket::metadata, "total_tokens", rank + 1},
    {"ai.usage.totalTokens", Bucket::metadata, "total_tokens", rank},
    {"ai.value", Bucket::inputs, "value", rank},
    {"ai.values", Bucket::inputs, "values", rank},
}));

bool map_messages(const otlp::KeyValue& attribute, SpanMapping& mapping) {
  if (attribute.key != "ai.prompt.messages") return false;
  const auto structure = structure_in(attribute.value);
  ChatList list;
  if (!structure || !list.add_all(*structure) || list.size() == 0) return false;
  mapping.put_chat_in(rank, std::move(list), {&attribute});
  return true;
}

}  // namespace

bool map_vercel(const otlp::KeyValue& attribute, SpanMapping& mapping) {
  mapping.mark(Convention::vercel);
  if (attribute.key == "ai.response.text") {
    mapping.buckets.put_made(Bucket::outputs, "role", rank, R"("assistant")");
  }
  return put_by_rows(rows, attribute, mapping.buckets) || map_messages(attribute, mapping);
}

}  // namespace honeyhive::server
