#include "server/ingest/tokens_model.h"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>

#include "core/json_scan.h"
#include "core/limits.h"
#include "server/ingest/cut_text.h"

namespace honeyhive::server {
namespace {

enum class Meaning : std::uint8_t { in, out, total, model };

struct Place {
  Bucket bucket;
  std::string_view key;
  Meaning meaning;
};

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

// What is looked for, best first. Of values that are no counts the next one is asked.
constexpr auto places = std::to_array<Place>({
    {Bucket::metadata, "input_tokens", Meaning::in},
    {Bucket::metadata, "prompt_tokens", Meaning::in},
    {Bucket::metrics, "input_tokens", Meaning::in},
    {Bucket::metrics, "prompt_tokens", Meaning::in},
    {Bucket::metadata, "output_tokens", Meaning::out},
    {Bucket::metadata, "completion_tokens", Meaning::out},
    {Bucket::metrics, "output_tokens", Meaning::out},
    {Bucket::metrics, "completion_tokens", Meaning::out},
    {Bucket::metadata, "total_tokens", Meaning::total},
    {Bucket::config, "model", Meaning::model},
    {Bucket::metadata, "response_model", Meaning::model},
});

constexpr std::size_t total_place = 8;
static_assert(places[total_place].meaning == Meaning::total);

using Found = std::array<const SpanBuckets::Entry*, places.size()>;

void find_places(const SpanBuckets& buckets, Found& found) {
  for (const SpanBuckets::Entry& entry : buckets.entries()) {
    const bool may_be = entry.key.ends_with("_tokens") || entry.key.ends_with("model");
    if (!may_be || !entry.is_shown) continue;
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (places[i].bucket == entry.bucket && places[i].key == entry.key) found[i] = &entry;
    }
  }
}

// Members of JSON text are numbers written out.
std::optional<std::uint64_t> first_count(const Found& found, Meaning meaning) {
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (places[i].meaning != meaning || found[i] == nullptr) continue;
    if (const auto count = as_count(found[i]->value)) return count;
  }
  return std::nullopt;
}

std::string first_model(const Found& found) {
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (places[i].meaning != Meaning::model || found[i] == nullptr) continue;
    const SpanBuckets::Entry& entry = *found[i];
    if (entry.value.kind != otlp::AnyValue::Kind::string || entry.value.text.empty()) continue;
    if (!entry.is_json) return cut_text(entry.value.text, core::limits::name_bytes);
    if (const auto text = core::json_text(entry.value.text)) {
      return cut_text(*text, core::limits::name_bytes);
    }
  }
  return {};
}

}  // namespace

void read_tokens_and_model(SpanBuckets& buckets, Event& event) {
  Found found{};
  find_places(buckets, found);
  const auto in = first_count(found, Meaning::in);
  const auto out = first_count(found, Meaning::out);
  event.tokens_in = in.value_or(0);
  event.tokens_out = out.value_or(0);
  event.model = first_model(found);
  const bool has_total = found[total_place] != nullptr;
  if ((!in && !out) || has_total) return;
  const std::uint64_t total = event.tokens_in + event.tokens_out;
  buckets.put_plain("total_tokens", otlp::AnyValue::of(static_cast<std::int64_t>(total)));
}

}  // namespace honeyhive::server
