// is_fit: looks over every span that is sent, in one pass and without allocation.

#include <cstdint>
#include <cstring>

#include "core/inline.h"
#include "core/utf8.h"
#include "otlp/encode.h"
#include "otlp/field_reader.h"
#include "sdk/deliver/scrub.h"

namespace honeyhive::sdk {
namespace {

namespace field = otlp::field;
using otlp::Wire;

std::uint64_t hash_of(std::string_view key) noexcept {
  constexpr std::uint64_t prime = 0x9e3779b97f4a7c15;
  std::uint64_t hash = key.size() * prime;
  const auto mix = [&](std::uint64_t word) {
    hash = (hash ^ word) * prime;
    hash ^= hash >> 32;
  };
  while (key.size() >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, key.data(), 8);
    mix(word);
    key.remove_prefix(8);
  }
  std::uint64_t rest = 0;
  for (const char c : key) rest = rest << 8 | static_cast<unsigned char>(c);
  mix(rest);
  return hash | 1;  // 0 is an empty slot
}

// Remembers the hashes of a span's keys.
class KeySet {
 public:
  // False: there is no room, or the key was there before.
  bool add(std::string_view key) noexcept {
    if (++count_ > most) return false;
    const std::uint64_t hash = hash_of(key);
    for (std::size_t at = hash >> 56;; at = (at + 1) % slots) {
      if (hashes_[at] == hash) return false;
      if (hashes_[at] != 0) continue;
      hashes_[at] = hash;
      return true;
    }
  }

 private:
  static constexpr std::size_t slots = 256;
  static constexpr std::size_t most = 100;

  std::uint64_t hashes_[slots] = {};
  std::size_t count_ = 0;
};

// A length and the bytes it counts; false if they do not lie before `end`.
HH_INLINE bool read_bytes(const char*& at, const char* end, std::string_view& bytes) noexcept {
  if (at == end) return false;
  std::uint64_t length = static_cast<unsigned char>(*at);
  if (HH_LIKELY(length < 0x80)) {
    ++at;
  } else if (!core::get_varint(at, end, length)) {
    return false;
  }
  if (length > static_cast<std::uint64_t>(end - at)) return false;
  bytes = {at, static_cast<std::size_t>(length)};
  at += length;
  return true;
}

HH_INLINE bool read_tagged(const char*& at, const char* end, char tag,
                           std::string_view& bytes) noexcept {
  if (at == end || *at != tag) return false;
  ++at;
  return read_bytes(at, end, bytes);
}

// One field and nothing behind it: what an AnyValue of ours is.
bool is_one_field(std::string_view message) noexcept {
  otlp::FieldReader reader(message);
  otlp::Field part;
  return reader.next(part) && part.whole.size() == message.size();
}

// A KeyValue as our encoder writes it: key, then value, each once. `text` is empty for numbers.
HH_INLINE bool read_attribute(std::string_view key_value, std::string_view& key,
                              std::string_view& text) noexcept {
  const char* at = key_value.data();
  const char* const end = at + key_value.size();
  std::string_view any_value;
  if (!read_tagged(at, end, otlp::tag_byte(field::key_value::key, Wire::bytes), key) ||
      !read_tagged(at, end, otlp::tag_byte(field::key_value::value, Wire::bytes), any_value) ||
      at != end) {
    return false;
  }
  text = {};
  if (any_value.empty()) return true;
  const char* value = any_value.data();
  constexpr char text_tag = otlp::tag_byte(field::any_value::string, Wire::bytes);
  if (*value != text_tag) return is_one_field(any_value);
  return read_bytes(++value, end, text) && value == end;
}

struct Keys {
  KeySet* all = nullptr;       // null: repetitions are not looked for
  bool like_constant = false;  // one of them may be a constant's: those begin with "honeyhive"
};

HH_INLINE bool begins_as_constants(std::string_view key) noexcept {
  return key.size() > 8 && std::memcmp(key.data(), "honeyhiv", 8) == 0;
}

HH_INLINE bool is_fit_attribute(std::string_view key_value, Keys& keys) noexcept {
  constexpr std::size_t key_at = 2;
  // Below 128 bytes the tags and lengths are ASCII too: nothing need be told apart.
  if (keys.all == nullptr && key_value.size() < 0x80 && key_value.size() > key_at &&
      core::is_ascii(key_value)) {
    keys.like_constant |= begins_as_constants(key_value.substr(key_at));
    return true;
  }
  std::string_view key, text;
  if (!read_attribute(key_value, key, text) || !core::is_utf8(key) || !core::is_utf8(text)) {
    return false;
  }
  keys.like_constant |= begins_as_constants(key);
  return keys.all == nullptr || keys.all->add(key);
}

// A message whose text is in `text_field` and whose attributes are in `attribute_field`.
bool is_fit_message(std::string_view message, std::uint32_t text_field,
                    std::uint32_t attribute_field) noexcept {
  otlp::FieldReader reader(message);
  otlp::Field part;
  Keys unchecked;
  while (reader.next(part)) {
    if (part.wire != Wire::bytes) continue;
    if (part.number == text_field && !core::is_utf8(part.bytes)) return false;
    if (part.number == attribute_field && !is_fit_attribute(part.bytes, unchecked)) return false;
  }
  return !reader.malformed();
}

// Anything of a span but an attribute.
bool is_fit_field(const otlp::Field& part) noexcept {
  switch (part.number) {
    case field::span::name:
      return core::is_utf8(part.bytes);
    case field::span::events:
      return is_fit_message(part.bytes, field::event::name, field::event::attributes);
    case field::span::status:
      return is_fit_message(part.bytes, field::status::message, 0);
    default:
      return true;
  }
}

bool is_fit_span(std::string_view message, Keys& keys) noexcept {
  const char* at = message.data();
  const char* const end = at + message.size();
  std::string_view key_value;
  while (at != end) {
    if (*at == otlp::span_attribute_tag) {
      if (!read_bytes(++at, end, key_value) || !is_fit_attribute(key_value, keys)) return false;
      continue;
    }
    otlp::FieldReader reader({at, static_cast<std::size_t>(end - at)});
    otlp::Field part;
    if (!reader.next(part) || !is_fit_field(part)) return false;
    at += part.whole.size();
  }
  return true;
}

bool repeats_constant(std::string_view constants, KeySet& keys) noexcept {
  otlp::FieldReader reader(constants);
  otlp::Field part;
  std::string_view key, text;
  while (reader.next(part)) {
    if (!read_attribute(part.bytes, key, text) || !keys.add(key)) return true;
  }
  return false;
}

}  // namespace

bool is_fit(std::string_view span_message, std::string_view constants, bool check_keys) noexcept {
  Keys keys;
  if (!check_keys) {
    if (!is_fit_span(span_message, keys)) return false;
    if (!keys.like_constant) return true;
  }
  KeySet all;
  keys = {&all, false};
  if (!is_fit_span(span_message, keys)) return false;
  return !keys.like_constant || !repeats_constant(constants, all);
}

}  // namespace honeyhive::sdk
