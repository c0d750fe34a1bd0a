#include "server/ingest/mapping_traceloop.h"

#include <array>

#include "server/ingest/mapping_row.h"

namespace honeyhive::server {
namespace {

constexpr Precedence rank = precedence::traceloop;

constexpr auto rows = sorted_rows(std::to_array<MappingRow>({
    {"llm.chat.stop_sequences", Bucket::config, "stop_sequences", rank},
    {"llm.frequency_penalty", Bucket::config, "frequency_penalty", rank},
    {"llm.is_streaming", Bucket::config, "stream", rank},
    {"llm.presence_penalty", Bucket::config, "presence_penalty", rank},
    {"llm.request.model", Bucket::config, "model", rank},
    {"llm.request.type", Bucket::metadata, "request_type", rank},
    {"llm.response.finish_reason", Bucket::metadata, "finish_reason", rank},
    {"llm.response.model", Bucket::metadata, "response_model", rank},
    {"llm.response.stop_reason", Bucket::metadata, "finish_reason", rank + 1},
    {"llm.top_k", Bucket::config, "top_k", rank},
    {"llm.usage.completion_tokens", Bucket::metadata, "completion_tokens", rank},
    {"llm.usage.input_tokens", Bucket::metadata, "input_tokens", rank},
    {"llm.usage.output_tokens", Bucket::metadata, "output_tokens", rank},
    {"llm.usage.prompt_tokens", Bucket::metadata, "prompt_tokens", rank},
    {"llm.usage.reasoning_tokens", Bucket::metadata, "reasoning_tokens", rank},
    {"llm.usage.total_tokens", Bucket::metadata, "total_tokens", rank},
    {"traceloop.entity.input", Bucket::inputs, "value", rank, Reading::structure},
    {"traceloop.entity.output", Bucket::outputs, "value", rank, Reading::structure},
    {"traceloop.prompt.template", Bucket::config, "template", rank},
    {"traceloop.span.kind", Bucket::metadata, "span_kind", rank},
}));

constexpr std::string_view functions = "llm.request.functions.";
constexpr std::string_view association = "traceloop.association.properties.";

}  // namespace

bool map_traceloop(const otlp::KeyValue& attribute, SpanMapping& mapping) {
  const std::string_view key = attribute.key;
  if (key.starts_with(association) && key.size() > association.size()) {
    // HoneyHive's own SDK writes these, too.
    mapping.buckets.put(Bucket::metadata, key.substr(association.size()), rank, attribute);
    return true;
  }
  const bool is_known =
      put_by_rows(rows, attribute, mapping.buckets) ||
      (key.starts_with(functions) &&
       mapping.lists.take(FlatListId::functions, key.substr(functions.size()), attribute));
  if (is_known || key.starts_with("traceloop.")) mapping.mark(Convention::traceloop);
  return is_known;
}

}  // namespace honeyhive::server
