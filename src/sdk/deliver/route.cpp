#include "sdk/deliver/route.h"

#include <algorithm>
#include <cstring>

#include "otlp/encode.h"
#include "sdk/deliver/request.h"
#include "sdk/deliver/retry.h"
#include "sdk/version.h"

namespace honeyhive::sdk {
namespace {

constexpr int failures_before_spans_go_ahead = 2;
constexpr std::chrono::seconds longest_wait_for_start{2};

std::uint64_t span_id_of(const Record& record) noexcept {
  // Frame, trace id (tag, length, 16 bytes), then the span id's tag and length: fixed places.
  constexpr std::size_t at = otlp::record_frame_bytes + 18 + 2;
  std::uint64_t id = 0;
  std::memcpy(&id, record.bytes + at, sizeof id);
  return id;
}

// What is said about an outcome matters less than the outcome: without memory nothing is said.
template <typename Say>
void if_memory_allows(Say say) noexcept {
  try {
    say();
  } catch (...) {
  }
}

bool is_complete(const Batch& batch) noexcept {
  return batch.spans() >= Batch::max_spans || !batch.alone_spans.empty();
}

const Route::Tracer::Constants& constants_of(const Route::Tracer& tracer, bool ahead) noexcept {
  return ahead ? tracer.constants_ahead : tracer.constants;
}

std::string answer_text(const net::HttpAnswer& answer) {
  if (answer.status == 0) return answer.error.empty() ? "no answer" : answer.error;
  return "status " + std::to_string(answer.status);
}

}  // namespace

Route::Route(Destination& destination, Endpoint endpoint, core::LogLimiter& log)
    : collector_(destination), endpoint_(std::move(endpoint)), log_(log) {}

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
  for (Lineup& lineup : lineups_) {
    if (lineup.release) finish_release(lineup);
  }
  made_room_ |= collector_.collect(now, [&](const Record& record) {
    take(record, now);
    return true;
  });
  for (Lineup& lineup : lineups_) {
    if (!lineup.open) continue;
    if (close_all || lineup.open->due <= now || is_complete(*lineup.open)) close(lineup);
  }
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
  if_memory_allows([&] { finish_release(lineup); });  // else when next is collected
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
  if (in_flight_.size() < usual_in_flight) return SteadyTime::min();
  if (in_flight_.size() >= max_in_flight) return SteadyTime::max();
  return in_flight_.front()->sent + slow_answer;  // the oldest
}

Batch* Route::next(SteadyTime now) noexcept {
  if (next_place() > now) return nullptr;
  const auto found = std::find_if(ready_.begin(), ready_.end(),
                                  [&](const auto& batch) { return batch->next_attempt <= now; });
  if (found == ready_.end()) return nullptr;
  in_flight_.splice(in_flight_.end(), ready_, found);
  in_flight_.back()->rewind();
  in_flight_.back()->sent = now;
  return in_flight_.back().get();
}

net::HttpRequest Route::request(Batch& batch) const {
  const bool is_spans = batch.kind == Batch::Kind::spans;
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
  request.body = &batch;
  request.body_bytes = batch.body_bytes();
  request.timeout = batch.tracer.settings.export_timeout.value;
  return request;
}

void Route::answered(Batch& batch, const net::HttpAnswer& answer, SteadyTime now,
                     double random) noexcept {
  const auto found = std::find_if(in_flight_.begin(), in_flight_.end(),
                                  [&](const auto& sent) { return sent.get() == &batch; });
  if (found == in_flight_.end()) return;
  Lineup* const lineup = find(batch.tracer.index);
  const bool is_start = batch.kind == Batch::Kind::session_start;
  if (answer.status == 500) ++batch.server_errors;
  const Verdict verdict = judge(answer.status, batch.server_errors);
  if (verdict == Verdict::delivered) {
    if (is_start && lineup != nullptr) release_held(*lineup, false);
    deliver(batch, answer);
    in_flight_.erase(found);
    return;
  }
  if_memory_allows(
      [&] { batch.tracer.set_last_error(endpoint_.server + ": " + answer_text(answer)); });
  const bool is_closed = lineup == nullptr || lineup->closed;
  if (is_closed || verdict == Verdict::refused) {
    if (is_start && !is_closed) release_held(*lineup, true);
    is_closed ? drop(batch, batch.tracer.delivery.unsent) : refuse(batch, answer);
    in_flight_.erase(found);
    return;
  }
  ++batch.failures;
  batch.tracer.delivery.retried.add();
  if_memory_allows([&] {
    say(batch.tracer, "unreachable",
        endpoint_.server + " does not take spans (" + answer_text(answer) +
            "); they are kept and sent again");
  });
  batch.next_attempt = now + retry_delay(batch.failures, answer.retry_after, random);
  const bool is_late = batch.failures >= failures_before_spans_go_ahead ||
                       batch.next_attempt - now > longest_wait_for_start;
  if (is_start && is_late && lineup->waits_for_session) {
    release_held(*lineup, true);
  }
  keep(found);
}

