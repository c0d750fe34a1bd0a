#include "core/uuid.h"

#include "core/hex.h"

namespace honeyhive::core {
namespace {

constexpr std::size_t dash_positions[] = {8, 13, 18, 23};

bool is_dash_position(std::size_t at) noexcept {
  for (const auto position : dash_positions) {
    if (position == at) return true;
  }
  return false;
}

}  // namespace

std::string Uuid::text() const {
  std::string out =
      to_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});  // 32 digits
  for (const auto position : dash_positions) out.insert(position, 1, '-');
  return out;
}

std::optional<Uuid> Uuid::parse(std::string_view text) noexcept {
  if (text.size() != 36) return std::nullopt;
  char digits[32];
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_dash_position(i)) {
      if (text[i] != '-') return std::nullopt;
    } else {
      digits[count++] = text[i];
    }
  }
  Uuid uuid;
  if (!parse_hex({digits, count}, uuid.bytes)) return std::nullopt;
  return uuid;
}

Uuid Uuid::with_version(std::array<std::uint8_t, 16> bits, unsigned version) noexcept {
  bits[6] = static_cast<std::uint8_t>((bits[6] & 0x0f) | version << 4);
  bits[8] = static_cast<std::uint8_t>((bits[8] & 0x3f) | 0x80);
  return {bits};
}

}  // namespace honeyhive::core
