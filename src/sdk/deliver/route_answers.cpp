// Route: what becomes of the answers, and of what cannot be sent.

#include <algorithm>

#include "sdk/deliver/request.h"
#include "sdk/deliver/retry.h"
#include "sdk/deliver/route.h"

namespace honeyhive::sdk {
namespace {

constexpr int failures_before_spans_go_ahead = 2;
constexpr std::chrono::seconds longest_wait_for_start{2};

// What is said about an outcome matters less than the outcome: without memory nothing is said.
template <typename Say>
void if_memory_allows(Say say) noexcept {
  try {
    say();
  } catch (...) {
  }
}

// 0 also for a page that came instead of an answer: nothing was stored.
int status_of(const net::HttpAnswer& answer) noexcept {
  return answer.status / 100 == 2 && is_page(answer.body) ? 0 : answer.status;
}

std::string answer_text(const net::HttpAnswer& answer) {
  if (answer.status == 0) return answer.error.empty() ? "no answer" : answer.error;
  const std::string status = "status " + std::to_string(answer.status);
  return status_of(answer) == 0 ? "a web page with " + status : status;
}

}  // namespace

void Route::answered(Batch& batch, const net::HttpAnswer& answer, SteadyTime now,
                     double random) noexcept {
  const auto found = std::find_if(in_flight_.begin(), in_flight_.end(),
                                  [&](const auto& sent) { return sent.get() == &batch; });
  if (found == in_flight_.end()) return;
  Lineup* const lineup = find(batch.tracer.index);
  const bool is_start = batch.kind == Batch::Kind::session_start;
  if (answer.status == 500) ++batch.server_errors;
  const Verdict verdict = judge(status_of(answer), batch.server_errors);
  const bool was_compressed = batch.end_compression(gzip_);
  note_outcome(batch, answer, verdict, now, random);
  if (verdict == Verdict::delivered) {
    has_taken_gzip_ |= was_compressed;
    if (is_start && lineup != nullptr) release_held(*lineup, false);
    deliver(batch, answer);
    in_flight_.erase(found);
    return;
  }
  const bool is_closed = lineup == nullptr || lineup->closed;
  if (!is_closed) {  // else it may have been cut off, and says nothing about the server
    if_memory_allows(
        [&] { batch.tracer.set_last_error(endpoint_.server + ": " + answer_text(answer)); });
  }
  if (!is_closed && was_compressed && is_about_gzip(answer.status)) {
    return stop_compressing(found, answer);
  }
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
  if (is_start && lineup->waits_for_session && batch.failures >= failures_before_spans_go_ahead) {
    release_held(*lineup, true);
  }
  keep(found, answer, now, random);
}

// What the answer says about the server.
void Route::note_outcome(const Batch& batch, const net::HttpAnswer& answer, Verdict verdict,
                         SteadyTime now, double random) noexcept {
  if (verdict != Verdict::retry && answer.status != 500) return backoff_.answered(batch.attempt);
  backoff_.failed(batch.attempt, answer.retry_after, now, random);
  let_spans_go_ahead(now);
}

// Spans that would wait for long: no start of a session will succeed soon, tried or not.
void Route::let_spans_go_ahead(SteadyTime now) noexcept {
  if (backoff_.failures() < failures_before_spans_go_ahead &&
      backoff_.wait_after(now) <= longest_wait_for_start) {
    return;
  }
  for (Lineup& lineup : lineups_) {
    if (lineup.waits_for_session && !lineup.closed) release_held(lineup, true);
  }
}

// To be sent again: by age, so that room is made from the oldest on. What fails again and again
// while the server answers others waits by itself.
void Route::keep(Batches::iterator sent, const net::HttpAnswer& answer, SteadyTime now,
                 double random) noexcept {
  Batch& batch = **sent;
  if (!batch.attempt.is_probe && ++batch.failures_alone > 1) {
    batch.next_attempt = now + retry_delay(batch.failures_alone, answer.retry_after, random);
  }
  put_back(sent);
}

void Route::put_back(Batches::iterator sent) noexcept {
  const auto place = std::find_if(ready_.begin(), ready_.end(), [&](const auto& other) {
    return other->sequence > (*sent)->sequence;
  });
  ready_.splice(place, in_flight_, sent);
}

// 400 says it only as long as no compressed body was taken: later it is about a span.
bool Route::is_about_gzip(int status) const noexcept {
  return status == 415 || (status == 400 && !has_taken_gzip_);
}

void Route::stop_compressing(Batches::iterator sent, const net::HttpAnswer& answer) noexcept {
  (*sent)->tracer.delivery.retried.add();
  put_back(sent);
  if (!std::exchange(takes_gzip_, false)) return;  // others were on their way
  if_memory_allows([&] {
    core::log_line(core::LogLevel::warning, endpoint_.server + " does not take gzip (" +
                                                answer_text(answer) +
                                                "); spans are sent uncompressed from now on");
  });
}

void Route::deliver(Batch& batch, const net::HttpAnswer& answer) noexcept {
  destination().note_answer();
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
      core::log_line(core::LogLevel::info, batch.kind == Batch::Kind::session_start
                                               ? "session " + tracer.session_id + " started"
                                               : "sent " + std::to_string(batch.spans()) +
                                                     " spans, " +
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
  relieve(ready_, now);
  for (Lineup& lineup : lineups_) relieve(lineup.held, now);
  is_pressed_ = false;
}

void Route::relieve(Batches& line, SteadyTime now) noexcept {
  const bool stuck = is_stuck(now);
  for (auto at = line.begin(); at != line.end();) {
    Batch& batch = **at;
    const bool is_expired = now - batch.oldest >= max_age;
    const bool is_over = destination().pages_held() > destination().page_limit();
    const bool makes_room =
        (is_pressed_ || is_over) && (stuck || batch.failures > 0) && batch.spans() > 0;
    if (!is_expired && !makes_room) {
      ++at;
      continue;
    }
    is_pressed_ &= !makes_room;
    drop(batch, is_expired ? batch.tracer.delivery.expired : batch.tracer.delivery.buffer_full);
    at = line.erase(at);
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
  backoff_.end_wait();
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

}  // namespace honeyhive::sdk
