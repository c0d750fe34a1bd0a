#include "cli/safe_text.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <iterator>

#include "core/utf8.h"

namespace honeyhive::cli {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// Beyond ASCII: controls, bidi controls, and what is invisible without need.
constexpr Range hidden[] = {
    {0x0080, 0x009f},    // C1
    {0x00ad, 0x00ad},    // soft hyphen
    {0x034f, 0x034f},    // grapheme joiner
    {0x061c, 0x061c},    // Arabic letter mark
    {0x115f, 0x1160},    // Hangul fillers
    {0x17b4, 0x17b5},    // Khmer inherent vowels
    {0x180b, 0x180f},    // Mongolian selectors
    {0x200b, 0x200b},    // zero width space
    {0x200e, 0x200f},    // left-to-right and right-to-left mark
    {0x2028, 0x202e},    // line and paragraph separator, embeddings and overrides
    {0x2060, 0x206f},    // invisible operators, isolates, deprecated format characters
    {0x3164, 0x3164},    // Hangul filler
    {0xfdd0, 0xfdef},    // noncharacters
    {0xfeff, 0xfeff},    // byte order mark
    {0xffa0, 0xffa0},    // half-width Hangul filler
    {0xfff0, 0xfffb},    // specials; U+FFFD is what repaired text shows
    {0x1bca0, 0x1bca3},  // shorthand controls
    {0x1d173, 0x1d17a},  // musical controls
    {0xe0000, 0xe0fff},  // tags and the supplementary variation selectors
};

constexpr Range wide[] = {
    {0x1100, 0x115e},   {0x231a, 0x231b},   {0x23e9, 0x23ec},   {0x25fd, 0x25fe},
    {0x2614, 0x2615},   {0x2648, 0x2653},   {0x26a1, 0x26a1},   {0x26bd, 0x26be},
    {0x26c4, 0x26c5},   {0x26d4, 0x26d4},   {0x26ea, 0x26ea},   {0x26f5, 0x26f5},
    {0x2705, 0x2705},   {0x270a, 0x270b},   {0x2728, 0x2728},   {0x274c, 0x274c},
    {0x2753, 0x2755},   {0x2795, 0x2797},   {0x2b1b, 0x2b1c},   {0x2b50, 0x2b50},
    {0x2e80, 0x303e},   {0x3041, 0x4dbf},   {0x4e00, 0xa4cf},   {0xa960, 0xa97c},
    {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff01, 0xff60},
    {0xffe0, 0xffe6},   {0x16fe0, 0x1b2ff}, {0x1f004, 0x1f004}, {0x1f0cf, 0x1f0cf},
    {0x1f18e, 0x1f18e}, {0x1f191, 0x1f19a}, {0x1f200, 0x1f320}, {0x1f32d, 0x1f335},
    {0x1f337, 0x1f37c}, {0x1f37e, 0x1f393}, {0x1f3a0, 0x1f3ca}, {0x1f3cf, 0x1f3d3},
    {0x1f3e0, 0x1f3f0}, {0x1f3f4, 0x1f3f4}, {0x1f3f8, 0x1f43e}, {0x1f440, 0x1f440},
    {0x1f442, 0x1f4fc}, {0x1f4ff, 0x1f53d}, {0x1f54b, 0x1f54e}, {0x1f550, 0x1f567},
    {0x1f595, 0x1f596}, {0x1f5a4, 0x1f5a4}, {0x1f5fb, 0x1f64f}, {0x1f680, 0x1f6c5},
    {0x1f6cc, 0x1f6cc}, {0x1f6d0, 0x1f6d7}, {0x1f6dc, 0x1f6df}, {0x1f6eb, 0x1f6ec},
    {0x1f6f4, 0x1f6fc}, {0x1f7e0, 0x1f7eb}, {0x1f90c, 0x1f9ff}, {0x1fa70, 0x1faff},
    {0x20000, 0x3fffd}};

// Marks that sit on the character before them; the scripts most met, not all.
constexpr Range combining[] = {
    {0x0300, 0x036f}, {0x0483, 0x0489},  {0x0591, 0x05bd}, {0x05bf, 0x05c7}, {0x0610, 0x061a},
    {0x064b, 0x065f}, {0x06d6, 0x06dc},  {0x06df, 0x06e4}, {0x0900, 0x0902}, {0x093a, 0x093a},
    {0x093c, 0x093c}, {0x0941, 0x0948},  {0x094d, 0x094d}, {0x0951, 0x0957}, {0x0e31, 0x0e31},
    {0x0e34, 0x0e3a}, {0x0e47, 0x0e4e},  {0x1160, 0x11ff}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff},
    {0x200c, 0x200d}, {0x20d0, 0x20ff},  {0x302a, 0x302d}, {0x3099, 0x309a}, {0xfe00, 0xfe0f},
    {0xfe20, 0xfe2f}, {0x1f3fb, 0x1f3ff}};

