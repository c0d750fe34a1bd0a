#pragma once

// A session that was created besides the tracer's own: what its spans say, and what became of its
// start. The table of all of them turns the slot in a record's header back into the session.
//
// What is const is thread-safe; `Outcome` is; the rest belongs to the worker.

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "sdk/deliver/gate.h"
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

  // -- the worker's
  Gate gate;

  // Its id on the wire: the server may have given it another one than it was created with.
  std::string_view wire_id() const noexcept { return is_renamed() ? given_id_ : text.id; }
  bool is_renamed() const noexcept { return !given_id_.empty(); }
  // Before the first of its spans that is not ahead.
  void rename(std::string id) noexcept { given_id_ = std::move(id); }

  // What a span of it gets besides its own attributes, encoded; by `KnownEventType`. Made at the
  // first that needs it, and there as long as the session. Throws std::bad_alloc.
  std::string_view constants(std::size_t event_type, bool ahead);

 private:
  std::string given_id_;
  std::unique_ptr<Tracer::Constants> constants_[2];  // by `ahead`
};

// A session with one reference, the caller's; null if there are too many, or memory ran out.
Session* make_session(Session::Tracer& tracer, SessionText text, bool is_created) noexcept;

// By the slot of a record's header, which must be referring to it; null for 0.
Session* session_at(std::uint32_t slot) noexcept;

// One that this tracer created under this id and that is still referred to; with a reference more.
Session* find_session(const Session::Tracer& tracer, std::string_view id) noexcept;

// Whoever settles a record calls this: the record's reference to its session, if any, is gone.
inline void release_session_of(const RecordHeader& record) noexcept {
  if (Session* const session = session_at(record.session)) release_session(*session);
}

// Says what became of the start, and wakes who waits for it.
void settle_session(Session& session, Session::Outcome outcome) noexcept;

// What became of it; `pending` if `longest` came first.
Session::Outcome wait_for_session(Session& session, std::chrono::milliseconds longest) noexcept;

// The lock of the table is held across a fork: in the child, too, contexts and spans let sessions
// go.
void lock_sessions_for_fork() noexcept;
void unlock_sessions_after_fork() noexcept;

}  // namespace honeyhive::sdk
