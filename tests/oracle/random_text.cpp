#include "oracle/random_text.h"

#include <string_view>

namespace honeyhive::oracle {
namespace {

// Source: Unicode 15, section 3.9, tables 3-7 and 3-8: bytes that begin no character.
constexpr std::string_view ill_formed[] = {
    "\xff",                      // no byte of UTF-8
    "\x80",                      // continues nothing
    "\xc0\xaf",                  // overlong
    "\xe0\x80\xaf",              // overlong
    "\xed\xa0\x80",              // a surrogate
    "\xf4\x90\x80\x80",          // above U+10FFFF
    "\xe2\x82",                  // a character that ends too early
    "\xf0\x9f\x98",              // another
    "\xfe\xfe\xff\xff",          // no bytes of UTF-8
    "\xed\xa0\xbd\xed\xb8\x80",  // a pair of surrogates
};

constexpr std::uint32_t borders[] = {0x00,   0x01,   0x1f,    0x22,    0x5c,    0x7f,   0x80,
                                     0x7ff,  0x800,  0x2028,  0xd7ff,  0xe000,  0xfeff, 0xfffd,
                                     0xfffe, 0xffff, 0x10000, 0x1f600, 0x10ffff};

void append_character(std::string& out, std::uint32_t code) {
  const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | code >> 6);
    put(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    put(0xe0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  } else {
    put(0xf0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3f));
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  }
}

std::uint32_t random_character(Random& random) {
  if (random.one_in(4)) return borders[random.below(std::size(borders))];
  const std::uint32_t limits[] = {0x80, 0x800, 0x10000, 0x110000};
  const auto code = static_cast<std::uint32_t>(random.below(limits[random.below(4)]));
  return code >= 0xd800 && code < 0xe000 ? 0x4e00 : code;
}

}  // namespace

Text random_text(Random& random, std::size_t bytes) {
  enum { ascii, unicode, damaged };
  const std::size_t pick = random.below(20);
  const int kind = pick < 12 ? ascii : pick < 18 ? unicode : damaged;
  Text text;
  while (text.given.size() < bytes) {
    if (kind == damaged && random.one_in(8)) {
      const std::string_view piece = ill_formed[random.below(std::size(ill_formed))];
      text.given += piece;
      for (std::size_t i = 0; i < piece.size(); ++i) append_character(text.expected, 0xfffd);
      // What follows must not continue the piece.
      text.given += '.';
      text.expected += '.';
      continue;
    }
    const auto code = kind == ascii ? static_cast<std::uint32_t>(0x20 + random.below(0x5f))
                                    : random_character(random);
    append_character(text.given, code);
    append_character(text.expected, code);
  }
  return text;
}

Text random_length_text(Random& random, std::size_t most) {
  constexpr std::size_t sizes[] = {1, 8, 32, 127, 300, 3'000};
  std::size_t bytes = random.below(sizes[random.below(std::size(sizes))] + 1);
  if (random.one_in(2'000)) bytes = random.below(most);
  return random_text(random, bytes);
}

}  // namespace honeyhive::oracle
