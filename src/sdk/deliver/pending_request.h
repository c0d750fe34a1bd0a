#pragma once

// A request that waits to be sent or answered: a batch of spans, or a call about a session.

#include <cstdint>

#include "net/http_client.h"
#include "sdk/deliver/backoff.h"
#include "sdk/deliver/collector.h"

namespace honeyhive::detail {
struct TracerImpl;
}

namespace honeyhive::sdk {

// Why something is not sent any more.
enum class Loss : std::uint8_t { refused, expired, buffer_full, unsent };

struct PendingRequest : net::BodyReader {
  using Tracer = honeyhive::detail::TracerImpl;
  enum class Kind : std::uint8_t { spans, session_start, event_update };

  PendingRequest(Tracer& its_tracer, Kind its_kind) noexcept : tracer(its_tracer), kind(its_kind) {}

  virtual std::uint64_t body_bytes() const noexcept = 0;
  virtual std::uint64_t sent_bytes() const noexcept {
    return body_bytes();
  }  // as `read` gives them
  virtual std::uint32_t spans() const noexcept = 0;

  // Whether nothing else must be answered first.
  virtual bool may_go() const noexcept = 0;

  // Its records are done with, and so is what they refer to; true if chunks were given back.
  virtual bool settle(Collector& collector) noexcept = 0;

  Tracer& tracer;
  const Kind kind;
  std::uint64_t sequence = 0;             // of its oldest record, as they were collected
  SteadyTime oldest = SteadyTime::max();  // when the oldest was finished, as far as known
  SteadyTime next_attempt{};              // of this request alone, see `failures_alone`
  Backoff::Attempt attempt{};             // the last
  SteadyTime sent{};
  int failures = 0;        // sends in vain
  int failures_alone = 0;  // ... while the server answered others
  int server_errors = 0;   // answers with status 500 among them
};

}  // namespace honeyhive::sdk
