#include "server/ingest/mapping_row.h"

#include <optional>

#include "core/json_scan.h"
#include "core/json_writer.h"
#include "core/keep_last.h"
#include "otlp/any_value_json.h"
#include "otlp/decode.h"
#include "server/ingest/json_in_text.h"

namespace honeyhive::server {
namespace {

using Kind = otlp::AnyValue::Kind;

bool put_members(const MappingRow& row, const otlp::KeyValue& attribute, SpanBuckets& buckets) {
  const auto structure = structure_in(attribute.value);
  if (!structure) return false;
  auto members = core::scan_json_object(*structure);
  if (!members || members->empty()) return false;
  // Of a repeated key the last value counts, as everywhere.
  core::keep_last_of_each_key(*members, [](core::JsonMember& first, core::JsonMember& later) {
    first.value = later.value;
  });
  for (const core::JsonMember& member : *members) {
    buckets.put_part(row.bucket, member.key, row.precedence, std::string(member.value), attribute);
  }
  return true;
}

std::optional<std::string> first_in(const otlp::AnyValue& value) {
  const auto structure = structure_in(value);
  if (!structure) return std::nullopt;
  const auto elements = core::scan_json_array(*structure);
  if (!elements || elements->empty()) return std::nullopt;
  return std::string(elements->front());
}

std::string each_structured(const otlp::AnyValue& value) {
  if (value.kind != Kind::array) return structured_json(value);
  std::string out;
  core::JsonWriter json(out);
  json.begin_array();
  otlp::for_each_item(value, [&](const otlp::AnyValue& item) { json.raw(structured_json(item)); });
  json.end_array();
  return out;
}

void put_by_row(const MappingRow& row, const otlp::KeyValue& attribute, SpanBuckets& buckets) {
  const auto put_json = [&](std::string json) {
    buckets.put_json(row.bucket, row.name, row.precedence, std::move(json), attribute);
  };
  switch (row.reading) {
    case Reading::structure:
      if (attribute.value.kind != Kind::string) break;
      if (auto structure = structure_in(attribute.value)) return put_json(*std::move(structure));
      break;
    case Reading::members:
      if (!put_members(row, attribute, buckets)) buckets.put_plain(attribute);
      return;
    case Reading::first:
      if (auto first = first_in(attribute.value)) {
        return buckets.put_part(row.bucket, std::string(row.name), row.precedence,
                                *std::move(first), attribute);
      }
      break;
    case Reading::structures:
      return put_json(each_structured(attribute.value));
    case Reading::value:
      break;
  }
  buckets.put(row.bucket, row.name, row.precedence, attribute);
}

}  // namespace

bool put_by_rows(std::span<const MappingRow> rows, const otlp::KeyValue& attribute,
                 SpanBuckets& buckets) {
  auto row = std::lower_bound(
      rows.begin(), rows.end(), attribute.key,
      [](const MappingRow& one, std::string_view key) { return is_before(one.key, key); });
  if (row == rows.end() || row->key != attribute.key) return false;
  for (; row != rows.end() && row->key == attribute.key; ++row) {
    put_by_row(*row, attribute, buckets);
  }
  return true;
}

}  // namespace honeyhive::server
