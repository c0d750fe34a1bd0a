#pragma once

// Which spans of which traces are stored already: the span ids of recent traces, exactly (no
// hashes that could collide and lose a span).
//
// A cache of the log: a trace that is not here is loaded from its chunks by the caller. Not
// thread-safe.

#include <list>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "core/ids.h"

namespace honeyhive::server {

struct TraceKey {
  std::string project;
  core::TraceId trace_id;

  friend bool operator<(const TraceKey& a, const TraceKey& b) {
    return std::tie(a.trace_id, a.project) < std::tie(b.trace_id, b.project);
  }
};

class SeenSpans {
 public:
  // `budget`: how many span ids may stay, with a fixed charge per trace.
  explicit SeenSpans(std::size_t budget) : budget_(budget) {}

  // The sorted ids of a trace, which becomes the most recent one; null if it is not here. Valid
  // until it is erased or trimmed.
  std::vector<core::SpanId>* find(const TraceKey& key);

  // `fresh` ids were put into one of the vectors.
  void grew(std::size_t fresh) { used_ += fresh; }

  // Precondition: not here yet.
  std::vector<core::SpanId>& insert(TraceKey key, std::vector<core::SpanId> sorted_ids);

  void erase(const TraceKey& key);
  void clear();

  // Forgets the least recent traces above the budget. The most recent one stays, however large: its
  // next spans need all its ids in memory again, so that forgetting it would only cost reading it.
  void trim();

  std::size_t traces() const { return index_.size(); }

 private:
  struct Trace {
    TraceKey key;
    std::vector<core::SpanId> ids;
  };
  using Order = std::list<Trace>;  // most recent first

  void forget(Order::iterator trace);

  const std::size_t budget_;
  std::size_t used_ = 0;
  Order order_;
  std::map<TraceKey, Order::iterator> index_;  // no hashes: strangers choose the ids
};

}  // namespace honeyhive::server
