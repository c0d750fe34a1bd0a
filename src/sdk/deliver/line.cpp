#include "sdk/deliver/line.h"

#include <algorithm>

namespace honeyhive::sdk {

SteadyTime Line::next_place(const Backoff& backoff) const noexcept {
  if (in_flight.size() >= most_) return SteadyTime::max();
  const SteadyTime next = backoff.next_attempt();
  if (in_flight.size() < usual_) return next;
  return std::max(next, in_flight.front()->sent + slow_answer);  // the oldest
}

Line::Requests::iterator Line::next(SteadyTime now, const Backoff& backoff) noexcept {
  if (next_place(backoff) > now) return ready.end();
  const auto may_go = [&](const auto& request) {
    return request->next_attempt <= now && request->may_go();
  };
  auto best = std::find_if(ready.begin(), ready.end(), may_go);
  if (best == ready.end() || !backoff.is_failing()) return best;
  for (auto at = std::next(best); at != ready.end(); ++at) {
    if (may_go(*at) && (*at)->failures < (*best)->failures) best = at;
  }
  return best;
}

PendingRequest& Line::send(Requests::iterator next, SteadyTime now, Backoff& backoff) noexcept {
  in_flight.splice(in_flight.end(), ready, next);
  PendingRequest& request = *in_flight.back();
  request.rewind();
  request.sent = now;
  request.attempt = backoff.sent();
  return request;
}

Line::Requests::iterator Line::find(const PendingRequest& sent) noexcept {
  return std::find_if(in_flight.begin(), in_flight.end(),
                      [&](const auto& request) { return request.get() == &sent; });
}

void Line::put_back(Requests::iterator sent) noexcept {
  const auto place = std::find_if(ready.begin(), ready.end(), [&](const auto& other) {
    return other->sequence > (*sent)->sequence;
  });
  ready.splice(place, in_flight, sent);
}

bool Line::settled_before(std::uint64_t sequence) const noexcept {
  const auto open = [&](const auto& request) { return request->sequence < sequence; };
  return std::none_of(ready.begin(), ready.end(), open) &&
         std::none_of(in_flight.begin(), in_flight.end(), open);
}

bool Line::waits_long(SteadyTime now) const noexcept {
  return !in_flight.empty() && now - in_flight.front()->sent >= long_answer;
}

SteadyTime Line::next_deadline(const Backoff& backoff) const noexcept {
  const SteadyTime place = next_place(backoff);
  SteadyTime next = SteadyTime::max();
  for (const auto& request : ready) {
    if (next <= place) break;  // none can be earlier
    if (request->may_go()) next = std::min(next, std::max(request->next_attempt, place));
  }
  return next;
}

}  // namespace honeyhive::sdk
