#pragma once

// The sending half of a destination: turns records into requests, keeps them in order where order
// is promised, and decides what is sent next and what becomes of the answers. While the server
// fails, one request at a time is sent to see whether it still does.
//
// Knows no clock, socket or thread: the worker hands in time, randomness and answers. What throws,
// because memory has run out, may be called again: nothing is lost or left half done.
//
// Order: spans and updates of a session wait for the session's start (gate.h); those of others
// overtake. When that would take long, spans go ahead with `honeyhive.session_auto_create`, and the
// start follows; updates wait until it is settled. Updates of one event go one after another.

#include <list>
#include <memory>
#include <utility>
#include <vector>

#include "core/log.h"
#include "sdk/deliver/batch.h"
#include "sdk/deliver/call.h"
#include "sdk/deliver/endpoint.h"
#include "sdk/deliver/gate.h"
#include "sdk/deliver/line.h"
#include "sdk/deliver/retry.h"
#include "sdk/session.h"

namespace honeyhive::sdk {

class Route {
 public:
  using Tracer = honeyhive::detail::TracerImpl;

  static constexpr std::size_t max_batches = 8, max_calls = 64;  // in flight
  static constexpr std::uint64_t close_all = ~std::uint64_t{0};

  Route(Destination& destination, Endpoint endpoint, core::LogLimiter& log, Gzip& gzip);

  // A tracer that sends here. Its spans wait for its session's start if one will be recorded.
  void add_tracer(Tracer& tracer, bool has_session_start);

  // Its session's start could not be recorded: its spans wait no longer, and say so.
  void go_ahead(const Tracer& tracer) noexcept;

  // Takes what was recorded since; closes the batches that are full or due, those with a span that
  // was numbered below `close_before`, and all if much of the buffer is in batches that are open.
  // `unix_ns` is the clock of the spans; 0 where their age does not matter.
  void collect(SteadyTime now, std::uint64_t unix_ns, std::uint64_t close_before);

  // The next request to send now, or null. The route keeps it until `answered`.
  PendingRequest* next(SteadyTime now) noexcept;
  net::HttpRequest request(PendingRequest& pending);
  void answered(PendingRequest& request, const net::HttpAnswer& answer, SteadyTime now,
                double random) noexcept;

  // Makes room, oldest first, among what waits because sending fails: for a producer that found
  // none, and down to what the destination may hold. Drops what is too old.
  void relieve(SteadyTime now) noexcept;

  // Whether the server fails, or lets requests wait for long.
  bool is_stuck(SteadyTime now) const noexcept;
  // Whether a tracer that has not closed sends here.
  bool is_in_use() const noexcept;

  // Drops what of `tracer` is not being sent at the moment, and what may still come: it has closed.
  void drop_tracer(Tracer& tracer) noexcept;
  // Its server is asked once more at once, whatever it waits for: the tracer closes.
  void end_waits(const Tracer& tracer) noexcept;
  // Its slot is wanted for another tracer. False while something of it is being sent.
  bool forget_tracer(const Tracer& tracer) noexcept;

  // Records are numbered as they are collected; whether all below `sequence` are settled.
  std::uint64_t next_sequence() const noexcept { return next_sequence_; }
  bool settled_before(std::uint64_t sequence) const noexcept;

  // When something is due without a wake-up; SteadyTime::max() if nothing.
  SteadyTime next_deadline() const noexcept;
  void take_back_idle(SteadyTime now) noexcept { made_room_ |= collector_.take_back_idle(now); }

  // Whether chunks were given back since the last call.
  bool made_room() noexcept { return std::exchange(made_room_, false); }

  Destination& destination() const noexcept { return collector_.destination(); }
  const Endpoint& endpoint() const noexcept { return endpoint_; }

 private:
  using Kind = PendingRequest::Kind;
  using Passage = Gate::Passage;
  struct Lineup {  // what is on the way for one tracer
    Tracer* tracer = nullptr;
    Gate gate = {};  // of its own session
    bool closed = false;
    std::unique_ptr<Batch> open = nullptr;
  };

  Lineup* find(std::uint32_t tracer_index) noexcept;
  Line& line_of(const PendingRequest& request) noexcept;
  void take(const Record& record, SteadyTime now);
  std::chrono::nanoseconds age_of(const Record& record) const noexcept;
  void take_update(Lineup& lineup, const Held& held, Session* session, SteadyTime now);
  void add_span(Lineup& lineup, Gate& gate, const Held& held);
  void add_start(Gate& gate, const Held& held, SteadyTime now);
  void add_update(Tracer& tracer, Session* session, const Held& held);
  void take_released();
  bool is_under_pressure() const noexcept;
  bool should_close_all() const noexcept;
  void close(Lineup& lineup);
  void let_spans_go_ahead(SteadyTime now) noexcept;

  void deliver(PendingRequest& request, const net::HttpAnswer& answer) noexcept;
  std::uint64_t count_rejected(const PendingRequest& batch, const net::HttpAnswer& answer) noexcept;
  void refuse(PendingRequest& request, const net::HttpAnswer& answer) noexcept;
  void keep(Line& line, Line::Requests::iterator sent, const net::HttpAnswer& answer,
            SteadyTime now, double random) noexcept;
  void note_outcome(const PendingRequest& request, const net::HttpAnswer& answer, Verdict verdict,
                    SteadyTime now, double random) noexcept;
  Gate* gate_of(const Call& start) noexcept;
  void settle_start(const Call& start, Passage passage) noexcept;
  bool finish(PendingRequest& request) noexcept;
  void say(Tracer& tracer, const char* cause, const std::string& text);

  void stop_compressing(const PendingRequest& sent, const net::HttpAnswer& answer) noexcept;
  bool drop(PendingRequest& request, Loss loss) noexcept;
  void count_call(Tracer& tracer, Loss loss) noexcept;
  bool discard(const Record& record, Loss loss) noexcept;
  bool drop_held(Gate& gate, std::vector<Held>& held, std::size_t count, Loss loss) noexcept;
  void relieve(Line& line, SteadyTime now) noexcept;
  void relieve(Gate& gate, std::vector<Held>& held, SteadyTime now) noexcept;
  bool must_make_room() const noexcept;

  Collector collector_;
  const Endpoint endpoint_;
  const std::shared_ptr<const net::Transport> transport_;
  core::LogLimiter& log_;
  Gzip& gzip_;
  bool takes_gzip_ = true, has_taken_gzip_ = false;  // until the server says that it does not
  std::list<Lineup> lineups_;                        // gates stay where they are
  Gates gates_;
  UpdateRows rows_;
  Line batches_{4, max_batches};
  Line calls_{4, max_calls};
  Backoff backoff_;
  std::uint64_t next_sequence_ = 1;
  RecordIds record_ids_;
  std::uint64_t unix_ns_ = 0;  // of the collection under way
  bool made_room_ = false;
  bool is_pressed_ = false;  // a producer found no room before the last collection
};

}  // namespace honeyhive::sdk
