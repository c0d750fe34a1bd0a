#include "core/json_cursor.h"

#include <algorithm>
#include <array>
#include <bit>
#include <bitset>
#include <cstdint>
#include <cstring>
#include <optional>

#include "core/hex.h"

namespace honeyhive::core {
namespace {

// The first byte from `at` on that is not plain inside a string: a quote, a backslash, a control
// character. Eight bytes at a time: a byte's high bit is set where it matches; what a match borrows
// can only disturb the bytes above it.
std::size_t find_special(std::string_view text, std::size_t at) noexcept {
  static_assert(std::endian::native == std::endian::little);
  constexpr std::uint64_t ones = 0x0101010101010101, high = 0x8080808080808080;
  const auto zeros = [](std::uint64_t word) { return (word - ones) & ~word; };
  for (; text.size() - at >= sizeof(std::uint64_t); at += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, sizeof word);
    const std::uint64_t found =
        (zeros(word ^ ones * '"') | zeros(word ^ ones * '\\') | ((word - ones * 0x20) & ~word)) &
        high;
    if (found != 0) return at + static_cast<std::size_t>(std::countr_zero(found)) / 8;
  }
  const auto is_special = [](char c) {
    return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
  };
  while (at < text.size() && !is_special(text[at])) ++at;
  return at;
}

void append_utf8(std::string& out, std::uint32_t c) {
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (c < 0x80) return put(c);
  if (c < 0x800) return put(0xc0 | c >> 6), put(0x80 | (c & 0x3f));
  if (c < 0x10000) {
    return put(0xe0 | c >> 12), put(0x80 | (c >> 6 & 0x3f)), put(0x80 | (c & 0x3f));
  }
  put(0xf0 | c >> 18), put(0x80 | (c >> 12 & 0x3f));
  put(0x80 | (c >> 6 & 0x3f)), put(0x80 | (c & 0x3f));
}

// The UTF-16 unit of the "\uXXXX" that `text` starts with.
std::optional<std::uint32_t> unit_of(std::string_view text) {
  std::array<std::uint8_t, 2> unit{};
  if (!text.starts_with("\\u") || !parse_hex(text.substr(2, 4), unit)) return std::nullopt;
  return std::uint32_t{unit[0]} << 8 | unit[1];
}

// Appends the character of the escape that `text` starts with; returns its length in `text`.
std::size_t unescape_one(std::string_view text, std::string& out) {
  constexpr std::string_view codes = "\"\\/bfnrt";
  constexpr std::string_view characters = "\"\\/\b\f\n\r\t";
  const std::optional<std::uint32_t> unit = unit_of(text);
  if (!unit) {
    out += characters[codes.find(text[1])];
    return 2;
  }
  if (*unit < 0xd800 || *unit > 0xdfff) return append_utf8(out, *unit), 6;
  const std::optional<std::uint32_t> low = unit_of(text.substr(6));
  if (*unit < 0xdc00 && low && *low >= 0xdc00 && *low <= 0xdfff) {
    return append_utf8(out, 0x10000 + ((*unit - 0xd800) << 10) + (*low - 0xdc00)), 12;
  }
  return append_utf8(out, 0xfffd), 6;  // half a pair
}

}  // namespace

void append_unescaped(std::string& out, std::string_view raw) {
  out.reserve(out.size() + raw.size());
  while (!raw.empty()) {
    const std::size_t plain = std::min(raw.find('\\'), raw.size());
    out.append(raw.substr(0, plain));
    raw.remove_prefix(plain);
    if (!raw.empty()) raw.remove_prefix(unescape_one(raw, out));
  }
}

void JsonCursor::skip_space() noexcept {
  const auto is_space = [](char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; };
  while (!at_end() && is_space(text_[at_])) ++at_;
}

bool JsonCursor::take(char c) noexcept {
  if (at_end() || text_[at_] != c) return false;
  ++at_;
  return true;
}

bool JsonCursor::word(std::string_view expected) noexcept {
  if (text_.substr(at_, expected.size()) != expected) return false;
  at_ += expected.size();
  return true;
}

bool JsonCursor::string(std::string_view& raw, bool& has_escapes) noexcept {
  if (!take('"')) return false;
  const std::size_t from = at_;
  has_escapes = false;
  while ((at_ = find_special(text_, at_)) != text_.size()) {
    if (text_[at_] == '"') {
      raw = since(from);
      ++at_;
      return true;
    }
    if (!take('\\') || !escape()) return false;
    has_escapes = true;
  }
  return false;
}

bool JsonCursor::escape() noexcept {
  if (at_end()) return false;
  const char c = text_[at_++];
  if (c != 'u') return std::string_view("\"\\/bfnrt").find(c) != std::string_view::npos;
  std::array<std::uint8_t, 2> unit{};
  if (!parse_hex(text_.substr(at_, 4), unit)) return false;
  at_ += 4;
  return true;
}

bool JsonCursor::digits() noexcept {
  const std::size_t from = at_;
  while (!at_end() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
  return at_ != from;
}

bool JsonCursor::number() noexcept {
  take('-');
  if (!take('0') && !digits()) return false;
  if (take('.') && !digits()) return false;
  if (take('e') || take('E')) {
    if (!take('+')) take('-');
    return digits();
  }
  return true;
}

bool JsonCursor::scalar() noexcept {
  std::string_view raw;
  bool has_escapes = false;
  switch (peek()) {
    case '"':
      return string(raw, has_escapes);
    case 't':
      return word("true");
    case 'f':
      return word("false");
    case 'n':
      return word("null");
    default:
      return number();
  }
}

// A member's name and the colon behind it.
bool JsonCursor::key() noexcept {
  std::string_view raw;
  bool has_escapes = false;
  skip_space();
  if (!string(raw, has_escapes)) return false;
  skip_space();
  return take(':');
}

bool JsonCursor::skip_value(std::size_t max_depth) noexcept {
  std::bitset<deepest> is_object;  // per open bracket
  std::size_t depth = 0;
  for (;;) {
    skip_space();
    const char first = peek();
    if (first == '{' || first == '[') {
      if (depth == std::min(max_depth, deepest)) return false;
      ++at_;
      is_object[depth++] = first == '{';
      skip_space();
      if (!take(first == '{' ? '}' : ']')) {
        if (first == '{' && !key()) return false;
        continue;
      }
      --depth;
    } else if (!scalar()) {
      return false;
    }
    for (;;) {  // behind a value
      if (depth == 0) return true;
      skip_space();
      if (take(',')) break;
      if (!take(is_object[depth - 1] ? '}' : ']')) return false;
      --depth;
    }
    if (is_object[depth - 1] && !key()) return false;
  }
}

}  // namespace honeyhive::core
