#include "server/ingest/tokens_model.h"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <span>

#include "core/limits.h"
#include "server/ingest/cut_text.h"

namespace honeyhive::server {
namespace {

// Best first.
constexpr auto in_keys = std::to_array<std::string_view>(
    {"gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.usage.input_tokens",
     "llm.usage.prompt_tokens", "honeyhive_metadata.input_tokens",
     "honeyhive_metadata.prompt_tokens", "honeyhive_metrics.input_tokens",
     "honeyhive_metrics.prompt_tokens"});
constexpr auto out_keys = std::to_array<std::string_view>(
    {"gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.usage.output_tokens",
     "llm.usage.completion_tokens", "honeyhive_metadata.output_tokens",
     "honeyhive_metadata.completion_tokens", "honeyhive_metrics.output_tokens",
     "honeyhive_metrics.completion_tokens"});
constexpr auto model_keys = std::to_array<std::string_view>(
    {"gen_ai.request.model", "gen_ai.response.model", "llm.request.model", "llm.response.model",
     "honeyhive_config.model"});

// Sums over many spans must not overflow: no request has more tokens than this.
constexpr std::int64_t most_tokens = std::int64_t{1} << 40;

// Some clients send every number as text or as a double.
std::optional<std::uint64_t> as_count(const otlp::AnyValue& value) {
  using Kind = otlp::AnyValue::Kind;
  std::int64_t count = -1;
  if (value.kind == Kind::integer) {
    count = value.integer;
  } else if (value.kind == Kind::number && value.number >= 0 &&
             value.number <= static_cast<double>(most_tokens)) {
    count = std::llround(value.number);
  } else if (value.kind == Kind::string) {
    const char* const end = value.text.data() + value.text.size();
    const auto parsed = std::from_chars(value.text.data(), end, count);
    if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  }
  if (count < 0 || count > most_tokens) return std::nullopt;
  return static_cast<std::uint64_t>(count);
}

std::uint64_t first_count(const otlp::Attributes& attributes,
                          std::span<const std::string_view> keys) {
  for (const std::string_view key : keys) {
    const otlp::AnyValue* const value = attributes.find(key);
    if (value == nullptr) continue;
    if (const auto count = as_count(*value)) return *count;
  }
  return 0;
}

}  // namespace

void read_tokens_and_model(const otlp::Attributes& attributes, Event& event) {
  event.tokens_in = first_count(attributes, in_keys);
  event.tokens_out = first_count(attributes, out_keys);
  event.model.clear();
  for (const std::string_view key : model_keys) {
    const std::string_view model = attributes.text(key);
    if (model.empty()) continue;
    event.model = cut_text(model, core::limits::name_bytes);
    return;
  }
}

}  // namespace honeyhive::server
