#pragma once

// Trace and span identities: raw bytes, as OTLP carries them, and their lower-case hex form.
//
// Source: W3C Trace Context, "trace-id" and "parent-id": all zeros is invalid.

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace honeyhive::core {

template <std::size_t N>
struct Id {
  std::array<std::uint8_t, N> bytes{};

  bool is_zero() const noexcept { return *this == Id{}; }
  std::string_view view() const noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), N};
  }
  std::string hex() const;

  // From exactly N raw bytes, or from exactly 2 N hex digits of either case.
  static std::optional<Id> from_bytes(std::string_view raw) noexcept;
  static std::optional<Id> from_hex(std::string_view digits) noexcept;

  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 means the 0 that `a < b` is rewritten with
  friend auto operator<=>(const Id&, const Id&) noexcept = default;
};

using TraceId = Id<16>;
using SpanId = Id<8>;

extern template struct Id<16>;
extern template struct Id<8>;

}  // namespace honeyhive::core

template <std::size_t N>
struct std::hash<honeyhive::core::Id<N>> {
  std::size_t operator()(const honeyhive::core::Id<N>& id) const noexcept {
    std::uint64_t word = 0;  // ids are random: their first bytes are a hash already
    std::memcpy(&word, id.bytes.data(), sizeof word);
    return static_cast<std::size_t>(word);
  }
};
