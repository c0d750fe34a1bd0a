#include "server/ingest/mapping_openinference.h"

#include <array>

#include "server/ingest/mapping_row.h"

namespace honeyhive::server {
namespace {

constexpr Precedence rank = precedence::openinference;
constexpr Precedence within_others = rank + 8;  // members of a list of parameters

constexpr auto rows = sorted_rows(std::to_array<MappingRow>({
    {"agent.name", Bucket::metadata, "agent_name", rank},
    {"embedding.invocation_parameters", Bucket::config, "", within_others, Reading::members},
    {"embedding.model_name", Bucket::config, "model", rank},
    {"input.mime_type", Bucket::metadata, "input_mime_type", rank},
    {"llm.cost.total", Bucket::metadata, "cost", rank},
    {"llm.finish_reason", Bucket::metadata, "finish_reason", rank},
    {"llm.function_call", Bucket::outputs, "function_call", rank, Reading::structure},
    {"llm.invocation_parameters", Bucket::config, "", within_others, Reading::members},
    {"llm.model_name", Bucket::config, "model", rank + 1},
    {"llm.prompt_template.template", Bucket::config, "template", rank},
    {"llm.prompt_template.variables", Bucket::inputs, "", within_others, Reading::members},
    {"llm.provider", Bucket::config, "provider", rank},
    {"llm.provider", Bucket::metadata, "provider", rank},
    {"llm.request.model_name", Bucket::config, "model", rank},
    {"llm.response.model_name", Bucket::metadata, "response_model", rank},
    {"llm.system", Bucket::metadata, "system", rank},
    {"llm.token_count.completion", Bucket::metadata, "completion_tokens", rank},
    {"llm.token_count.completion_details.reasoning", Bucket::metadata, "reasoning_tokens", rank},
    {"llm.token_count.prompt", Bucket::metadata, "prompt_tokens", rank},
    {"llm.token_count.prompt_details.cache_read", Bucket::metadata, "cache_read_input_tokens",
     rank},
    {"llm.token_count.prompt_details.cache_write", Bucket::metadata, "cache_write_input_tokens",
     rank},
    {"llm.token_count.total", Bucket::metadata, "total_tokens", rank},
    {"metadata", Bucket::metadata, "", within_others, Reading::members},
    {"openinference.span.kind", Bucket::metadata, "span_kind", rank},
    {"output.mime_type", Bucket::metadata, "output_mime_type", rank},
    {"reranker.model_name", Bucket::config, "model", rank},
    {"reranker.query", Bucket::inputs, "query", rank},
    {"reranker.top_k", Bucket::config, "top_k", rank},
    {"session.id", Bucket::metadata, "session_id", rank},
    {"tag.tags", Bucket::metadata, "tags", rank},
    {"tool.description", Bucket::config, "tool_description", rank},
    {"tool.id", Bucket::metadata, "tool_call_id", rank},
    {"tool.name", Bucket::config, "tool_name", rank},
    {"tool.name", Bucket::metadata, "tool_name", rank},
    {"tool.parameters", Bucket::config, "tool_parameters", rank, Reading::structure},
    {"user.id", Bucket::metadata, "user_id", rank},
}));

struct List {
  std::string_view prefix;
  FlatListId id;
};
constexpr auto lists = std::to_array<List>({
    {"llm.input_messages.", FlatListId::input_messages},
    {"llm.output_messages.", FlatListId::output_messages},
    {"retrieval.documents.", FlatListId::retrieved_documents},
    {"reranker.input_documents.", FlatListId::reranker_inputs},
    {"reranker.output_documents.", FlatListId::reranker_outputs},
    {"embedding.embeddings.", FlatListId::embeddings},
    {"llm.prompts.", FlatListId::prompts},
    {"llm.choices.", FlatListId::choices},
    {"llm.tools.", FlatListId::tools},
});

bool take_list(const otlp::KeyValue& attribute, SpanMapping& mapping) {
  for (const List& list : lists) {
    if (!attribute.key.starts_with(list.prefix)) continue;
    return mapping.lists.take(list.id, attribute.key.substr(list.prefix.size()), attribute);
  }
  return false;
}

// Text unless its type says that it is JSON.
bool map_value(const otlp::SpanView& span, const otlp::KeyValue& attribute, SpanMapping& mapping) {
  const bool is_in = attribute.key == "input.value";
  if (!is_in && attribute.key != "output.value") return false;
  const std::string_view type =
      span.attributes.text(is_in ? "input.mime_type" : "output.mime_type");
  const MappingRow row[] = {{attribute.key, is_in ? Bucket::inputs : Bucket::outputs, "value", rank,
                             type == "application/json" ? Reading::structure : Reading::value}};
  return put_by_rows(row, attribute, mapping.buckets);
}

// What no other instrumentation writes.
bool is_distinct(std::string_view key) {
  return key.starts_with("llm.") || key.starts_with("openinference.");
}

}  // namespace

bool map_openinference(const otlp::SpanView& span, const otlp::KeyValue& attribute,
                       SpanMapping& mapping) {
  if (!put_by_rows(rows, attribute, mapping.buckets) && !take_list(attribute, mapping) &&
      !map_value(span, attribute, mapping)) {
    return false;
  }
  if (is_distinct(attribute.key)) mapping.mark(Convention::openinference);
  return true;
}

}  // namespace honeyhive::server
