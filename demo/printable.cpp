#include "printable.h"

#include <cstddef>

namespace demo {
namespace {

struct Character {
  char32_t value = 0;
  std::size_t bytes = 1;
  bool is_broken = true;
};

// The first of `text`, which is not empty.
Character first_of(std::string_view text) {
  constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x1'0000};  // of a character of so many bytes
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return {lead, 1, false};
  const std::size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc0 || lead >= 0xf8 || text.size() < bytes) return {};
  char32_t value = lead & (0x7fu >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xc0u) != 0x80) return {};
    value = value << 6 | (next & 0x3fu);
  }
  if (value < least[bytes] || value > 0x10'ffff) return {};
  return {value, bytes, false};
}

bool is_control(char32_t value) { return value < 0x20 || (value >= 0x7f && value <= 0x9f); }

bool reorders(char32_t value) {
  return value == 0x061c || value == 0x200e || value == 0x200f ||  // marks
         (value >= 0x2028 && value <= 0x202e) ||  // separators, embeddings, overrides
         (value >= 0x2066 && value <= 0x2069);    // isolates
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const Character first = first_of(text);
    const bool is_harmless = !is_control(first.value) && !reorders(first.value);
    if (!first.is_broken && (first.value == '\n' || is_harmless)) {
      out += text.substr(0, first.bytes);
    } else {
      out += '?';
    }
    text.remove_prefix(first.bytes);
  }
  return out;
}

}  // namespace demo
