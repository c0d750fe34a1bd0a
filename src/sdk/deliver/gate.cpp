#include "sdk/deliver/gate.h"

#include <algorithm>

namespace honeyhive::sdk {

void Gates::list(Gate& gate, SteadyTime now) {
  if (gate.is_listed_) return;
  gate.place_ = gates_.insert(gates_.end(), &gate);
  gate.is_listed_ = true;
  gate.since = now;
}

void Gates::hold(Gate& gate, std::vector<Held>& where, const Held& held, SteadyTime now) {
  where.reserve(where.size() == where.capacity() ? 2 * where.size() + 4 : where.size());
  list(gate, now);
  where.push_back(held);
}

void Gates::go_ahead(Gate& gate) noexcept {
  if (gate.passage != Gate::Passage::closed) return;
  gate.passage = Gate::Passage::ahead;
  unlist_if_idle(gate);
}

void Gates::settle(Gate& gate, Gate::Passage passage) noexcept {
  gate.passage = passage;
  gate.awaits_start = gate.has_start = false;
  unlist_if_idle(gate);
}

void Gates::unlist_if_idle(Gate& gate) noexcept {
  const bool waits = gate.passage == Gate::Passage::closed && gate.has_start;
  if (!gate.is_listed_ || waits || !gate.spans.empty() || !gate.updates.empty()) return;
  gates_.erase(gate.place_);
  gate.is_listed_ = false;
}

void Gates::let_go_ahead(SteadyTime now, bool all) noexcept {
  const auto is_closed = [](const Gate* gate) { return gate->passage == Gate::Passage::closed; };
  auto closed = static_cast<std::size_t>(std::count_if(gates_.begin(), gates_.end(), is_closed));
  each([&](Gate& gate) {
    if (!is_closed(&gate)) return;
    const bool is_late = !gate.is_patient && now - gate.since >= longest_wait;
    if (!all && !is_late && closed <= most_closed) return;
    --closed;
    go_ahead(gate);
  });
}

bool Gates::settled_before(std::uint64_t sequence) const noexcept {
  const auto waits = [&](const std::vector<Held>& held) {
    return !held.empty() && held.front().sequence < sequence;
  };
  return std::none_of(gates_.begin(), gates_.end(),
                      [&](const Gate* gate) { return waits(gate->spans) || waits(gate->updates); });
}

SteadyTime Gates::next_deadline() const noexcept {
  SteadyTime next = SteadyTime::max();
  for (const Gate* const gate : gates_) {
    if (gate->passage == Gate::Passage::closed && !gate->is_patient) {
      next = std::min(next, gate->since + longest_wait);
    }
  }
  return next;
}

}  // namespace honeyhive::sdk
