#include "server/ingest/conventions.h"

#include <array>

#include "server/ingest/mapping_gen_ai.h"
#include "server/ingest/mapping_openinference.h"
#include "server/ingest/mapping_row.h"
#include "server/ingest/mapping_traceloop.h"
#include "server/ingest/mapping_vercel.h"

namespace honeyhive::server {
namespace {

// What the baggage brought along and HoneyHive's SDK names elsewhere, too.
constexpr auto baggage_rows = sorted_rows(std::to_array<MappingRow>({
    {"baggage.datapoint_id", Bucket::metadata, "datapoint_id", precedence::baggage},
    {"baggage.dataset_id", Bucket::metadata, "dataset_id", precedence::baggage},
    {"baggage.run_id", Bucket::metadata, "run_id", precedence::baggage},
}));

bool is_mapped(const otlp::SpanView& span, const otlp::KeyValue& attribute, SpanMapping& mapping) {
  const std::string_view key = attribute.key;
  switch (key.front()) {
    case 'a':
      if (key.starts_with("ai.")) return map_vercel(attribute, mapping);
      return key.starts_with("agent.") && map_openinference(span, attribute, mapping);
    case 'b':
      return key.starts_with("baggage.") && put_by_rows(baggage_rows, attribute, mapping.buckets);
    case 'g':
      return key.starts_with("gen_ai.") && map_gen_ai(attribute, mapping);
    case 'l':
      return key.starts_with("llm.") &&
             (map_openinference(span, attribute, mapping) || map_traceloop(attribute, mapping));
    case 't':
      if (key.starts_with("traceloop.")) return map_traceloop(attribute, mapping);
      [[fallthrough]];
    case 'e':
    case 'i':
    case 'm':
    case 'o':
    case 'r':
    case 's':
    case 'u':
      return map_openinference(span, attribute, mapping);
    default:
      return false;
  }
}

}  // namespace

void map_by_convention(const otlp::SpanView& span, const otlp::KeyValue& attribute,
                       SpanMapping& mapping) {
  if (!is_mapped(span, attribute, mapping)) mapping.buckets.put_plain(attribute);
}

std::string_view instrumentor_of(const otlp::ScopeView& scope, const SpanMapping& mapping) {
  if (scope.name.starts_with("strands.") || scope.name == "strands-agents") return "aws-strands";
  if (scope.name == "gcp.vertex.agent") return "google-adk";
  if (scope.name.starts_with("openinference.") || mapping.has(Convention::openinference)) {
    return "openinference";
  }
  if (mapping.has(Convention::traceloop)) return "traceloop";
  if (mapping.has(Convention::vercel)) return "vercel-ai";
  return mapping.has(Convention::gen_ai) ? "standardgenai" : std::string_view();
}

}  // namespace honeyhive::server
