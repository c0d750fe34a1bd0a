#pragma once

// The sending half of a destination: turns records into batches, keeps them in order where order is
// promised, and decides what is sent next and what becomes of the answers. While the server fails,
// one batch at a time is sent to see whether it still does.
//
// Knows no clock, socket or thread: the worker hands in time, randomness and answers. What throws,
// because memory has run out, may be called again: nothing is lost or left half done.
//
// Order: the spans of a session wait for the session's start; other tracers overtake. When the
// start, or the destination, has failed twice, spans go ahead with `honeyhive.session_auto_create`
// and the start follows.

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/log.h"
#include "net/http_client.h"
#include "sdk/deliver/batch.h"
#include "sdk/deliver/collector.h"
#include "sdk/deliver/endpoint.h"
#include "sdk/deliver/retry.h"
#include "sdk/tracer_impl.h"

namespace honeyhive::sdk {

class Route {
 public:
  using Tracer = honeyhive::detail::TracerImpl;

  // A server that answers at once is kept busy by few requests; one that takes its time gets more.
  static constexpr std::size_t usual_in_flight = 4;
  static constexpr std::size_t max_in_flight = 8;
  static constexpr std::chrono::milliseconds slow_answer{20};
  static constexpr std::chrono::seconds long_answer{1};

  Route(Destination& destination, Endpoint endpoint, core::LogLimiter& log, Gzip& gzip);

  // A tracer that sends here. Its spans wait for its session's start if one will be recorded.
  void add_tracer(Tracer& tracer, bool has_session_start);

  // Its session's start could not be recorded: its spans wait no longer, and say so.
  void go_ahead(const Tracer& tracer) noexcept;

  // Takes what was recorded since; closes the batches that are full or due, and all if `close_all`
  // or if much of the buffer is in batches that are still open.
  // `unix_ns` is the clock of the spans; 0 where their age does not matter.
  void collect(SteadyTime now, std::uint64_t unix_ns, bool close_all);

  // The next request to send now, or null. The route keeps the batch until `answered`.
  Batch* next(SteadyTime now) noexcept;
  net::HttpRequest request(Batch& batch);
  void answered(Batch& batch, const net::HttpAnswer& answer, SteadyTime now,
                double random) noexcept;

  // Makes room, oldest first, among batches that wait because sending fails: for a producer that
  // found none, and down to what the destination may hold. Drops what is too old.
  void relieve(SteadyTime now) noexcept;

  // Whether the server fails, or lets requests wait for long.
  bool is_stuck(SteadyTime now) const noexcept;
  // Whether a tracer that has not closed sends here.
  bool is_in_use() const noexcept;

  // Drops what of `tracer` is not being sent at the moment, and what may still come: it has closed.
  void drop_tracer(Tracer& tracer) noexcept;
  // Its destination is asked once more at once, whatever it waits for: the tracer closes.
  void end_waits(const Tracer& tracer) noexcept;
  // Its slot is wanted for another tracer. False while something of it is being sent.
  bool forget_tracer(const Tracer& tracer) noexcept;

  // Batches are numbered as they close; whether all below `sequence` are settled.
  std::uint64_t next_sequence() const noexcept { return next_sequence_; }
  bool settled_before(std::uint64_t sequence) const noexcept;

  // When something will be due without a wake-up; SteadyTime::max() if nothing.
  SteadyTime next_deadline() const noexcept;
  void take_back_idle(SteadyTime now) noexcept { made_room_ |= collector_.take_back_idle(now); }

  // Whether chunks were given back since the last call.
  bool made_room() noexcept { return std::exchange(made_room_, false); }

  Destination& destination() const noexcept { return collector_.destination(); }
  const Endpoint& endpoint() const noexcept { return endpoint_; }

 private:
  using Batches = std::list<std::unique_ptr<Batch>>;  // so that moving one needs no memory

  // When the next request may be sent: SteadyTime::max() if one must be answered first.
  SteadyTime next_place() const noexcept;
  Batches::iterator next_batch(SteadyTime now) noexcept;

  // What is on the way for one tracer.
  struct Lineup {
    Tracer* tracer = nullptr;
    bool waits_for_session = false;
    bool goes_ahead = false;  // its session's start is late
    bool closed = false;
    std::optional<bool> release = {};  // what is held is to be released; true: ahead of the start
    std::unique_ptr<Batch> open = nullptr;
    Batches held = {};  // closed, waiting for the session
  };

  Lineup* find(std::uint32_t tracer_index) noexcept;
  void take(const Record& record, SteadyTime now);
  std::chrono::nanoseconds age_of(const Record& record) const noexcept;
  void take_span(Lineup& lineup, const Record& record, SteadyTime now);
  void take_session_start(Lineup& lineup, const Record& record, SteadyTime now);
  bool should_close_all() const noexcept;
  void close(Lineup& lineup);
  void release_held(Lineup& lineup, bool ahead) noexcept;
  void let_spans_go_ahead(SteadyTime now) noexcept;
  void finish_release(Lineup& lineup);
  void finish(Batch& batch) noexcept;
  void deliver(Batch& batch, const net::HttpAnswer& answer) noexcept;
  void refuse(Batch& batch, const net::HttpAnswer& answer) noexcept;
  bool is_about_gzip(int status) const noexcept;
  void stop_compressing(Batches::iterator sent, const net::HttpAnswer& answer) noexcept;
  void put_back(Batches::iterator sent) noexcept;
  void keep(Batches::iterator sent, const net::HttpAnswer& answer, SteadyTime now,
            double random) noexcept;
  void note_outcome(const Batch& batch, const net::HttpAnswer& answer, Verdict verdict,
                    SteadyTime now, double random) noexcept;
  void drop(Batch& batch, Counter& counter) noexcept;
  void relieve(Batches& line, SteadyTime now) noexcept;
  void say(Tracer& tracer, const char* cause, const std::string& text);

  Collector collector_;
  const Endpoint endpoint_;
  const std::shared_ptr<const net::Transport> transport_;
  core::LogLimiter& log_;
  Gzip& gzip_;
  bool takes_gzip_ = true;  // until the server says that it does not
  bool has_taken_gzip_ = false;
  std::vector<Lineup> lineups_;
  Batches ready_;  // to be sent when their time has come, oldest first
  Batches in_flight_;
  Backoff backoff_;
  std::uint64_t next_sequence_ = 1;
  std::uint64_t unix_ns_ = 0;  // of the collection under way
  bool made_room_ = false;
  bool is_pressed_ = false;  // a producer found no room before the last collection
};

}  // namespace honeyhive::sdk
