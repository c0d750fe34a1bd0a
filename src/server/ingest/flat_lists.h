#pragma once

// Lists that arrive as one attribute per value, `<list>.<index>.<path>`, put together again.
//
// Only what a convention names is taken; every other key stays an attribute of its own. Indexes are
// decimal, without leading zeros, below 2^32; gaps close. Not thread-safe.
//
// Source: OpenInference's semantic conventions (flattened lists of objects); the keys that
// OpenLLMetry's instrumentations wrote until 0.50.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "otlp/attributes.h"
#include "server/ingest/chat_messages.h"
#include "server/ingest/span_buckets.h"
#include "server/store/event.h"

namespace honeyhive::server {

enum class FlatListId : std::uint8_t {
  gen_ai_prompt,
  gen_ai_completion,
  input_messages,
  output_messages,
  retrieved_documents,
  reranker_inputs,
  reranker_outputs,
  embeddings,
  prompts,
  choices,
  tools,
  functions,
};
inline constexpr std::size_t flat_list_count = 12;

// A list that is not of messages: where it goes.
struct FlatListPlace {
  FlatListId list;
  Bucket bucket;
  std::string_view key;
  Precedence precedence;
};

class FlatLists {
 public:
  // False if `path`, what follows "<list>.", is none that the list has.
  bool take(FlatListId list, std::string_view path, const otlp::KeyValue& source);

  bool empty() const noexcept { return fields_.empty(); }

  // What was put together. Attributes whose place in it was taken become plain ones of `buckets`.
  struct Made {
    ChatList list;
    std::vector<const otlp::KeyValue*> sources;
  };
  Made make(FlatListId list, SpanBuckets& buckets);
  void clear() noexcept { fields_.clear(); }

 private:
  enum class Within : std::uint8_t { element, contents, tool_calls };

  struct Field {
    FlatListId list;
    Within within = Within::element;
    bool of_function = false;  // of a call of a tool
    bool is_structured = false;
    std::uint32_t index = 0;
    std::uint32_t index_within = 0;
    std::string_view name;
    const otlp::KeyValue* source = nullptr;
  };
  using Fields = std::vector<Field>;
  using Range = std::pair<Fields::const_iterator, Fields::const_iterator>;

  static bool parse_message(std::string_view path, Field& field);
  static bool parse_content(std::string_view path, Field& field);
  static bool parse_tool_call(std::string_view path, Field& field);
  static std::string element(Range fields, Made& made, SpanBuckets& buckets);
  static std::string object(Range fields, Made& made, SpanBuckets& buckets);
  static std::string array(Range fields, Made& made, SpanBuckets& buckets);

  Fields fields_;
};

}  // namespace honeyhive::server
