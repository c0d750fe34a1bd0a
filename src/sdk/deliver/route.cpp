#include "sdk/deliver/route.h"

#include <algorithm>
#include <cstring>

#include "otlp/encode.h"
#include "sdk/deliver/request.h"
#include "sdk/version.h"

namespace honeyhive::sdk {
namespace {

std::uint64_t span_id_of(const Record& record) noexcept {
  // Frame, trace id (tag, length, 16 bytes), then the span id's tag and length: fixed places.
  constexpr std::size_t at = otlp::record_frame_bytes + 18 + 2;
  std::uint64_t id = 0;
  std::memcpy(&id, record.bytes + at, sizeof id);
  return id;
}

bool is_complete(const Batch& batch) noexcept {
  return batch.spans() >= Batch::max_spans || !batch.alone_spans.empty();
}

const Route::Tracer::Constants& constants_of(const Route::Tracer& tracer, bool ahead) noexcept {
  return ahead ? tracer.constants_ahead : tracer.constants;
}

}  // namespace

Route::Route(Destination& destination, Endpoint endpoint, core::LogLimiter& log, Gzip& gzip)
    : collector_(destination),
      endpoint_(std::move(endpoint)),
      transport_(std::make_shared<const net::Transport>(endpoint_.transport)),
      log_(log),
      gzip_(gzip) {}

void Route::add_tracer(Tracer& tracer, bool has_session_start) {
  lineups_.push_back({.tracer = &tracer, .waits_for_session = has_session_start});
}

void Route::go_ahead(const Tracer& tracer) noexcept {
  if (Lineup* const lineup = find(tracer.index)) release_held(*lineup, true);
}

Route::Lineup* Route::find(std::uint32_t tracer_index) noexcept {
  const auto found = std::find_if(lineups_.begin(), lineups_.end(), [&](const Lineup& lineup) {
    return lineup.tracer->index == tracer_index;
  });
  return found == lineups_.end() ? nullptr : &*found;
}

// -- from the arena to batches

void Route::collect(SteadyTime now, std::uint64_t unix_ns, bool close_all) {
  unix_ns_ = unix_ns;
  is_pressed_ |= destination().pressed.exchange(false, std::memory_order_relaxed);
  let_spans_go_ahead(now);  // also of a session that began while the server was down
  for (Lineup& lineup : lineups_) {
    if (lineup.release) finish_release(lineup);
  }
  made_room_ |= collector_.collect(now, [&](const Record& record) {
    take(record, now);
    return true;
  });
  close_all = close_all || should_close_all();
  for (Lineup& lineup : lineups_) {
    if (!lineup.open) continue;
    if (close_all || lineup.open->due <= now || is_complete(*lineup.open)) close(lineup);
  }
}

// A batch that waits for more spans must not be what leaves them no room.
bool Route::should_close_all() const noexcept {
  if (is_pressed_ || destination().pages_held() > destination().page_limit()) return true;
  std::uint64_t bytes = 0;
  for (const Lineup& lineup : lineups_) bytes += lineup.open ? lineup.open->piece_bytes() : 0;
  return bytes > std::uint64_t{destination().page_limit()} * Arena::page_bytes / 4;
}

void Route::take(const Record& record, SteadyTime now) {
  Lineup* const lineup = find(record.header->tracer);
  if (lineup == nullptr || lineup->closed) {  // ended while its tracer closed
    if (lineup != nullptr && record.header->type == RecordType::span) {
      lineup->tracer->delivery.unsent.add();
      if ((record.header->flags & record_flag::alone) != 0) {
        lineup->tracer->note_answered(span_id_of(record));
      }
    }
    made_room_ |= collector_.settle(*record.chunk, 1);
    return;
  }
  switch (record.header->type) {
    case RecordType::span:
      return take_span(*lineup, record, now);
    case RecordType::session_start:
      return take_session_start(*lineup, record, now);
    case RecordType::event_update:
      made_room_ |= collector_.settle(*record.chunk, 1);
      return;
  }
}

// How long ago the record was finished, as far as the clocks agree.
std::chrono::nanoseconds Route::age_of(const Record& record) const noexcept {
  constexpr std::chrono::nanoseconds most = Batch::max_wait;
  const std::uint64_t end_ns = record.header->end_ns;
  if (unix_ns_ <= end_ns) return {};
  return std::min(most, std::chrono::nanoseconds(unix_ns_ - end_ns));
}

void Route::take_span(Lineup& lineup, const Record& record, SteadyTime now) {
  const auto type = record.header->flags & record_flag::event_type_mask;
  const std::string& constants =
      constants_of(*lineup.tracer, lineup.goes_ahead)[static_cast<std::size_t>(type)];
  const bool alone = (record.header->flags & record_flag::alone) != 0;
  const std::size_t bytes = record.header->bytes + constants.size();
  if (lineup.open && (alone || is_complete(*lineup.open) ||
                      lineup.open->piece_bytes() + bytes > Batch::max_bytes)) {
    close(lineup);
  }
  if (!lineup.open) {
    lineup.open = std::make_unique<Batch>(*lineup.tracer, Batch::Kind::spans);
    lineup.open->oldest = now;
    lineup.open->due = now + Batch::max_wait - age_of(record);
  }
  if (alone) lineup.open->alone_spans.reserve(1);
  lineup.open->add_span(record, constants);
  if (alone) lineup.open->alone_spans.push_back(span_id_of(record));
  // Complete or not, it is closed later: from here on the record is taken, and nothing may throw.
}

void Route::take_session_start(Lineup& lineup, const Record& record, SteadyTime now) {
  auto batch = std::make_unique<Batch>(*lineup.tracer, Batch::Kind::session_start);
  batch->oldest = now;
  batch->sequence = next_sequence_++;
  batch->add_body(record);
  batch->close({});
  ready_.push_front(std::move(batch));
}

void Route::close(Lineup& lineup) {
  Batches& line = lineup.waits_for_session ? lineup.held : ready_;
  Batch& batch = *lineup.open;
  batch.close(request_prefix(lineup.tracer->resource, batch.piece_bytes()));
  line.emplace_back();
  batch.sequence = next_sequence_++;
  line.back() = std::move(lineup.open);
}

void Route::release_held(Lineup& lineup, bool ahead) noexcept {
  lineup.release = ahead;
  try {
    finish_release(lineup);
  } catch (...) {  // without memory: when next is collected
  }
}

void Route::finish_release(Lineup& lineup) {
  const bool ahead = *lineup.release;
  if (ahead != lineup.goes_ahead) {
    const Tracer::Constants& before = constants_of(*lineup.tracer, lineup.goes_ahead);
    const Tracer::Constants& after = constants_of(*lineup.tracer, ahead);
    const auto change = [&](Batch& batch) {
      for (std::size_t type = 0; type < known_event_types; ++type) {
        batch.replace_constants(before[type], after[type]);
      }
    };
    if (lineup.open) change(*lineup.open);
    for (const auto& batch : lineup.held) {
      change(*batch);
      batch->close(request_prefix(lineup.tracer->resource, batch->piece_bytes()));
    }
  }
  lineup.release.reset();
  lineup.waits_for_session = false;
  lineup.goes_ahead = ahead;
  ready_.splice(ready_.end(), lineup.held);
}

// -- from batches to requests

SteadyTime Route::next_place() const noexcept {
  if (in_flight_.size() >= max_in_flight) return SteadyTime::max();
  const SteadyTime next = backoff_.next_attempt();
  if (in_flight_.size() < usual_in_flight) return next;
  return std::max(next, in_flight_.front()->sent + slow_answer);  // the oldest
}

// The oldest that may be sent. While the server fails, one that failed least: it may be a single
// batch that it fails at.
Route::Batches::iterator Route::next_batch(SteadyTime now) noexcept {
  const auto may_go = [&](const auto& batch) { return batch->next_attempt <= now; };
  auto best = std::find_if(ready_.begin(), ready_.end(), may_go);
  if (best == ready_.end() || !backoff_.is_failing()) return best;
  for (auto at = std::next(best); at != ready_.end(); ++at) {
    if (may_go(*at) && (*at)->failures < (*best)->failures) best = at;
  }
  return best;
}

Batch* Route::next(SteadyTime now) noexcept {
  if (next_place() > now) return nullptr;
  const auto found = next_batch(now);
  if (found == ready_.end()) return nullptr;
  in_flight_.splice(in_flight_.end(), ready_, found);
  in_flight_.back()->rewind();
  in_flight_.back()->sent = now;
  in_flight_.back()->attempt = backoff_.sent();
  return in_flight_.back().get();
}

net::HttpRequest Route::request(Batch& batch) {
  const bool is_spans = batch.kind == Batch::Kind::spans;
  const bool wants_gzip = batch.tracer.settings.compression.value == Compression::gzip;
  net::HttpRequest request;
  request.method = "POST";
  request.url = endpoint_.server + (is_spans ? "/opentelemetry/v1/traces" : "/session/start");
  request.headers = {
      std::string("Content-Type: ") + (is_spans ? "application/x-protobuf" : "application/json"),
      std::string("User-Agent: honeyhive-cpp/") + version,
      std::string("hh-client-version: ") + version,
      "hh-client-language: cpp",
      "hh-client-package: honeyhive-cpp",
  };
  if (!endpoint_.api_key.empty()) {
    request.headers.push_back("Authorization: Bearer " + endpoint_.api_key);
  }
  if (is_spans && wants_gzip && takes_gzip_ && batch.compress(gzip_)) {
    request.headers.emplace_back("Content-Encoding: gzip");
  }
  request.body = &batch;
  request.body_bytes = batch.sent_bytes();
  request.timeout = batch.tracer.settings.export_timeout.value;
  request.transport = transport_;
  return request;
}

// -- for the worker

bool Route::settled_before(std::uint64_t sequence) const noexcept {
  const auto open = [&](const auto& batch) { return batch->sequence < sequence; };
  return std::none_of(ready_.begin(), ready_.end(), open) &&
         std::none_of(in_flight_.begin(), in_flight_.end(), open) &&
         std::all_of(lineups_.begin(), lineups_.end(), [&](const Lineup& lineup) {
           return std::none_of(lineup.held.begin(), lineup.held.end(), open);
         });
}

bool Route::is_in_use() const noexcept {
  return std::any_of(lineups_.begin(), lineups_.end(),
                     [](const Lineup& lineup) { return !lineup.closed; });
}

bool Route::is_stuck(SteadyTime now) const noexcept {
  return backoff_.is_failing() || backoff_.next_attempt() > now ||
         (!in_flight_.empty() && now - in_flight_.front()->sent >= long_answer);
}

SteadyTime Route::next_deadline() const noexcept {
  SteadyTime next = collector_.next_take_back();
  for (const Lineup& lineup : lineups_) {
    if (lineup.open) next = std::min(next, lineup.open->due);
  }
  const SteadyTime place = next_place();
  for (const auto& batch : ready_) next = std::min(next, std::max(batch->next_attempt, place));
  return next;
}

}  // namespace honeyhive::sdk
