#include "server/ingest/span_mapping.h"

#include <algorithm>
#include <utility>

#include "core/json_scan.h"
#include "core/keep_last.h"
#include "server/ingest/json_in_text.h"
#include "server/ingest/mapping_row.h"

namespace honeyhive::server {
namespace {

using Sources = std::vector<const otlp::KeyValue*>;

constexpr FlatListPlace places[] = {
    {FlatListId::retrieved_documents, Bucket::outputs, "documents", precedence::openinference},
    {FlatListId::reranker_inputs, Bucket::inputs, "documents", precedence::openinference},
    {FlatListId::reranker_outputs, Bucket::outputs, "documents", precedence::openinference + 1},
    {FlatListId::embeddings, Bucket::outputs, "embeddings", precedence::openinference},
    {FlatListId::prompts, Bucket::inputs, "prompts", precedence::openinference},
    {FlatListId::choices, Bucket::outputs, "choices", precedence::openinference},
    {FlatListId::tools, Bucket::config, "tools", precedence::openinference},
    {FlatListId::functions, Bucket::config, "tools", precedence::traceloop},
};

}  // namespace

void SpanMapping::put_chat_in(Precedence precedence, ChatList list, Sources sources) {
  if (list.size() > 0) asked_.push_back({precedence, std::move(list), std::move(sources)});
}

void SpanMapping::put_chat_out(Precedence precedence, const ChatList& list,
                               const Sources& sources) {
  if (list.size() == 0) return;
  auto members = core::scan_json_object(list.first());
  if (list.size() > 1 || !members || members->empty()) {
    buckets.put_made(Bucket::outputs, "chat_history", precedence, list.json(), sources);
    return;
  }
  // Of a repeated key the last value counts, as everywhere.
  core::keep_last_of_each_key(*members, [](core::JsonMember& first, core::JsonMember& later) {
    first.value = later.value;
  });
  for (const core::JsonMember& member : *members) {
    buckets.put_made(Bucket::outputs, member.key, precedence, std::string(member.value), sources);
  }
}

void SpanMapping::finish_lists() {
  for (const FlatListPlace& place : places) {
    const FlatLists::Made made = lists.make(place.list, buckets);
    if (made.list.size() == 0) continue;
    buckets.put_made(place.bucket, std::string(place.key), place.precedence, made.list.json(),
                     made.sources);
  }
  const auto put_in = [&](FlatListId list, Precedence precedence) {
    FlatLists::Made made = lists.make(list, buckets);
    put_chat_in(precedence, std::move(made.list), std::move(made.sources));
  };
  const auto put_out = [&](FlatListId list, Precedence precedence) {
    const FlatLists::Made made = lists.make(list, buckets);
    put_chat_out(precedence, made.list, made.sources);
  };
  put_in(FlatListId::gen_ai_prompt, precedence::gen_ai_deprecated);
  put_in(FlatListId::input_messages, precedence::openinference);
  put_out(FlatListId::gen_ai_completion, precedence::gen_ai_deprecated);
  put_out(FlatListId::output_messages, precedence::openinference);
}

// They lead the best list of messages.
void SpanMapping::finish_system_instructions() {
  if (system_instructions == nullptr) return;
  const std::string json = structured_json(system_instructions->value);
  std::string content = json.starts_with('[') ? content_of_parts(json) : json;
  ChatList list;
  list.add("system", content.empty() ? json : content);
  Sources sources{system_instructions};
  const auto best =
      std::min_element(asked_.begin(), asked_.end(),
                       [](const Asked& a, const Asked& b) { return a.precedence < b.precedence; });
  if (best == asked_.end()) {
    put_chat_in(precedence::gen_ai, std::move(list), std::move(sources));
    return;
  }
  list.add_all(best->list.json());
  best->list = std::move(list);
  best->sources.push_back(system_instructions);
}

void SpanMapping::finish() {
  if (!lists.empty()) finish_lists();
  finish_system_instructions();
  for (Asked& asked : asked_) {
    buckets.put_made(Bucket::inputs, "chat_history", asked.precedence, asked.list.json(),
                     asked.sources);
  }
}

void SpanMapping::clear() {
  buckets.clear();
  lists.clear();
  system_instructions = nullptr;
  seen_ = 0;
  asked_.clear();
}

}  // namespace honeyhive::server
