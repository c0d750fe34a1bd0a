#pragma once

// What a tracer in test mode would have told the server about sessions. Thread-safe: the caller
// holds a lock.

#include <cstdint>
#include <string_view>
#include <vector>

#include "honeyhive/testing.h"
#include "sdk/tracer_impl.h"

namespace honeyhive::sdk {

class TestSessions {
 public:
  // The bodies as they were recorded (docs/arena_format.md).
  void start(const honeyhive::detail::TracerImpl& tracer, std::string_view body);
  void update(const honeyhive::detail::TracerImpl& tracer, std::string_view record);

  // Of a tracer, or of all; in the order they were first heard of.
  std::vector<honeyhive::testing::SessionData> of(
      const honeyhive::detail::TracerImpl* tracer) const;

 private:
  struct Known {
    const honeyhive::detail::TracerImpl* tracer;
    std::uint64_t life;
    honeyhive::testing::SessionData session;
  };
  honeyhive::testing::SessionData& find(const honeyhive::detail::TracerImpl& tracer,
                                        std::string_view id);

  std::vector<Known> all_;
};

}  // namespace honeyhive::sdk