// To be sent again: by age, so that room is made from the oldest on.
void Route::keep(Batches::iterator sent) noexcept {
  const auto place = std::find_if(ready_.begin(), ready_.end(), [&](const auto& other) {
    return other->sequence > (*sent)->sequence;
  });
  ready_.splice(place, in_flight_, sent);
}

void Route::deliver(Batch& batch, const net::HttpAnswer& answer) noexcept {
  Tracer& tracer = batch.tracer;
  std::uint64_t rejected = 0;
  if (batch.kind == Batch::Kind::spans) {
    const PartialSuccess partial = read_partial_success(answer.body);
    rejected = std::min<std::uint64_t>(partial.rejected_spans, batch.spans());
    if (rejected > 0) {
      if_memory_allows([&] {
        const std::string text = "rejected by the server: " + readable_message(partial.message);
        tracer.set_last_error(text);
        say(tracer, "rejected", std::to_string(rejected) + " spans " + text);
      });
    }
    tracer.delivery.sent.add(batch.spans() - rejected);
    tracer.delivery.refused.add(rejected);
  }
  tracer.delivery.bytes_sent.add(batch.body_bytes());
  if (tracer.settings.verbose.value) {
    if_memory_allows([&] {
      core::log_line(core::LogLevel::info,
                     batch.kind == Batch::Kind::session_start
                         ? "session " + tracer.session_id + " started"
                         : "sent " + std::to_string(batch.spans()) + " spans, " +
                               std::to_string(batch.body_bytes()) + " bytes");
    });
  }
  finish(batch);
}

void Route::refuse(Batch& batch, const net::HttpAnswer& answer) noexcept {
  if_memory_allows([&] {
    say(batch.tracer, "refused",
        endpoint_.server + " refused " +
            (batch.kind == Batch::Kind::spans ? std::to_string(batch.spans()) + " spans"
                                              : std::string("a session")) +
            " (" + answer_text(answer) + "); check the URL and the API key");
  });
  drop(batch, batch.tracer.delivery.refused);
}

void Route::drop(Batch& batch, Counter& counter) noexcept {
  counter.add(batch.spans());
  finish(batch);
}

void Route::finish(Batch& batch) noexcept {
  made_room_ |= batch.settle(collector_);
  for (const std::uint64_t span_id : batch.alone_spans) batch.tracer.note_answered(span_id);
}

// -- when things go wrong

void Route::relieve(SteadyTime now) noexcept {
  const bool pressed = destination().pressed.exchange(false, std::memory_order_relaxed);
  bool relieved = false;
  for (auto at = ready_.begin(); at != ready_.end();) {
    Batch& batch = **at;
    const bool is_expired = now - batch.oldest >= max_age;
    const bool makes_room = pressed && !relieved && batch.failures > 0 && batch.spans() > 0;
    if (!is_expired && !makes_room) {
      ++at;
      continue;
    }
    relieved |= makes_room;
    drop(batch, is_expired ? batch.tracer.delivery.expired : batch.tracer.delivery.buffer_full);
    at = ready_.erase(at);
  }
}

void Route::drop_tracer(Tracer& tracer) noexcept {
  Lineup* const lineup = find(tracer.index);
  if (lineup == nullptr) return;
  if (lineup->open) drop(*lineup->open, tracer.delivery.unsent);
  for (auto& batch : lineup->held) drop(*batch, tracer.delivery.unsent);
  std::erase_if(ready_, [&](const std::unique_ptr<Batch>& batch) {
    if (&batch->tracer != &tracer) return false;
    drop(*batch, tracer.delivery.unsent);
    return true;
  });
  lineup->open.reset();
  lineup->held.clear();
  lineup->closed = true;
}

void Route::end_waits(const Tracer& tracer) noexcept {
  for (const auto& batch : ready_) {
    if (&batch->tracer == &tracer) batch->next_attempt = {};
  }
}

bool Route::forget_tracer(const Tracer& tracer) noexcept {
  const bool is_sending = std::any_of(in_flight_.begin(), in_flight_.end(),
                                      [&](const auto& batch) { return &batch->tracer == &tracer; });
  if (is_sending) return false;
  std::erase_if(lineups_, [&](const Lineup& gone) { return gone.tracer == &tracer; });
  return true;
}

void Route::say(Tracer& tracer, const char* cause, const std::string& text) {
  std::uint64_t suppressed = 0;
  const std::string key = std::string(cause) + std::to_string(tracer.index);
  if (!log_.allow(key, core::LogLimiter::Clock::now(), suppressed)) return;
  core::log_line(core::LogLevel::warning,
                 suppressed == 0
                     ? text
                     : text + " (said " + std::to_string(suppressed + 1) + " times in a minute)");
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
