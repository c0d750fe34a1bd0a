#include "server/ingest/flat_lists.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <tuple>

#include "core/json_writer.h"
#include "otlp/any_value_json.h"
#include "server/ingest/json_in_text.h"

namespace honeyhive::server {
namespace {

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// Takes "<index>." off `path`.
std::optional<std::uint32_t> take_index(std::string_view& path) {
  std::uint32_t index = 0;
  const auto parsed = std::from_chars(path.data(), path.data() + path.size(), index);
  const auto digits = static_cast<std::size_t>(parsed.ptr - path.data());
  if (parsed.ec != std::errc() || digits + 1 >= path.size() || path[digits] != '.') {
    return std::nullopt;
  }
  if (path.front() == '0' && digits > 1) return std::nullopt;
  path.remove_prefix(digits + 1);
  return index;
}

struct FieldName {
  std::string_view path, name;
  bool is_structured = false;
};

const FieldName* find(std::span<const FieldName> names, std::string_view path) {
  const auto found = std::find_if(names.begin(), names.end(),
                                  [&](const FieldName& name) { return name.path == path; });
  return found == names.end() ? nullptr : &*found;
}

constexpr FieldName message_fields[] = {
    {"role", "role"},
    {"content", "content"},
    {"name", "name"},
    {"tool_call_id", "tool_call_id"},
    {"finish_reason", "finish_reason"},
    {"refusal", "refusal"},
    {"function_call_name", "function_call_name"},
    {"function_call_arguments_json", "function_call_arguments"},
};

constexpr FieldName content_fields[] = {
    {"message_content.type", "type"},
    {"message_content.text", "text"},
    {"message_content.id", "id"},
    {"message_content.signature", "signature"},
    {"message_content.data", "data"},
    {"message_content.encrypted_content", "encrypted_content"},
    {"message_content.image.image.url", "image_url"},
    {"message_content.audio.audio.url", "audio_url"},
    {"message_content.audio.audio.mime_type", "mime_type"},
    {"message_content.audio.audio.transcript", "transcript"},
    {"tool_call.id", "tool_call_id"},
    {"tool_call.function.name", "name"},
    {"tool_call.function.arguments", "arguments"},
    {"tool_call.reasoning_signature", "reasoning_signature"},
};

// Within calls of tools: OpenInference's names, and OpenLLMetry's.
constexpr FieldName call_fields[] = {{"tool_call.id", "id"},
                                     {"id", "id"},
                                     {"type", "type"},
                                     {"tool_call.reasoning_signature", "reasoning_signature"}};
constexpr FieldName function_fields[] = {{"tool_call.function.name", "name"},
                                         {"name", "name"},
                                         {"tool_call.function.arguments", "arguments"},
                                         {"arguments", "arguments"}};

constexpr FieldName document_fields[] = {{"document.id", "id"},
                                         {"document.content", "content"},
                                         {"document.score", "score"},
                                         {"document.metadata", "metadata", true}};
constexpr FieldName embedding_fields[] = {{"embedding.text", "text"},
                                          {"embedding.vector", "vector"}};
constexpr FieldName prompt_fields[] = {{"prompt.text", "text"}};
constexpr FieldName choice_fields[] = {{"completion.text", "text"}};
constexpr FieldName tool_fields[] = {{"tool.json_schema", "", true}};  // the element itself
constexpr FieldName described_fields[] = {
    {"name", "name"}, {"description", "description"}, {"parameters", "parameters", true}};

std::span<const FieldName> fields_of(FlatListId list) {
  switch (list) {
    case FlatListId::retrieved_documents:
    case FlatListId::reranker_inputs:
    case FlatListId::reranker_outputs:
      return document_fields;
    case FlatListId::embeddings:
      return embedding_fields;
    case FlatListId::prompts:
      return prompt_fields;
    case FlatListId::choices:
      return choice_fields;
    case FlatListId::tools:
      return tool_fields;
    case FlatListId::functions:
      return described_fields;
    default:
      return {};
  }
}

bool is_openinference(FlatListId list) {
  return list == FlatListId::input_messages || list == FlatListId::output_messages;
}

bool is_of_messages(FlatListId list) {
  return is_openinference(list) || list == FlatListId::gen_ai_prompt ||
         list == FlatListId::gen_ai_completion;
}

// As it came: the text of a message is text, whatever it looks like.
std::string value_json(const otlp::AnyValue& value, bool is_structured) {
  if (is_structured) return structured_json(value);
  std::string json;
  otlp::append_json(json, value);
  return json;
}

}  // namespace

bool FlatLists::parse_tool_call(std::string_view path, Field& field) {
  const FieldName* name = find(call_fields, path);
  if (name == nullptr) {
    name = find(function_fields, path);
    field.of_function = true;
  }
  if (name != nullptr) field.name = name->name;
  return name != nullptr;
}

bool FlatLists::parse_content(std::string_view path, Field& field) {
  const FieldName* const name = find(content_fields, path);
  if (name != nullptr) field.name = name->name;
  return name != nullptr;
}

bool FlatLists::parse_message(std::string_view path, Field& field) {
  if (is_openinference(field.list) && !take_prefix(path, "message.")) return false;
  if (const FieldName* const name = find(message_fields, path)) {
    field.name = name->name;
    return true;
  }
  const bool is_call = take_prefix(path, "tool_calls.");
  if (!is_call && !(is_openinference(field.list) && take_prefix(path, "contents."))) return false;
  const auto index = take_index(path);
  if (!index) return false;
  field.index_within = *index;
  field.within = is_call ? Within::tool_calls : Within::contents;
  return is_call ? parse_tool_call(path, field) : parse_content(path, field);
}

bool FlatLists::take(FlatListId list, std::string_view path, const otlp::KeyValue& source) {
  const auto index = take_index(path);
  if (!index) return false;
  Field field{.list = list, .index = *index, .name = {}, .source = &source};
  if (is_of_messages(list)) {
    if (!parse_message(path, field)) return false;
  } else {
    const FieldName* const name = find(fields_of(list), path);
    if (name == nullptr) return false;
    field.name = name->name;
    field.is_structured = name->is_structured;
  }
  fields_.push_back(field);
  return true;
}

// Members of one object, by name, of which each may be there once.
std::string FlatLists::object(Range fields, Made& made, SpanBuckets& buckets) {
  JsonObject out, function;
  const bool is_call = fields.first->within == Within::tool_calls;
  for (auto field = fields.first; field != fields.second; ++field) {
    std::string json = value_json(field->source->value, field->is_structured);
    if ((field->of_function ? function : out).add(field->name, std::move(json))) {
      made.sources.push_back(field->source);
    } else {
      buckets.put_plain(*field->source);
    }
  }
  if (is_call) out.add_text("type", "function");
  if (!function.empty()) out.add("function", function.json());
  return out.json();
}

// The objects within one message.
std::string FlatLists::array(Range fields, Made& made, SpanBuckets& buckets) {
  std::string out;
  core::JsonWriter json(out);
  json.begin_array();
  for (auto from = fields.first; from != fields.second;) {
    const auto to = std::find_if(from, fields.second, [&](const Field& field) {
      return field.index_within != from->index_within;
    });
    json.raw(object({from, to}, made, buckets));
    from = to;
  }
  json.end_array();
  return out;
}

std::string FlatLists::element(Range fields, Made& made, SpanBuckets& buckets) {
  if (fields.first->name.empty()) {  // a tool is its schema
    made.sources.push_back(fields.first->source);
    return value_json(fields.first->source->value, true);
  }
  const auto end_of = [&](Fields::const_iterator from, Within within) {
    return std::find_if(from, fields.second,
                        [&](const Field& field) { return field.within != within; });
  };
  const auto contents = end_of(fields.first, Within::element);
  const auto calls = end_of(contents, Within::contents);
  JsonObject out;
  for (auto field = fields.first; field != contents; ++field) {
    if (out.add(field->name, value_json(field->source->value, field->is_structured))) {
      made.sources.push_back(field->source);
    } else {
      buckets.put_plain(*field->source);
    }
  }
  if (contents != calls) {
    out.add(out.has("content") ? "contents" : "content", array({contents, calls}, made, buckets));
  }
  if (calls != fields.second) out.add("tool_calls", array({calls, fields.second}, made, buckets));
  return out.json();
}

FlatLists::Made FlatLists::make(FlatListId list, SpanBuckets& buckets) {
  const auto place = [](const Field& field) {
    return std::tuple(field.list, field.index, field.within, field.index_within);
  };
  const auto is_before = [&](const Field& a, const Field& b) { return place(a) < place(b); };
  if (!std::is_sorted(fields_.begin(), fields_.end(), is_before)) {
    std::stable_sort(fields_.begin(), fields_.end(), is_before);
  }
  Made made;
  auto from = std::find_if(fields_.cbegin(), fields_.cend(),
                           [&](const Field& field) { return field.list == list; });
  while (from != fields_.cend() && from->list == list) {
    const auto to = std::find_if(from, fields_.cend(), [&](const Field& field) {
      return field.list != list || field.index != from->index;
    });
    made.list.add(element({from, to}, made, buckets));
    from = to;
  }
  return made;
}

}  // namespace honeyhive::server
