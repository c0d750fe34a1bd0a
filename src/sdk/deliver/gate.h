#pragma once

// Spans and updates of a session wait for the answer to its start. They wait as records, in the
// order they came, so that what is said about them can depend on the answer.
//
// For the worker. Knows no clock: time is an argument.

#include <chrono>
#include <cstdint>
#include <list>
#include <vector>

#include "sdk/deliver/collector.h"

namespace honeyhive::detail {
struct TracerImpl;
}

namespace honeyhive::sdk {

struct Session;

struct Held {
  Record record;
  SteadyTime since;        // when it was finished, as far as the clocks agree
  std::uint64_t sequence;  // among all that the route collected
};

struct Gate {
  using Tracer = honeyhive::detail::TracerImpl;

  // How spans go: `ahead` of the start, and then they say what the session is called.
  enum class Passage : std::uint8_t { open, ahead, closed };

  Tracer* tracer = nullptr;
  Session* session = nullptr;  // null: the tracer's own
  Passage passage = Passage::open;
  bool awaits_start = false;  // its start has not been settled: updates wait, whatever spans do
  bool has_start = false;     // ... and is with the route
  bool is_patient = true;     // else its spans go ahead after `Gates::longest_wait`
  SteadyTime since{};         // when its first record was collected
  std::vector<Held> spans = {};
  std::vector<Held> updates = {};

  // What comes behind those that are held is held, too.
  bool holds_spans() const noexcept { return passage == Passage::closed || !spans.empty(); }
  bool holds_updates() const noexcept { return awaits_start || !updates.empty(); }

 private:
  friend class Gates;
  bool is_listed_ = false;
  std::list<Gate*>::iterator place_ = {};
};

// The gates of a destination where something waits. While a gate is listed, a record that is not
// settled refers to its session.
class Gates {
 public:
  // When spans go ahead: what is closed, waits, or has failed beyond these.
  static constexpr std::size_t most_closed = 64;
  static constexpr std::chrono::seconds longest_wait{2};
  static constexpr int most_failures = 2;

  // What throws has changed nothing.
  void list(Gate& gate, SteadyTime now);
  void hold(Gate& gate, std::vector<Held>& where, const Held& held, SteadyTime now);

  // Spans of this one wait no longer; the start follows them.
  void go_ahead(Gate& gate) noexcept;

  // The start is settled, by an answer or because it is not sent any more.
  void settle(Gate& gate, Gate::Passage passage) noexcept;

  // Takes the gate from the list if nothing waits there.
  void unlist_if_idle(Gate& gate) noexcept;

  // Lets spans go ahead of their starts: `all`, those that have waited long enough, and the oldest
  // where too many sessions wait.
  void let_go_ahead(SteadyTime now, bool all) noexcept;

  // Calls `visit` for each; it may take the gate it is given from the list.
  template <typename Visit>
  void each(Visit visit) {
    for (auto at = gates_.begin(); at != gates_.end();) visit(**at++);
  }

  bool settled_before(std::uint64_t sequence) const noexcept;
  SteadyTime next_deadline() const noexcept;

 private:
  std::list<Gate*> gates_;  // the oldest first
};

// Hands on what is held, in order, and forgets it; what `take` throws leaves the rest.
template <typename Take>
void take_held(std::vector<Held>& held, Take take) {
  std::size_t taken = 0;
  const auto forget_taken = [&] {
    held.erase(held.begin(), held.begin() + static_cast<std::ptrdiff_t>(taken));
  };
  try {
    for (; taken < held.size(); ++taken) take(held[taken]);
  } catch (...) {
    forget_taken();
    throw;
  }
  held = {};  // its memory goes, too
}

}  // namespace honeyhive::sdk
