#include "server/store/seen_spans.h"

#include <iterator>

namespace honeyhive::server {
namespace {

// What list node, map node and keys take, in span ids.
constexpr std::size_t trace_charge = 32;

}  // namespace

std::vector<core::SpanId>* SeenSpans::find(const TraceKey& key) {
  const auto found = index_.find(key);
  if (found == index_.end()) return nullptr;
  order_.splice(order_.begin(), order_, found->second);
  return &found->second->ids;
}

std::vector<core::SpanId>& SeenSpans::insert(TraceKey key, std::vector<core::SpanId> sorted_ids) {
  order_.push_front({std::move(key), std::move(sorted_ids)});
  index_.emplace(order_.front().key, order_.begin());
  used_ += trace_charge + order_.front().ids.size();
  return order_.front().ids;
}

void SeenSpans::erase(const TraceKey& key) {
  if (const auto found = index_.find(key); found != index_.end()) forget(found->second);
}

void SeenSpans::clear() {
  index_.clear();
  order_.clear();
  used_ = 0;
}

void SeenSpans::trim() {
  while (used_ > budget_ && order_.size() > 1) forget(std::prev(order_.end()));
}

void SeenSpans::forget(Order::iterator trace) {
  used_ -= trace_charge + trace->ids.size();
  index_.erase(trace->key);
  order_.erase(trace);
}

}  // namespace honeyhive::server
