#pragma once

// The header `traceparent`: which span of another process is the parent. Thread-safe: pure
// functions; nothing is allocated, and no more than the 55 characters of version 00 are looked at,
// and one that follows.
//
// Source: W3C Trace Context, level 2, "Traceparent Header" and "Versioning of traceparent".

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/ids.h"

namespace honeyhive::sdk {

inline constexpr std::size_t traceparent_bytes = 55;

struct TraceParent {
  static constexpr std::uint8_t sampled_flag = 1;
  static constexpr std::uint8_t random_flag = 2;  // the last 7 bytes of the trace id are random
  static constexpr std::uint8_t known_flags = sampled_flag | random_flag;

  core::TraceId trace_id;
  core::SpanId span_id;
  std::uint8_t flags = 0;  // known ones; random_flag is passed on as it came, sampled_flag is ours

  bool is_sampled() const noexcept { return (flags & sampled_flag) != 0; }

  friend bool operator==(const TraceParent&, const TraceParent&) noexcept = default;
};

// nullopt if the header must be ignored, and `tracestate` with it: capital letters, zero ids,
// version ff, anything after the flags of version 00. Of a later version the fields of version 00
// are taken, whatever follows them after a dash. White space around it is no part of it. A carrier
// with several lines of this name joins them with commas, which is then invalid, as it must be.
std::optional<TraceParent> parse_traceparent(std::string_view header) noexcept;

// As version 00, the highest we know. Precondition: neither id is zero.
std::array<char, traceparent_bytes> write_traceparent(const TraceParent& parent) noexcept;

}  // namespace honeyhive::sdk
