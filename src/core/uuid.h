#pragma once

// UUIDs: sessions have one each, made by the client.
//
// Source: RFC 9562.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace honeyhive::core {

struct Uuid {
  std::array<std::uint8_t, 16> bytes{};

  // "6ba7b810-9dad-41d1-80b4-00c04fd430c8", lower case.
  std::string text() const;

  // The 36-character form, of either case and any version.
  static std::optional<Uuid> parse(std::string_view text) noexcept;

  // These 128 bits, with version and variant written over six of them.
  static Uuid with_version(std::array<std::uint8_t, 16> bits, unsigned version) noexcept;

  friend bool operator==(const Uuid&, const Uuid&) noexcept = default;
};

}  // namespace honeyhive::core
