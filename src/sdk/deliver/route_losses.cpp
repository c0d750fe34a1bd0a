// Route: what cannot be sent, and the end of a tracer.

#include <algorithm>

#include "sdk/deliver/route.h"

namespace honeyhive::sdk {
namespace {

// A gate is a part of its session, and its last record may be what keeps that alive.
class KeptAlive {
 public:
  explicit KeptAlive(const Gate& gate) noexcept : session_(gate.session) {
    if (session_ != nullptr) retain_session(*session_);
  }
  ~KeptAlive() {
    if (session_ != nullptr) release_session(*session_);
  }
  KeptAlive(const KeptAlive&) = delete;
  KeptAlive& operator=(const KeptAlive&) = delete;

 private:
  Session* const session_;
};

const char* text_of_loss(bool is_full) noexcept {
  return is_full ? "the buffer was full, and a session's start or update was dropped"
                 : "a session's start or update was not sent within an hour";
}

Counter& counter_of(Route::Tracer& tracer, Loss loss) noexcept {
  switch (loss) {
    case Loss::refused:
      return tracer.delivery.refused;
    case Loss::expired:
      return tracer.delivery.expired;
    case Loss::buffer_full:
      return tracer.delivery.buffer_full;
    case Loss::unsent:
      break;
  }
  return tracer.delivery.unsent;
}

}  // namespace

// The server's answer, if there was one, has been noted as the last error already.
void Route::count_call(Tracer& tracer, Loss loss) noexcept {
  tracer.delivery.calls_dropped.add();
  if (loss != Loss::buffer_full && loss != Loss::expired) return;
  try {
    tracer.set_last_error(text_of_loss(loss == Loss::buffer_full));
  } catch (...) {  // without memory nothing is said
  }
}

// True if that made room, here and below.
bool Route::drop(PendingRequest& request, Loss loss) noexcept {
  if (request.kind == Kind::spans) {
    counter_of(request.tracer, loss).add(request.spans());
  } else {
    count_call(request.tracer, loss);
  }
  if (request.kind == Kind::session_start) {
    settle_start(static_cast<const Call&>(request), Passage::ahead);
  }
  return finish(request);
}

// A record that is in no request.
bool Route::discard(const Record& record, Loss loss) noexcept {
  const RecordHeader& header = *record.header;
  Session* const session = session_at(header.session);
  if (Lineup* const lineup = find(header.tracer)) {
    if (header.type == RecordType::span) {
      counter_of(*lineup->tracer, loss).add();
      if ((header.flags & record_flag::alone) != 0) {
        lineup->tracer->note_answered(span_id_of(record));
      }
    } else {
      count_call(*lineup->tracer, loss);
    }
  }
  if (session != nullptr && header.type == RecordType::session_start) {
    gates_.settle(session->gate, Passage::ahead);
    settle_session(*session, Session::Outcome::refused);
  }
  const bool gave_back = collector_.settle(*record.chunk, 1);
  if (session != nullptr) release_session(*session);
  return gave_back;
}

// The first `count` of those that wait at a gate.
bool Route::drop_held(Gate& gate, std::vector<Held>& held, std::size_t count, Loss loss) noexcept {
  const KeptAlive kept(gate);
  bool gave_back = false;
  for (std::size_t i = 0; i < count; ++i) gave_back |= discard(held[i].record, loss);
  held.erase(held.begin(), held.begin() + static_cast<std::ptrdiff_t>(count));
  gates_.unlist_if_idle(gate);
  made_room_ |= gave_back;
  return gave_back;
}

void Route::relieve(SteadyTime now) noexcept {
  relieve(batches_, now);
  relieve(calls_, now);
  gates_.each([&](Gate& gate) {
    const KeptAlive kept(gate);
    relieve(gate, gate.spans, now);
    relieve(gate, gate.updates, now);
  });
  is_pressed_ = false;
}

bool Route::must_make_room() const noexcept {
  return is_pressed_ || destination().pages_held() > destination().page_limit();
}

// Calls are small: they go until there is room. The start of a tracer's own session stays.
void Route::relieve(Line& line, SteadyTime now) noexcept {
  const bool stuck = is_stuck(now);
  for (auto at = line.ready.begin(); at != line.ready.end();) {
    PendingRequest& request = **at;
    const bool is_spans = request.kind == Kind::spans;
    const bool may_be_dropped =
        request.kind != Kind::session_start || static_cast<const Call&>(request).session != nullptr;
    const bool is_expired = now - request.oldest >= max_age;
    const bool makes_room = must_make_room() && (stuck || request.failures > 0) && may_be_dropped;
    if (!is_expired && !makes_room) {
      ++at;
      continue;
    }
    const bool gave_back = drop(request, is_expired ? Loss::expired : Loss::buffer_full);
    is_pressed_ &= !(makes_room && (is_spans || gave_back));
    at = line.ready.erase(at);
  }
}

void Route::relieve(Gate& gate, std::vector<Held>& held, SteadyTime now) noexcept {
  const auto is_young = [&](const Held& one) { return now - one.since < max_age; };
  const auto young = std::find_if(held.begin(), held.end(), is_young);
  drop_held(gate, held, static_cast<std::size_t>(young - held.begin()), Loss::expired);
  while (!held.empty() && must_make_room() && is_stuck(now)) {
    is_pressed_ &= !drop_held(gate, held, 1, Loss::buffer_full);
  }
}

void Route::drop_tracer(Tracer& tracer) noexcept {
  Lineup* const lineup = find(tracer.index);
  if (lineup == nullptr) return;
  if (lineup->open) drop(*lineup->open, Loss::unsent);
  lineup->open.reset();
  gates_.each([&](Gate& gate) {
    if (gate.tracer != &tracer) return;
    const KeptAlive kept(gate);
    drop_held(gate, gate.spans, gate.spans.size(), Loss::unsent);
    drop_held(gate, gate.updates, gate.updates.size(), Loss::unsent);
  });
  for (Line* const line : {&batches_, &calls_}) {
    std::erase_if(line->ready, [&](const std::unique_ptr<PendingRequest>& request) {
      if (&request->tracer != &tracer) return false;
      drop(*request, Loss::unsent);
      return true;
    });
  }
  lineup->closed = true;
}

void Route::end_waits(const Tracer& tracer) noexcept {
  for (Line* const line : {&batches_, &calls_}) {
    for (const auto& request : line->ready) {
      if (&request->tracer == &tracer) request->next_attempt = {};
    }
  }
  backoff_.end_wait();
}

bool Route::forget_tracer(const Tracer& tracer) noexcept {
  const auto is_sending = [&](const Line& line) {
    return std::any_of(line.in_flight.begin(), line.in_flight.end(),
                       [&](const auto& request) { return &request->tracer == &tracer; });
  };
  if (is_sending(batches_) || is_sending(calls_)) return false;
  Lineup* const its = find(tracer.index);
  // Its close may have failed, without memory.
  if (its != nullptr && its->tracer == &tracer && !its->closed) drop_tracer(*its->tracer);
  std::erase_if(lineups_, [&](const Lineup& gone) { return gone.tracer == &tracer; });
  return true;
}

}  // namespace honeyhive::sdk
