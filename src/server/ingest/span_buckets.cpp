#include "server/ingest/span_buckets.h"

#include <algorithm>

#include "otlp/any_value_json.h"

namespace honeyhive::server {
namespace {

// Made from the span's ids wherever metadata is shown (query/event_json): not stored twice.
bool is_lineage(std::string_view key) {
  static constexpr std::string_view keys[] = {"trace_id", "span_id", "parent_span_id",
                                              "has_otlp_lineage"};
  return std::find(std::begin(keys), std::end(keys), key) != std::end(keys);
}

}  // namespace

void SpanBuckets::put(Bucket bucket, std::string_view key, const otlp::AnyValue& value) {
  if (bucket == Bucket::metadata && is_lineage(key)) return;
  buckets_[static_cast<std::size_t>(bucket)].items.push_back({key, value});
}

void SpanBuckets::put_plain(std::string_view key, const otlp::AnyValue& value) {
  if (!is_lineage(key)) plain_.items.push_back({key, value});
}

void SpanBuckets::write(Event& event) {
  auto& metadata = buckets_[static_cast<std::size_t>(Bucket::metadata)];
  plain_.items.insert(plain_.items.end(), metadata.items.begin(), metadata.items.end());
  metadata.items.swap(plain_.items);
  plain_.clear();
  for (std::size_t i = 0; i < bucket_count; ++i) {
    event.buckets[i].clear();
    if (buckets_[i].items.empty()) continue;
    buckets_[i].keep_last();
    otlp::append_json(event.buckets[i], buckets_[i]);
    buckets_[i].clear();
  }
}

}  // namespace honeyhive::server
