#pragma once

// Decides which events are new, and enters what is new into the catalogue. The same for what
// arrives and for what is replayed: so both come to the same answers.
//
// A commit is: `claim` its frames in order, make them durable, `enter` what was new, then `settle`,
// or `revoke` if the disk refused. Used by one thread.

#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/result.h"
#include "server/store/catalog.h"
#include "server/store/event.h"
#include "server/store/seen_spans.h"
#include "server/store/segment_files.h"

namespace honeyhive::server {

class Ledger {
 public:
  Ledger(CatalogWriter& catalog, SegmentFiles& segments, std::size_t span_budget)
      : catalog_(catalog), segments_(segments), seen_(span_budget) {}

  // Reads what `claim` of these events needs. Error: `malformed_data` if the disk cannot read what
  // the log has of their trace, `unavailable` if the catalogue fails.
  core::Result<void> learn(std::span<const Event> events);

  // The events of one frame that are not stored yet, each once; from now on they count as stored.
  // Session starts, updates and log records without a record id are always new. No error of spans
  // behind `learn`.
  core::Result<std::vector<const Event*>> claim(std::span<const Event> events);

  // Inside a transaction of the catalogue. Precondition: `fresh` comes from `claim` of this frame.
  void enter(std::span<const Event* const> fresh, const FrameRef& frame);

  void settle();  // the claims of this commit are durable and in the catalogue
  void revoke();  // they never were
  void clear();   // the catalogue was changed behind our back

 private:
  core::Result<std::vector<core::SpanId>*> ids_of(const TraceKey& key);
  core::Result<bool> claim_record(const Event& event);
  core::Result<std::vector<const Event*>> claim_spans(std::span<const Event> events);
  core::Result<std::vector<const Event*>> claim_created(std::span<const Event> events);

  CatalogWriter& catalog_;
  SegmentFiles& segments_;
  SeenSpans seen_;
  std::vector<TraceKey> claimed_;
  std::set<std::pair<std::string, RecordId>> claimed_records_;     // project, id
  std::set<std::pair<std::string, std::string>> claimed_created_;  // project and key of its id
};

}  // namespace honeyhive::server
