#include "server/ingest/span_buckets.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "core/json_writer.h"
#include "otlp/any_value_json.h"

namespace honeyhive::server {
namespace {

// Made wherever metadata is shown (query/event_json), or here: nobody else can name them.
bool is_reserved(std::string_view key) {
  static constexpr std::string_view keys[] = {"trace_id", "span_id", "parent_span_id",
                                              "has_otlp_lineage", displaced_key};
  return std::find(std::begin(keys), std::end(keys), key) != std::end(keys);
}

void append_value(std::string& out, const SpanBuckets::Entry& entry) {
  if (entry.is_json) {
    out += entry.value.text;
  } else {
    otlp::append_json(out, entry.value);
  }
}

std::string text_of(const SpanBuckets::Entry& entry) {
  std::string text;
  append_value(text, entry);
  return text;
}

}  // namespace

void SpanBuckets::put_own(Bucket bucket, std::string_view key, const otlp::KeyValue& source) {
  put(bucket, key, own_precedence, source);
}

void SpanBuckets::put_plain(const otlp::KeyValue& source) {
  put(Bucket::metadata, source.key, plain_precedence, source);
}

void SpanBuckets::put_plain(std::string_view key, const otlp::AnyValue& value) {
  entries_.push_back(
      {.bucket = Bucket::metadata, .precedence = plain_precedence, .key = key, .value = value});
}

void SpanBuckets::put(Bucket bucket, std::string_view key, Precedence precedence,
                      const otlp::KeyValue& source) {
  entries_.push_back({.bucket = bucket,
                      .precedence = precedence,
                      .key = key,
                      .value = source.value,
                      .source = &source});
  if (bucket == Bucket::metadata && is_reserved(key)) {
    entries_.back().is_shown = false;
    displaced_.push_back(static_cast<Index>(entries_.size() - 1));
  }
}

void SpanBuckets::put_json(Bucket bucket, std::string_view key, Precedence precedence,
                           std::string json, const otlp::KeyValue& source) {
  entries_.push_back({.bucket = bucket,
                      .precedence = precedence,
                      .is_json = true,
                      .key = key,
                      .value = otlp::AnyValue::of(texts_.emplace_back(std::move(json))),
                      .source = &source});
}

void SpanBuckets::put_part(Bucket bucket, std::string key, Precedence precedence, std::string json,
                           const otlp::KeyValue& source) {
  const std::string& kept = texts_.emplace_back(std::move(key));
  put_json(bucket, kept, precedence, std::move(json), source);
  Entry& entry = entries_.back();
  entry.is_part = true;
  if (bucket != Bucket::metadata || !is_reserved(kept)) return;
  entry.is_shown = false;
  losers_.push_back(static_cast<Index>(entries_.size() - 1));
}

void SpanBuckets::put_made(Bucket bucket, std::string key, Precedence precedence, std::string json,
                           std::span<const otlp::KeyValue* const> sources) {
  const std::string& kept_key = texts_.emplace_back(std::move(key));
  entries_.push_back({.bucket = bucket,
                      .precedence = precedence,
                      .is_json = true,
                      .key = kept_key,
                      .value = otlp::AnyValue::of(texts_.emplace_back(std::move(json))),
                      .first_source = static_cast<Index>(sources_.size()),
                      .sources = static_cast<Index>(sources.size())});
  sources_.insert(sources_.end(), sources.begin(), sources.end());
}

// The indexes of all that are put in one place, in the order in which they were put.
void SpanBuckets::hide_after_best(std::vector<Index>& same_place) {
  const auto best = std::min_element(same_place.begin(), same_place.end(), [&](Index a, Index b) {
    return entries_[a].precedence < entries_[b].precedence;
  });
  const std::string shown = text_of(entries_[*best]);  // once: it may be large, and they many
  for (const Index at : same_place) {
    if (at == *best) continue;
    entries_[at].is_shown = false;
    if (text_of(entries_[at]) != shown) losers_.push_back(at);
  }
}

bool SpanBuckets::hide_repeated() {
  constexpr std::size_t few = 24;
  const std::size_t before = losers_.size();
  std::vector<Index> same_place;
  const auto is_same = [&](Index a, Index b) {
    return entries_[a].bucket == entries_[b].bucket && entries_[a].key == entries_[b].key;
  };
  if (entries_.size() <= few) {
    for (Index i = 0; i < entries_.size(); ++i) {
      if (!entries_[i].is_shown) continue;
      same_place.clear();
      for (Index j = i + 1; j < entries_.size(); ++j) {
        if (!is_same(i, j) || !entries_[j].is_shown) continue;
        if (same_place.empty()) same_place.push_back(i);
        same_place.push_back(j);
      }
      if (!same_place.empty()) hide_after_best(same_place);
    }
    return losers_.size() != before;
  }
  std::vector<Index> order;
  for (Index i = 0; i < entries_.size(); ++i) {
    if (entries_[i].is_shown) order.push_back(i);
  }
  std::sort(order.begin(), order.end(), [&](Index a, Index b) {
    return std::tie(entries_[a].bucket, entries_[a].key, a) <
           std::tie(entries_[b].bucket, entries_[b].key, b);
  });
  for (std::size_t from = 0, to = 0; from < order.size(); from = to) {
    for (to = from + 1; to < order.size() && is_same(order[from], order[to]);) ++to;
    if (to - from < 2) continue;
    same_place.assign(order.begin() + static_cast<std::ptrdiff_t>(from),
                      order.begin() + static_cast<std::ptrdiff_t>(to));
    hide_after_best(same_place);
  }
  return losers_.size() != before;
}

// Attributes that lost their place and are shown nowhere else become plain ones.
bool SpanBuckets::put_back_hidden() {
  std::vector<const otlp::KeyValue*> shown;  // as a whole
  for (const Entry& entry : entries_) {
    if (entry.is_shown && !entry.is_part && entry.source) shown.push_back(entry.source);
  }
  std::sort(shown.begin(), shown.end());
  std::vector<const otlp::KeyValue*> back;
  for (const Index at : losers_) {
    const Entry& entry = entries_[at];
    if (entry.precedence == plain_precedence) {
      displaced_.push_back(at);
    } else if (entry.source && !std::binary_search(shown.begin(), shown.end(), entry.source)) {
      back.push_back(entry.source);
    }
    for (Index i = 0; i < entry.sources; ++i) back.push_back(sources_[entry.first_source + i]);
  }
  losers_.clear();
  std::sort(back.begin(), back.end());  // all stand in one array: this is the order of the span
  back.erase(std::unique(back.begin(), back.end()), back.end());
  for (const otlp::KeyValue* const source : back) put_plain(*source);
  return !back.empty();
}

void SpanBuckets::settle() {
  hide_repeated();
  if (losers_.empty() || !put_back_hidden()) return;
  hide_repeated();
  put_back_hidden();  // plain ones only are left to lose
}

void SpanBuckets::write_displaced(std::string& metadata) const {
  if (displaced_.empty()) return;
  metadata += metadata.empty() ? '{' : ',';
  core::append_json_string(metadata, displaced_key);
  metadata += ':';
  char before = '{';
  for (const Index at : displaced_) {
    const Entry& entry = entries_[at];
    metadata += before;
    before = ',';
    core::append_json_string(metadata, entry.source ? entry.source->key : entry.key);
    metadata += ':';
    append_value(metadata, entry);
  }
  metadata += '}';
}

void SpanBuckets::write(Event& event) const {
  for (std::string& bucket : event.buckets) bucket.clear();
  for (const Entry& entry : entries_) {
    if (!entry.is_shown) continue;
    std::string& bucket = event.bucket(entry.bucket);
    bucket += bucket.empty() ? '{' : ',';
    core::append_json_string(bucket, entry.key);
    bucket += ':';
    append_value(bucket, entry);
  }
  write_displaced(event.bucket(Bucket::metadata));
  for (std::string& bucket : event.buckets) {
    if (!bucket.empty()) bucket += '}';
  }
}

void SpanBuckets::clear() {
  entries_.clear();
  losers_.clear();
  displaced_.clear();
  sources_.clear();
  texts_.clear();
}

}  // namespace honeyhive::server
