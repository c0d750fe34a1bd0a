#pragma once

// The header `tracestate`: what other vendors say of a trace. We add no member and read none; what
// came is passed on in its order. Thread-safe: pure functions; nothing is allocated. Bounds: 32
// members (`limits::tracestate_members`), 512 characters passed on (`limits::tracestate_bytes`);
// reading ends at the first member that is invalid or one too many.
//
// Source: W3C Trace Context, level 2, "Tracestate Header" and "tracestate Limits".

#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "core/limits.h"

namespace honeyhive::sdk {

// A list that may be passed on as it is; empty: no header.
class TraceState {
 public:
  TraceState() noexcept = default;

  std::string_view text() const noexcept { return {bytes_.data(), size_}; }
  bool empty() const noexcept { return size_ == 0; }

  // Precondition: `member` is valid, and fits.
  void append(std::string_view member) noexcept;

 private:
  std::array<char, core::limits::tracestate_bytes> bytes_;
  std::size_t size_ = 0;
};

// Of all lines of this name. nullopt if one member is invalid or there are more than 32: then the
// whole is dropped, but not the parent that came with it. To be called only with a valid
// `traceparent`. Of members with one key the first, the latest, stays. Where the list is longer
// than 512 characters, whole members are left out: those of more than 128 first, then others, each
// time from the end.
std::optional<TraceState> parse_tracestate(std::span<const std::string_view> lines) noexcept;

}  // namespace honeyhive::sdk
