// Route: what becomes of the answers.

#include <algorithm>

#include "sdk/deliver/request.h"
#include "sdk/deliver/retry.h"
#include "sdk/deliver/route.h"

namespace honeyhive::sdk {
namespace {

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

// What a call is about, as a line of ours may say it.
std::string subject_of(const PendingRequest& request) {
  const auto& call = static_cast<const Call&>(request);
  if (call.kind == PendingRequest::Kind::event_update) return readable_message(call.event_id());
  return readable_message(call.session != nullptr ? call.session->text.id : call.tracer.session_id);
}

std::string delivered_text(const PendingRequest& request) {
  switch (request.kind) {
    case PendingRequest::Kind::spans:
      return "sent " + std::to_string(request.spans()) + " spans, " +
             std::to_string(request.body_bytes()) + " bytes";
    case PendingRequest::Kind::session_start:
      return "session " + subject_of(request) + " started";
    case PendingRequest::Kind::event_update:
      return "updated " + subject_of(request);
  }
  return {};
}

std::string refused_text(const PendingRequest& request) {
  switch (request.kind) {
    case PendingRequest::Kind::spans:
      return std::to_string(request.spans()) + " spans";
    case PendingRequest::Kind::session_start:
      return "a session";
    case PendingRequest::Kind::event_update:
      return "an update of " + subject_of(request);
  }
  return {};
}

// The server may have its own idea of what the session is called. Without memory to read it the
// session keeps the id it has.
void note_given_id(Session& session, const net::HttpAnswer& answer) noexcept {
  if_memory_allows([&] {
    std::string given = given_session_id(answer.body);
    if (!given.empty() && given != session.text.id) session.rename(std::move(given));
  });
}

// 400 says it only as long as no compressed body was taken: later it is about a span.
bool is_about_gzip(int status, bool has_taken_gzip) noexcept {
  return status == 415 || (status == 400 && !has_taken_gzip);
}

}  // namespace

void Route::answered(PendingRequest& request, const net::HttpAnswer& answer, SteadyTime now,
                     double random) noexcept {
  Line& line = line_of(request);
  const auto found = line.find(request);
  if (found == line.in_flight.end()) return;
  const Lineup* const lineup = find(request.tracer.index);
  if (answer.status == 500) ++request.server_errors;
  const Verdict verdict = judge(status_of(answer), request.server_errors);
  const bool was_compressed =
      request.kind == Kind::spans && static_cast<Batch&>(request).end_compression(gzip_);
  note_outcome(request, answer, verdict, now, random);
  if (verdict == Verdict::delivered) {
    has_taken_gzip_ |= was_compressed;
    deliver(request, answer);
    line.in_flight.erase(found);
    return;
  }
  const bool is_closed = lineup == nullptr || lineup->closed;
  if (!is_closed) {  // else it may have been cut off, and says nothing about the server
    if_memory_allows(
        [&] { request.tracer.set_last_error(endpoint_.server + ": " + answer_text(answer)); });
  }
  if (!is_closed && was_compressed && is_about_gzip(answer.status, has_taken_gzip_)) {
    stop_compressing(request, answer);
    return line.put_back(found);
  }
  if (is_closed || verdict == Verdict::refused) {
    is_closed ? static_cast<void>(drop(request, Loss::unsent)) : refuse(request, answer);
    line.in_flight.erase(found);
    return;
  }
  ++request.failures;
  request.tracer.delivery.retried.add();
  if_memory_allows([&] {
    say(request.tracer, "unreachable",
        endpoint_.server + " does not take spans (" + answer_text(answer) +
            "); they are kept and sent again");
  });
  if (request.kind == Kind::session_start && request.failures >= Gates::most_failures) {
    gates_.go_ahead(*gate_of(static_cast<Call&>(request)));
  }
  keep(line, found, answer, now, random);
}

// What the answer says about the server.
void Route::note_outcome(const PendingRequest& request, const net::HttpAnswer& answer,
                         Verdict verdict, SteadyTime now, double random) noexcept {
  if (verdict != Verdict::retry && answer.status != 500) return backoff_.answered(request.attempt);
  backoff_.failed(request.attempt, answer.retry_after, now, random);
  let_spans_go_ahead(now);
}

// To be sent again: by age, so that room is made from the oldest on. What fails again and again
// while the server answers others waits by itself.
void Route::keep(Line& line, Line::Requests::iterator sent, const net::HttpAnswer& answer,
                 SteadyTime now, double random) noexcept {
  PendingRequest& request = **sent;
  if (!request.attempt.is_probe && ++request.failures_alone > 1) {
    request.next_attempt = now + retry_delay(request.failures_alone, answer.retry_after, random);
  }
  line.put_back(sent);
}

void Route::stop_compressing(const PendingRequest& sent, const net::HttpAnswer& answer) noexcept {
  sent.tracer.delivery.retried.add();
  if (!std::exchange(takes_gzip_, false)) return;  // others were on their way
  if_memory_allows([&] {
    core::log_line(core::LogLevel::warning, endpoint_.server + " does not take gzip (" +
                                                answer_text(answer) +
                                                "); spans are sent uncompressed from now on");
  });
}

// Null for a tracer's own session when the tracer is gone.
Gate* Route::gate_of(const Call& start) noexcept {
  if (start.session != nullptr) return &start.session->gate;
  Lineup* const lineup = find(start.tracer.index);
  return lineup != nullptr ? &lineup->gate : nullptr;
}

// By an answer, or because it will not be sent.
void Route::settle_start(const Call& start, Passage passage) noexcept {
  if (Gate* const gate = gate_of(start)) gates_.settle(*gate, passage);
  if (start.session == nullptr) return;
  settle_session(*start.session,
                 passage == Passage::open ? Session::Outcome::started : Session::Outcome::refused);
}

void Route::deliver(PendingRequest& request, const net::HttpAnswer& answer) noexcept {
  destination().note_answer();
  Tracer& tracer = request.tracer;
  if (request.kind == Kind::spans) {
    const std::uint64_t rejected = count_rejected(request, answer);
    tracer.delivery.sent.add(request.spans() - rejected);
    tracer.delivery.refused.add(rejected);
  } else {
    tracer.delivery.calls_sent.add();
  }
  tracer.delivery.bytes_sent.add(request.body_bytes());
  if (tracer.settings.verbose.value) {
    if_memory_allows([&] { core::log_line(core::LogLevel::info, delivered_text(request)); });
  }
  if (request.kind == Kind::session_start) {
    const auto& start = static_cast<const Call&>(request);
    if (start.session != nullptr) note_given_id(*start.session, answer);
    settle_start(start, Passage::open);
  }
  finish(request);
}

std::uint64_t Route::count_rejected(const PendingRequest& batch,
                                    const net::HttpAnswer& answer) noexcept {
  const PartialSuccess partial = read_partial_success(answer.body);
  const auto rejected = std::min<std::uint64_t>(partial.rejected_spans, batch.spans());
  if (rejected > 0) {
    if_memory_allows([&] {
      const std::string text = "rejected by the server: " + readable_message(partial.message);
      batch.tracer.set_last_error(text);
      say(batch.tracer, "rejected", std::to_string(rejected) + " spans " + text);
    });
  }
  return rejected;
}

void Route::refuse(PendingRequest& request, const net::HttpAnswer& answer) noexcept {
  if_memory_allows([&] {
    std::string text =
        endpoint_.server + " refused " + refused_text(request) + " (" + answer_text(answer) + ")";
    if (request.kind != Kind::event_update) text += "; check the URL and the API key";
    say(request.tracer, request.kind == Kind::event_update ? "update" : "refused", text);
  });
  drop(request, Loss::refused);
}

// Whatever became of it. True if that made room.
bool Route::finish(PendingRequest& request) noexcept {
  if (request.kind == Kind::event_update) rows_.remove(static_cast<Call&>(request));
  const bool gave_back = request.settle(collector_);
  made_room_ |= gave_back;
  return gave_back;
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
