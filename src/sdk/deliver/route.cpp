#include "sdk/deliver/route.h"

#include <algorithm>

#include "sdk/deliver/request.h"
#include "sdk/record/entropy.h"

namespace honeyhive::sdk {
namespace {

bool is_complete(const Batch& batch) noexcept {
  return batch.spans() >= Batch::max_spans || !batch.alone_spans.empty();
}

// What follows a span of the session; stays where it is until the span is settled.
std::string_view constants_of(const Route::Tracer& tracer, const Gate& gate, std::size_t type) {
  const bool ahead = gate.passage == Gate::Passage::ahead;
  if (gate.session != nullptr) return gate.session->constants(type, ahead);
  return (ahead ? tracer.constants_ahead : tracer.constants)[type];
}

}  // namespace

Route::Route(Destination& destination, Endpoint endpoint, core::LogLimiter& log, Gzip& gzip)
    : collector_(destination),
      endpoint_(std::move(endpoint)),
      transport_(std::make_shared<const net::Transport>(endpoint_.transport)),
      log_(log),
      gzip_(gzip),
      record_ids_{random_uuid().text()} {}

void Route::add_tracer(Tracer& tracer, bool has_session_start) {
  Gate& gate = lineups_.emplace_back(Lineup{.tracer = &tracer}).gate;
  gate.tracer = &tracer;
  gate.passage = has_session_start ? Passage::closed : Passage::open;
  gate.awaits_start = has_session_start;
}

void Route::go_ahead(const Tracer& tracer) noexcept {
  if (Lineup* const lineup = find(tracer.index)) gates_.settle(lineup->gate, Passage::ahead);
}

Route::Lineup* Route::find(std::uint32_t tracer_index) noexcept {
  const auto found = std::find_if(lineups_.begin(), lineups_.end(), [&](const Lineup& lineup) {
    return lineup.tracer->index == tracer_index;
  });
  return found == lineups_.end() ? nullptr : &*found;
}

// -- from the arena to requests

void Route::collect(SteadyTime now, std::uint64_t unix_ns, std::uint64_t close_before) {
  unix_ns_ = unix_ns;
  is_pressed_ |= destination().pressed.exchange(false, std::memory_order_relaxed);
  made_room_ |= collector_.collect(now, [&](const Record& record) {
    take(record, now);
    ++next_sequence_;
    return true;
  });
  let_spans_go_ahead(now);  // also of a session that began while the server was down
  take_released();
  if (should_close_all()) close_before = close_all;
  for (Lineup& lineup : lineups_) {
    if (!lineup.open) continue;
    const Batch& open = *lineup.open;
    if (open.sequence < close_before || open.due() <= now || is_complete(open)) close(lineup);
  }
}

// A batch that waits for more spans must not be what leaves them no room.
bool Route::should_close_all() const noexcept {
  if (is_pressed_ || destination().pages_held() > destination().page_limit()) return true;
  std::uint64_t bytes = 0;
  for (const Lineup& lineup : lineups_) bytes += lineup.open ? lineup.open->piece_bytes() : 0;
  return bytes > std::uint64_t{destination().page_limit()} * Arena::page_bytes / 4;
}

// No more than half of the buffer is for spans that could be sent.
bool Route::is_under_pressure() const noexcept {
  return is_pressed_ || destination().pages_held() > destination().page_limit() / 2;
}

// Spans that would wait for long: no start of a session will succeed soon, tried or not.
void Route::let_spans_go_ahead(SteadyTime now) noexcept {
  const bool is_down =
      backoff_.failures() >= Gates::most_failures || backoff_.wait_after(now) > Gates::longest_wait;
  gates_.let_go_ahead(now, is_down || is_under_pressure());
}

void Route::take(const Record& record, SteadyTime now) {
  Lineup* const lineup = find(record.header->tracer);
  if (lineup == nullptr || lineup->closed) {  // ended while its tracer closed
    made_room_ |= discard(record, Loss::unsent);
    return;
  }
  Session* const session = session_at(record.header->session);
  Gate& gate = session != nullptr ? session->gate : lineup->gate;
  if (session != nullptr && gate.awaits_start &&
      session->start_is_lost.load(std::memory_order_acquire)) {
    gates_.settle(gate, Passage::ahead);
  }
  const Held held{record, now - age_of(record), next_sequence_};
  switch (record.header->type) {
    case RecordType::span:
      return gate.holds_spans() ? gates_.hold(gate, gate.spans, held, now)
                                : add_span(*lineup, gate, held);
    case RecordType::session_start:
      return add_start(gate, held, now);
    case RecordType::event_update:
      return take_update(*lineup, held, session, now);
  }
}

// How long ago the record was finished, as far as the clocks agree.
std::chrono::nanoseconds Route::age_of(const Record& record) const noexcept {
  constexpr std::chrono::nanoseconds most = Batch::max_wait;
  const std::uint64_t end_ns = record.header->end_ns;
  if (unix_ns_ <= end_ns) return {};
  return std::min(most, std::chrono::nanoseconds(unix_ns_ - end_ns));
}

void Route::take_update(Lineup& lineup, const Held& held, Session* session, SteadyTime now) {
  const std::string_view event_id = event_id_of(held.record);
  if (event_id.empty()) {  // malformed
    made_room_ |= discard(held.record, Loss::refused);
    return;
  }
  Gate* gate = nullptr;  // of what is no session of ours
  if (session != nullptr) {
    gate = &session->gate;
  } else if (event_id == lineup.tracer->session_id) {
    gate = &lineup.gate;
  }
  if (gate != nullptr && gate->holds_updates()) {
    gates_.hold(*gate, gate->updates, held, now);
  } else {
    add_update(*lineup.tracer, session, held);
  }
}

// Also what was held, when it is released.
void Route::add_span(Lineup& lineup, Gate& gate, const Held& held) {
  const Record& record = held.record;
  const auto type = static_cast<std::size_t>(record.header->flags & record_flag::event_type_mask);
  const std::string_view constants = constants_of(*lineup.tracer, gate, type);
  const bool alone = (record.header->flags & record_flag::alone) != 0;
  const std::size_t bytes = record.header->bytes + constants.size();
  if (lineup.open && (alone || is_complete(*lineup.open) ||
                      lineup.open->piece_bytes() + bytes > Batch::max_bytes)) {
    close(lineup);
  }
  if (!lineup.open) {
    lineup.open = std::make_unique<Batch>(*lineup.tracer);
    lineup.open->oldest = held.since;
    lineup.open->sequence = held.sequence;
  }
  Batch& open = *lineup.open;
  if (alone) open.alone_spans.reserve(1);
  open.add_span(record, constants, gate.session);
  if (alone) open.alone_spans.push_back(span_id_of(record));
  open.oldest = std::min(open.oldest, held.since);
  open.sequence = std::min(open.sequence, held.sequence);
  // Complete or not, it is closed later: from here on the record is taken, and nothing may throw.
}

void Route::add_start(Gate& gate, const Held& held, SteadyTime now) {
  Line::Requests made;
  auto call = std::make_unique<Call>(*gate.tracer, Kind::session_start, held.record, gate.session);
  call->oldest = held.since;
  call->sequence = held.sequence;
  call->number = record_ids_.next;
  made.push_back(std::move(call));
  ++record_ids_.next;
  if (gate.passage == Passage::closed) gates_.list(gate, now);
  gate.has_start = true;
  // Every span may belong to a tracer's own session.
  calls_.ready.splice(gate.session == nullptr ? calls_.ready.begin() : calls_.ready.end(), made);
}

void Route::add_update(Tracer& tracer, Session* session, const Held& held) {
  Line::Requests made;
  auto call = std::make_unique<Call>(tracer, Kind::event_update, held.record, session);
  call->oldest = held.since;
  call->sequence = held.sequence;
  call->number = record_ids_.next;
  Call& update = *call;
  made.push_back(std::move(call));
  rows_.add(update);
  ++record_ids_.next;
  calls_.ready.splice(calls_.ready.end(), made);
}

// What was held and waits no more.
void Route::take_released() {
  gates_.each([&](Gate& gate) {
    if (!gate.spans.empty() && gate.passage != Passage::closed) {
      Lineup& lineup = *find(gate.tracer->index);  // while it is there: see `drop_tracer`
      take_held(gate.spans, [&](const Held& held) { add_span(lineup, gate, held); });
    }
    if (!gate.updates.empty() && !gate.awaits_start) {
      take_held(gate.updates,
                [&](const Held& held) { add_update(*gate.tracer, gate.session, held); });
    }
    gates_.unlist_if_idle(gate);
  });
}

void Route::close(Lineup& lineup) {
  Batch& batch = *lineup.open;
  batch.close(request_prefix(lineup.tracer->resource, batch.piece_bytes()));
  batches_.ready.emplace_back();
  batches_.ready.back() = std::move(lineup.open);
}

// -- to the server

Line& Route::line_of(const PendingRequest& request) noexcept {
  return request.kind == Kind::spans ? batches_ : calls_;
}

// Calls first: spans wait for them. While the server fails, what failed least.
PendingRequest* Route::next(SteadyTime now) noexcept {
  const auto call = calls_.next(now, backoff_);
  const auto batch = batches_.next(now, backoff_);
  const bool has_call = call != calls_.ready.end(), has_batch = batch != batches_.ready.end();
  if (!has_call && !has_batch) return nullptr;
  const bool prefers_batch =
      has_call && has_batch && backoff_.is_failing() && (*batch)->failures < (*call)->failures;
  if (!has_call || prefers_batch) return &batches_.send(batch, now, backoff_);
  return &calls_.send(call, now, backoff_);
}

net::HttpRequest Route::request(PendingRequest& pending) {
  const bool wants_gzip = pending.tracer.settings.compression.value == Compression::gzip;
  const bool is_gzip = pending.kind == Kind::spans && wants_gzip && takes_gzip_ &&
                       static_cast<Batch&>(pending).compress(gzip_);
  net::HttpRequest request = http_request(endpoint_, pending);
  if (is_gzip) request.headers.emplace_back("Content-Encoding: gzip");
  if (pending.kind != Kind::spans) {
    const auto number = std::to_string(static_cast<Call&>(pending).number);
    request.headers.push_back("hh-record-id: " + record_ids_.instance + "-" + number);
  }
  request.transport = transport_;
  return request;
}

// -- for the worker

bool Route::settled_before(std::uint64_t sequence) const noexcept {
  return batches_.settled_before(sequence) && calls_.settled_before(sequence) &&
         gates_.settled_before(sequence) &&
         std::none_of(lineups_.begin(), lineups_.end(), [&](const Lineup& lineup) {
           return lineup.open && lineup.open->sequence < sequence;
         });
}

bool Route::is_in_use() const noexcept {
  return std::any_of(lineups_.begin(), lineups_.end(),
                     [](const Lineup& lineup) { return !lineup.closed; });
}

bool Route::is_stuck(SteadyTime now) const noexcept {
  return backoff_.is_failing() || backoff_.next_attempt() > now || batches_.waits_long(now) ||
         calls_.waits_long(now);
}

SteadyTime Route::next_deadline() const noexcept {
  SteadyTime next = std::min(collector_.next_take_back(), gates_.next_deadline());
  for (const Lineup& lineup : lineups_) {
    if (lineup.open) next = std::min(next, lineup.open->due());
  }
  return std::min({next, batches_.next_deadline(backoff_), calls_.next_deadline(backoff_)});
}

}  // namespace honeyhive::sdk
