#include "core/utf8.h"

#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace honeyhive::core {
namespace {

constexpr std::size_t block_bytes = 128;

// Whether a block is all ASCII.
bool is_ascii_block(const char* from) noexcept {
#if defined(__SSE2__)
  const auto load = [from](int i) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from) + i);
  };
  const __m128i low = _mm_or_si128(_mm_or_si128(load(0), load(1)), _mm_or_si128(load(2), load(3)));
  const __m128i high = _mm_or_si128(_mm_or_si128(load(4), load(5)), _mm_or_si128(load(6), load(7)));
  return _mm_movemask_epi8(_mm_or_si128(low, high)) == 0;
#else
  std::uint64_t all = 0;
  for (int i = 0; i < 16; ++i) {
    std::uint64_t word = 0;
    std::memcpy(&word, from + 8 * i, sizeof word);
    all |= word;
  }
  return (all & 0x8080808080808080) == 0;
#endif
}

template <typename Word>
Word load(const char* from) noexcept {
  Word word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

// Texts below a block, by loads that overlap where they must.
bool is_short_ascii(std::string_view text) noexcept {
  constexpr std::uint64_t high_bits = 0x8080808080808080;
  const char* const from = text.data();
  const char* const end = from + text.size();
  std::uint64_t all = 0;
  if (text.size() >= 8) {
    for (const char* at = from; at + 8 < end; at += 8) all |= load<std::uint64_t>(at);
    all |= load<std::uint64_t>(end - 8);
  } else if (text.size() >= 4) {
    all = std::uint64_t{load<std::uint32_t>(from)} | load<std::uint32_t>(end - 4);
  } else {
    for (const char c : text) all |= static_cast<unsigned char>(c);
  }
  return (all & high_bits) == 0;
}

// Bytes of ASCII that `text` starts with.
std::size_t ascii_prefix(std::string_view text) noexcept {
  std::size_t at = 0;
  while (at + block_bytes <= text.size() && is_ascii_block(text.data() + at)) at += block_bytes;
  if (text.size() - at < block_bytes && is_short_ascii(text.substr(at))) return text.size();
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  return at;
}

bool in_range(unsigned char byte, unsigned char low, unsigned char high) noexcept {
  return byte >= low && byte <= high;
}

}  // namespace

bool is_ascii(std::string_view text) noexcept {
  if (text.size() < block_bytes) return is_short_ascii(text);
  return ascii_prefix(text) == text.size();
}

std::size_t character_length(std::string_view text) noexcept {
  if (text.empty()) return 0;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  if (in_range(first, 0xc2, 0xdf)) {
    return text.size() >= 2 && in_range(byte(1), 0x80, 0xbf) ? 2 : 0;
  }
  if (in_range(first, 0xe0, 0xef)) {
    const unsigned char low = first == 0xe0 ? 0xa0 : 0x80;
    const unsigned char high = first == 0xed ? 0x9f : 0xbf;
    return text.size() >= 3 && in_range(byte(1), low, high) && in_range(byte(2), 0x80, 0xbf) ? 3
                                                                                             : 0;
  }
  if (in_range(first, 0xf0, 0xf4)) {
    const unsigned char low = first == 0xf0 ? 0x90 : 0x80;
    const unsigned char high = first == 0xf4 ? 0x8f : 0xbf;
    return text.size() >= 4 && in_range(byte(1), low, high) && in_range(byte(2), 0x80, 0xbf) &&
                   in_range(byte(3), 0x80, 0xbf)
               ? 4
               : 0;
  }
  return 0;
}

bool is_utf8(std::string_view text) noexcept {
  if (text.size() < block_bytes && is_short_ascii(text)) return true;
  while (true) {
    text.remove_prefix(ascii_prefix(text));
    if (text.empty()) return true;
    const std::size_t length = character_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
}

void append_repaired(std::string& out, std::string_view text, std::string_view replacement) {
  while (!text.empty()) {
    std::size_t good = ascii_prefix(text);
    if (good == 0) good = character_length(text);
    if (good == 0) {
      out += replacement;
      text.remove_prefix(1);
    } else {
      out.append(text.substr(0, good));
      text.remove_prefix(good);
    }
  }
}

std::string_view cut_at_character(std::string_view text, std::size_t max_bytes) noexcept {
  if (text.size() <= max_bytes) return text;
  const auto continues = [&](std::size_t at) {
    return (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80;
  };
  std::size_t end = max_bytes;
  for (int back = 0; back < 3 && end > 0 && continues(end); ++back) --end;
  return text.substr(0, end);
}

}  // namespace honeyhive::core
