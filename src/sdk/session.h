#pragma once

// A session that was created besides the tracer's own: what its spans say, and what became of its
// start. The table of all of them turns the slot in a record's header back into the session.
//
// What is const is thread-safe; `Outcome` is; the rest belongs to the worker.

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "sdk/record/session_core.h"
#include "sdk/tracer_impl.h"

namespace honeyhive::sdk {

struct SessionText {
  std::string id;
  std::string name;
  std::string source;
};

struct Session : SessionCore {
  using Tracer = honeyhive::detail::TracerImpl;

  Session(Tracer& its_tracer, SessionText its_text, bool has_start);

  const SessionText text;
  const bool is_created;  // by a call to the server, not only joined

  enum class Outcome : std::uint8_t { pending, started, refused };
  std::atomic<Outcome> outcome{Outcome::pending};
  // There was no room for its start: spans do not wait for it, and ask for the session to be made.
  std::atomic<bool> start_is_lost{false};
};

// A session with one reference, the caller's; null if there are too many, or memory ran out.
Session* make_session(Session::Tracer& tracer, SessionText text, bool is_created) noexcept;

// By the slot of a record's header, which must be referring to it; null for 0.
Session* session_at(std::uint32_t slot) noexcept;

// One that this tracer created under this id and that is still referred to; with a reference more.
Session* find_session(const Session::Tracer& tracer, std::string_view id) noexcept;

// Says what became of the start, and wakes who waits for it.
void settle_session(Session& session, Session::Outcome outcome) noexcept;

// What became of it; `pending` if `longest` came first.
Session::Outcome wait_for_session(Session& session, std::chrono::milliseconds longest) noexcept;

}  // namespace honeyhive::sdk
