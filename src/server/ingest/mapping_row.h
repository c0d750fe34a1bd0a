#pragma once

// Where a convention's attributes go, as tables: one row for each place of a key.

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "otlp/attributes.h"
#include "server/ingest/span_buckets.h"
#include "server/store/event.h"

namespace honeyhive::server {

// Several conventions on one span: whose word counts. Steps within one are a row's own matter.
namespace precedence {
inline constexpr Precedence gen_ai = 16;
inline constexpr Precedence gen_ai_deprecated = 32;
inline constexpr Precedence gen_ai_event = 48;
inline constexpr Precedence openinference = 64;
inline constexpr Precedence traceloop = 80;
inline constexpr Precedence vercel = 96;
inline constexpr Precedence baggage = 112;
}  // namespace precedence

enum class Reading : std::uint8_t {
  value,       // as it came
  structure,   // text that is an object or array as JSON becomes that
  members,     // those of an object, also in text, each under its own key; else a plain attribute
  first,       // the first element of an array, also in text; anything else as it came
  structures,  // an array of texts, each of which may be JSON
};

struct MappingRow {
  std::string_view key;  // of the attribute
  Bucket bucket;
  std::string_view name;  // in the bucket; unused for `members`
  Precedence precedence;
  Reading reading = Reading::value;
};

// Shorter keys first: most comparisons are then of two numbers.
constexpr bool is_before(std::string_view a, std::string_view b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

template <std::size_t N>
constexpr std::array<MappingRow, N> sorted_rows(std::array<MappingRow, N> rows) {
  std::sort(rows.begin(), rows.end(), [](const MappingRow& a, const MappingRow& b) {
    return a.key != b.key ? is_before(a.key, b.key) : a.bucket < b.bucket;
  });
  return rows;
}

// Puts `attribute` where the rows of its key say. False if there is none. Precondition: the rows
// are sorted.
bool put_by_rows(std::span<const MappingRow> rows, const otlp::KeyValue& attribute,
                 SpanBuckets& buckets);

}  // namespace honeyhive::server