template <std::size_t N>
bool is_in(const Range (&ranges)[N], char32_t character) noexcept {
  const auto* const after =
      std::upper_bound(std::begin(ranges), std::end(ranges), character,
                       [](char32_t value, const Range& range) { return value < range.first; });
  return after != std::begin(ranges) && character <= std::prev(after)->last;
}

// Precondition: `text` starts with a well-formed character of `length` bytes.
char32_t decode(std::string_view text, std::size_t length) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (length == 1) return byte(0);
  char32_t character = byte(0) & (0xffu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) character = character << 6 | (byte(i) & 0x3fu);
  return character;
}

void append_number(std::string& out, const char* format, unsigned value) {
  char text[16];
  const int length = std::snprintf(text, sizeof text, format, value);
  out.append(text, static_cast<std::size_t>(length));
}

bool is_hidden(char32_t character) noexcept {
  return is_in(hidden, character) || (character & 0xfffe) == 0xfffe;
}

void append_escaped(std::string& out, char32_t character) {
  switch (character) {
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    default:
      append_number(out,
                    character < 0x80       ? "\\x%02x"
                    : character < 0x1'0000 ? "\\u%04x"
                                           : "\\U%08x",
                    static_cast<unsigned>(character));
  }
}

std::size_t character_width(char32_t character) noexcept {
  if (character < 0x300) return 1;
  if (is_in(combining, character)) return 0;
  return is_in(wide, character) ? 2 : 1;
}

struct Piece {
  char32_t character = U'\ufffd';
  std::string_view bytes;  // never empty
  bool is_broken = false;  // one byte that is no UTF-8
};

// Takes the first character off `text`, which is not empty.
Piece next_piece(std::string_view& text) noexcept {
  Piece piece;
  const std::size_t length = core::character_length(text);
  piece.is_broken = length == 0;
  piece.bytes = text.substr(0, std::max<std::size_t>(length, 1));
  if (!piece.is_broken) piece.character = decode(text, length);
  text.remove_prefix(piece.bytes.size());
  return piece;
}

}  // namespace

void append_safe(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const Piece piece = next_piece(text);
    const char32_t character = piece.character;
    if (piece.is_broken) {
      append_number(out, "\\x%02x", static_cast<unsigned char>(piece.bytes[0]));
    } else if (character < 0x20 || character == 0x7f || is_hidden(character)) {
      append_escaped(out, character);
    } else {
      out += piece.bytes;
    }
  }
}

std::string safe(std::string_view text) {
  std::string out;
  append_safe(out, text);
  return out;
}

std::vector<std::string> safe_lines(std::string_view text) {
  std::vector<std::string> lines;
  for (;;) {
    const auto end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (end != text.npos && line.ends_with('\r')) line.remove_suffix(1);
    std::string& out = lines.emplace_back();
    for (auto tab = line.find('\t'); tab != line.npos; tab = line.find('\t')) {
      append_safe(out, line.substr(0, tab));
      out += "    ";
      line.remove_prefix(tab + 1);
    }
    append_safe(out, line);
    if (end == text.npos) return lines;
    text.remove_prefix(end + 1);
  }
}

std::string safe_json(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  while (!json.empty()) {
    const Piece piece = next_piece(json);
    const auto value = static_cast<unsigned>(piece.character);
    const bool is_layout = value == '\n' || value == '\r' || value == '\t';
    if (piece.is_broken) {
      out += "\\ufffd";
    } else if (is_layout || !(value < 0x20 || value == 0x7f || is_hidden(piece.character))) {
      out += piece.bytes;
    } else if (value < 0x1'0000) {
      append_number(out, "\\u%04x", value);
    } else {
      append_number(out, "\\u%04x", 0xd800 + ((value - 0x1'0000) >> 10));
      append_number(out, "\\u%04x", 0xdc00 + ((value - 0x1'0000) & 0x3ff));
    }
  }
  return out;
}

std::size_t display_width(std::string_view safe_text) {
  std::size_t width = 0;
  while (!safe_text.empty()) width += character_width(next_piece(safe_text).character);
  return width;
}

std::string_view cut_to_width(std::string_view safe_text, std::size_t columns) {
  std::string_view rest = safe_text;
  std::size_t width = 0, bytes = 0;
  while (!rest.empty()) {
    const Piece piece = next_piece(rest);
    width += character_width(piece.character);
    if (width > columns) break;
    bytes += piece.bytes.size();
  }
  return safe_text.substr(0, bytes);
}

std::size_t character_count(std::string_view text) {
  std::size_t count = 0;
  for (; !text.empty(); ++count) (void)next_piece(text);
  return count;
}

}  // namespace honeyhive::cli
