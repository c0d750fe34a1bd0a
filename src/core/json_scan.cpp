#include "core/json_scan.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "core/hex.h"
#include "core/limits.h"

namespace honeyhive::core {
namespace {

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::size_t at() const { return at_; }
  bool at_end() const { return at_ == text_.size(); }
  std::string_view since(std::size_t from) const { return text_.substr(from, at_ - from); }

  void skip_space() {
    while (!at_end() && std::string_view(" \t\n\r").find(text_[at_]) != std::string_view::npos) {
      ++at_;
    }
  }

  bool take(char c) {
    if (at_end() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  bool string() {
    if (!take('"')) return false;
    while (!at_end()) {
      const char c = text_[at_];
      if (static_cast<unsigned char>(c) < 0x20) return false;
      ++at_;
      if (c == '"') return true;
      if (c == '\\' && !escape()) return false;
    }
    return false;
  }

  bool value(std::size_t depth) {
    if (at_end()) return false;
    switch (text_[at_]) {
      case '{':
        return depth < limits::json_depth && object(depth + 1);
      case '[':
        return depth < limits::json_depth && array(depth + 1);
      case '"':
        return string();
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

 private:
  bool word(std::string_view expected) {
    if (text_.substr(at_, expected.size()) != expected) return false;
    at_ += expected.size();
    return true;
  }

  bool escape() {
    if (at_end()) return false;
    const char c = text_[at_++];
    if (c != 'u') return std::string_view("\"\\/bfnrt").find(c) != std::string_view::npos;
    std::array<std::uint8_t, 2> unit{};
    if (!parse_hex(text_.substr(at_, 4), unit)) return false;
    at_ += 4;
    return true;
  }

  bool digits() {
    const std::size_t from = at_;
    while (!at_end() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
    return at_ != from;
  }

  bool number() {
    take('-');
    if (!take('0') && !digits()) return false;
    if (take('.') && !digits()) return false;
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      return digits();
    }
    return true;
  }

  bool object(std::size_t depth) {
    take('{');
    skip_space();
    if (take('}')) return true;
    do {
      skip_space();
      if (!string()) return false;
      skip_space();
      if (!take(':')) return false;
      skip_space();
      if (!value(depth)) return false;
      skip_space();
    } while (take(','));
    return take('}');
  }

  bool array(std::size_t depth) {
    take('[');
    skip_space();
    if (take(']')) return true;
    do {
      skip_space();
      if (!value(depth)) return false;
      skip_space();
    } while (take(','));
    return take(']');
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

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

// Precondition: `raw` is a well-formed JSON string.
std::string unescape(std::string_view raw) {
  raw = raw.substr(1, raw.size() - 2);
  std::string text;
  text.reserve(raw.size());
  while (!raw.empty()) {
    const std::size_t plain = std::min(raw.find('\\'), raw.size());
    text.append(raw.substr(0, plain));
    raw.remove_prefix(plain);
    if (!raw.empty()) raw.remove_prefix(unescape_one(raw, text));
  }
  return text;
}

bool scan_members(Scanner& scanner, std::vector<JsonMember>& members) {
  scanner.skip_space();
  if (!scanner.take('{')) return false;
  scanner.skip_space();
  if (!scanner.take('}')) {
    do {
      scanner.skip_space();
      const std::size_t key_from = scanner.at();
      if (!scanner.string()) return false;
      const std::string_view key = scanner.since(key_from);
      scanner.skip_space();
      if (!scanner.take(':')) return false;
      scanner.skip_space();
      const std::size_t value_from = scanner.at();
      if (!scanner.value(1)) return false;
      members.push_back({unescape(key), scanner.since(value_from)});
      scanner.skip_space();
    } while (scanner.take(','));
    if (!scanner.take('}')) return false;
  }
  scanner.skip_space();
  return scanner.at_end();
}

}  // namespace

Result<std::vector<JsonMember>> scan_json_object(std::string_view text) {
  Scanner scanner(text);
  std::vector<JsonMember> members;
  if (scan_members(scanner, members)) return members;
  return Error{Error::Code::malformed_data,
               "not a JSON object: unexpected byte at offset " + std::to_string(scanner.at())};
}

bool is_json(std::string_view text) {
  Scanner scanner(text);
  scanner.skip_space();
  if (!scanner.value(0)) return false;
  scanner.skip_space();
  return scanner.at_end();
}

}  // namespace honeyhive::core
