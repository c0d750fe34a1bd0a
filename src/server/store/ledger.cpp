#include "server/store/ledger.h"

#include <algorithm>

#include "core/log.h"
#include "server/store/event_codec.h"

namespace honeyhive::server {

using core::Error;
using core::Result;

namespace {

bool is_of(std::span<const Event> frame, Event::Kind kind) {
  return !frame.empty() && frame.front().kind == kind;
}

}  // namespace

Result<std::vector<core::SpanId>*> Ledger::ids_of(const TraceKey& key) {
  if (auto* const known = seen_.find(key)) return known;
  const auto chunks = catalog_.chunks(key.project, key.trace_id);
  if (!chunks) return chunks.error();
  std::vector<core::SpanId> ids;
  for (const FrameRef& chunk : *chunks) {
    const auto frame = segments_.load(chunk);
    if (!frame && frame.error().code != Error::Code::malformed_data) {  // perhaps it can be later
      return Error{Error::Code::malformed_data, frame.error().message};
    }
    const auto stored = frame ? decode_span_ids(frame->records) : frame.error();
    if (!stored) {  // its spans are lost: if they are sent again, they are new
      core::log_line(core::LogLevel::error, "damaged: " + stored.error().message);
      continue;
    }
    ids.insert(ids.end(), stored->begin(), stored->end());
  }
  std::sort(ids.begin(), ids.end());
  return &seen_.insert(key, std::move(ids));
}

Result<void> Ledger::learn(std::span<const Event> events) {
  if (!is_of(events, Event::Kind::span)) return {};
  const auto found = ids_of({events.front().project, events.front().trace_id});
  if (!found) return found.error();
  return {};
}

// What has no id is new.
Result<bool> Ledger::claim_record(const Event& event) {
  const std::string& text = event.kind == Event::Kind::log ? event.event_id : event.record_id;
  if (text.empty()) return true;
  const RecordId id = RecordId::parse(text);
  if (claimed_records_.contains({event.project, id})) return false;
  const auto is_stored = catalog_.has_record(event.project, id);
  if (!is_stored) return is_stored.error();
  if (!*is_stored) claimed_records_.emplace(event.project, id);
  return !*is_stored;
}

Result<std::vector<const Event*>> Ledger::claim(std::span<const Event> events) {
  if (is_of(events, Event::Kind::span)) return claim_spans(events);
  if (is_of(events, Event::Kind::created)) return claim_created(events);
  std::vector<const Event*> fresh;
  fresh.reserve(events.size());
  for (const Event& event : events) {
    const auto is_new = claim_record(event);
    if (!is_new) return is_new.error();
    if (*is_new) fresh.push_back(&event);
  }
  return fresh;
}

Result<std::vector<const Event*>> Ledger::claim_created(std::span<const Event> events) {
  std::vector<const Event*> fresh;
  for (const Event& event : events) {
    const auto stored = catalog_.has_created(event.project, event.event_id);
    if (!stored) return stored.error();
    if (*stored) continue;
    if (claimed_created_.emplace(event.project, id_key(event.event_id)).second) {
      fresh.push_back(&event);
    }
  }
  return fresh;
}

Result<std::vector<const Event*>> Ledger::claim_spans(std::span<const Event> events) {
  std::vector<const Event*> fresh;
  fresh.reserve(events.size());
  const TraceKey key{events.front().project, events.front().trace_id};
  const auto found = ids_of(key);
  if (!found) return found.error();
  claimed_.push_back(key);
  std::vector<core::SpanId>& ids = **found;
  for (const Event& event : events) {
    if (!std::binary_search(ids.begin(), ids.end(), event.span_id)) fresh.push_back(&event);
  }
  // Of equal ids in one frame the first counts.
  const auto by_id = [](const Event* a, const Event* b) { return a->span_id < b->span_id; };
  std::stable_sort(fresh.begin(), fresh.end(), by_id);
  const auto same_id = [](const Event* a, const Event* b) { return a->span_id == b->span_id; };
  fresh.erase(std::unique(fresh.begin(), fresh.end(), same_id), fresh.end());
  const auto old_size = static_cast<std::ptrdiff_t>(ids.size());
  for (const Event* event : fresh) ids.push_back(event->span_id);
  seen_.grew(fresh.size());
  std::inplace_merge(ids.begin(), ids.begin() + old_size, ids.end());
  std::sort(fresh.begin(), fresh.end());  // all in one array: back to the order they came in
  return fresh;
}

void Ledger::enter(std::span<const Event* const> fresh, const FrameRef& frame) {
  if (fresh.empty()) return;
  switch (fresh.front()->kind) {
    case Event::Kind::span:
      return catalog_.add_spans(fresh, frame);
    case Event::Kind::session:
      for (const Event* event : fresh) catalog_.add_session(*event, frame);
      return;
    case Event::Kind::update:
      return catalog_.add_update(*fresh.front(), frame);
    case Event::Kind::log:
      return catalog_.add_logs(fresh, frame);
    case Event::Kind::created:
      return catalog_.add_created(fresh, frame);
  }
}

void Ledger::settle() {
  claimed_.clear();
  claimed_records_.clear();
  claimed_created_.clear();
  seen_.trim();
}

void Ledger::revoke() {
  for (const TraceKey& key : claimed_) seen_.erase(key);
  claimed_.clear();
  claimed_records_.clear();
  claimed_created_.clear();
}

void Ledger::clear() {
  claimed_.clear();
  claimed_records_.clear();
  claimed_created_.clear();
  seen_.clear();
}

}  // namespace honeyhive::server
