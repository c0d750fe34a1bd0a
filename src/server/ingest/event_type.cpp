#include "server/ingest/event_type.h"

#include <algorithm>
#include <array>

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

std::optional<std::string_view> from_operation(std::string_view operation) noexcept {
  if (operation == "chat" || operation == "text_completion" || operation == "generate_content") {
    return "model";
  }
  if (operation == "invoke_agent" || operation == "create_agent") return "chain";
  if (operation == "execute_tool") return "tool";
  return std::nullopt;
}

std::optional<std::string_view> from_openinference(std::string_view kind) noexcept {
  if (kind.empty()) return std::nullopt;
  if (kind == "LLM") return "model";
  if (kind == "CHAIN" || kind == "AGENT") return "chain";
  return "tool";
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
  return has_model(attributes) || names_model(span.name) ? "model" : "tool";
}

}  // namespace honeyhive::server
