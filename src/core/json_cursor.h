#pragma once

// Walks over JSON text, token by token, without recursion and without a tree.
//
// Each reader moves behind what it read and returns true; else the text is ill-formed there, and
// `at()` is the first byte that cannot be. Whether strings are UTF-8 is not checked. Not
// thread-safe.
//
// Source: RFC 8259.

#include <cstddef>
#include <string>
#include <string_view>

namespace honeyhive::core {

class JsonCursor {
 public:
  explicit JsonCursor(std::string_view text) : text_(text) {}

  std::size_t at() const noexcept { return at_; }
  bool at_end() const noexcept { return at_ == text_.size(); }
  char peek() const noexcept { return at_end() ? '\0' : text_[at_]; }
  std::string_view since(std::size_t from) const { return text_.substr(from, at_ - from); }

  void skip_space() noexcept;
  bool take(char c) noexcept;

  bool word(std::string_view expected) noexcept;  // true, false, null
  bool number() noexcept;

  // `raw`: what stands between the quotes. Whether a backslash is in it: `has_escapes`.
  bool string(std::string_view& raw, bool& has_escapes) noexcept;

  // One whole value. False also where it is nested more than `max_depth` deep, which is at most
  // `deepest`: its `at()` is the bracket.
  static constexpr std::size_t deepest = 1024;
  bool skip_value(std::size_t max_depth) noexcept;

 private:
  bool escape() noexcept;
  bool digits() noexcept;
  bool scalar() noexcept;
  bool key() noexcept;

  std::string_view text_;
  std::size_t at_ = 0;
};

// Appends the text of a string; half of a surrogate pair becomes U+FFFD. Precondition: `raw` comes
// from `JsonCursor::string`.
void append_unescaped(std::string& out, std::string_view raw);

}  // namespace honeyhive::core
