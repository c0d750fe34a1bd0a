#pragma once

// The span rows, ours and a peer's, as loops that are timed or counted.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace honeyhive::bench {

using Loop = std::function<void(std::int64_t)>;  // does it so many times

struct SpanCase {
  std::string_view row;
  Loop loop;
  Loop baseline = {};           // what `loop` does besides; its cost is taken off
  int operations = 1;           // per turn of the loop
  std::int64_t burst = 10'000;  // turns whose spans fit in the buffer
};

// Loops and what they need, alive together.
class Subject {
 public:
  virtual ~Subject() = default;
  virtual const std::vector<SpanCase>& cases() const = 0;

  // One span of row span_10attr_2kb.
  virtual void record(std::string_view prompt) = 0;

  // Sends what was recorded, so that the next burst finds the buffer empty. False: something was
  // lost, and the figures mean nothing.
  virtual bool settle() = 0;
};

// Sends to a sink at `url`.
std::unique_ptr<Subject> open_ours(const std::string& url);

// -- the peer: compiled with opentelemetry-cpp where that is installed, else nothing
std::string peer_name();                                     // "" if there is none
std::unique_ptr<Subject> open_peer(const std::string& url);  // null if there is none

}  // namespace honeyhive::bench
