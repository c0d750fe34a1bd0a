#include "server/ingest/event_type.h"

#include <algorithm>
#include <array>
#include <span>

namespace honeyhive::server {
namespace {

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equals(std::string_view text, std::string_view lower_case) noexcept {
  return std::equal(text.begin(), text.end(), lower_case.begin(), lower_case.end(),
                    [](char a, char b) { return lower(a) == b; });
}

bool contains(std::string_view text, std::string_view lower_case) noexcept {
  return std::search(text.begin(), text.end(), lower_case.begin(), lower_case.end(),
                     [](char a, char b) { return lower(a) == b; }) != text.end();
}

struct Named {
  std::string_view name, type;
};

std::optional<std::string_view> find(std::span<const Named> types, std::string_view name) noexcept {
  for (const Named& named : types) {
    if (named.name == name) return named.type;
  }
  return std::nullopt;
}

std::optional<std::string_view> from_operation(std::string_view operation) noexcept {
  static constexpr Named types[] = {
      {"chat", "model"},         {"text_completion", "model"}, {"generate_content", "model"},
      {"invoke_agent", "chain"}, {"create_agent", "chain"},    {"invoke_workflow", "chain"},
      {"execute_tool", "tool"},  {"embeddings", "tool"},       {"retrieval", "tool"},
  };
  return find(types, operation);
}

std::optional<std::string_view> from_openinference(std::string_view kind) noexcept {
  if (kind.empty()) return std::nullopt;
  if (kind == "LLM") return "model";
  if (kind == "CHAIN" || kind == "AGENT") return "chain";
  return "tool";
}

std::optional<std::string_view> from_traceloop(std::string_view kind) noexcept {
  static constexpr Named types[] = {{"workflow", "chain"},
                                    {"task", "chain"},
                                    {"agent", "chain"},
                                    {"tool", "tool"},
                                    {"llm", "model"}};
  return find(types, kind);
}

std::optional<std::string_view> from_request_type(std::string_view type) noexcept {
  static constexpr Named types[] = {
      {"chat", "model"}, {"completion", "model"}, {"rerank", "tool"}, {"embedding", "tool"}};
  return find(types, type);
}

// "ai.generateText.doGenerate" is the call of a model within "ai.generateText".
std::optional<std::string_view> from_vercel(std::string_view operation) noexcept {
  if (!operation.starts_with("ai.")) return std::nullopt;
  operation.remove_prefix(3);
  const std::string_view function = operation.substr(0, operation.find('.'));
  static constexpr std::string_view generating[] = {"generateText", "streamText", "generateObject",
                                                    "streamObject"};
  if (std::find(std::begin(generating), std::end(generating), function) == std::end(generating)) {
    return "tool";
  }
  return function == operation ? "chain" : "model";
}

bool names_model(std::string_view name) noexcept {
  static constexpr auto words = std::to_array<std::string_view>(
      {"llm",     "model",  "gpt",          "claude",   "llama",     "gemini", "mistral",
       "palm",    "chat",   "completion",   "generate", "inference", "openai", "anthropic",
       "bedrock", "google", "generativeai", "ai_",      "ml_",       "nlp_"});
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return contains(name, word); });
}

bool has_model(const otlp::Attributes& attributes) noexcept {
  static constexpr auto keys = std::to_array<std::string_view>(
      {"llm.request.model", "llm.response.model", "llm.model.name", "gen_ai.request.model",
       "gen_ai.response.model", "openai.model", "anthropic.model", "bedrock.model_id",
       "google.model", "model_name", "model_id", "model_type", "ai_model"});
  return std::any_of(keys.begin(), keys.end(),
                     [&](std::string_view key) { return attributes.find(key) != nullptr; });
}

}  // namespace

std::optional<std::string_view> known_event_type(std::string_view text) noexcept {
  static constexpr auto types =
      std::to_array<std::string_view>({"model", "tool", "chain", "session"});
  for (const std::string_view type : types) {
    if (equals(text, type)) return type;
  }
  return std::nullopt;
}

std::string_view infer_event_type(const otlp::SpanView& span) noexcept {
  const otlp::Attributes& attributes = span.attributes;
  if (const auto type = from_operation(attributes.text("gen_ai.operation.name"))) return *type;
  if (const auto type = from_openinference(attributes.text("openinference.span.kind"))) {
    return *type;
  }
  if (const auto type = from_traceloop(attributes.text("traceloop.span.kind"))) return *type;
  if (const auto type = from_request_type(attributes.text("llm.request.type"))) return *type;
  if (const auto type = from_vercel(attributes.text("ai.operationId"))) return *type;
  return has_model(attributes) || names_model(span.name) ? "model" : "tool";
}

}  // namespace honeyhive::server
