#include "sdk/record/trim.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>
#include <unordered_set>
#include <vector>

#include "core/limits.h"
#include "core/utf8.h"
#include "otlp/encode.h"
#include "otlp/field_reader.h"

namespace honeyhive::sdk {
namespace {

namespace field = otlp::field;

constexpr std::string_view mark_suffix = ".truncated_bytes";
constexpr std::size_t shortest_cut = 256;  // shorter texts are left alone

// A field of the span; `text` is set if it is an attribute with a text that may be cut.
struct Part {
  std::string_view whole;
  std::string_view key;
  std::string_view text;
};

// Earlier values of a key that was set again.
void erase_repeated(std::vector<Part>& parts) {
  std::unordered_set<std::string_view> seen;
  std::reverse(parts.begin(), parts.end());
  std::erase_if(
      parts, [&](const Part& part) { return !part.key.empty() && !seen.insert(part.key).second; });
  std::reverse(parts.begin(), parts.end());
}

// Without repeated keys. Empty if the record does not parse, which would be a fault of ours.
std::vector<Part> split(std::string_view span_message) {
  std::vector<Part> parts;
  otlp::FieldReader reader(span_message);
  otlp::Field part;
  while (reader.next(part)) {
    Part& made = parts.emplace_back(Part{part.whole, {}, {}});
    std::string_view any_value;
    if (part.number != field::span::attributes) continue;
    if (!otlp::read_key_value(part.bytes, made.key, any_value)) continue;
    otlp::FieldReader value_reader(any_value);
    otlp::Field value;
    if (value_reader.next(value) && value.number == field::any_value::string) {
      made.text = value.bytes;
    }
  }
  if (reader.malformed()) parts.clear();
  erase_repeated(parts);
  return parts;
}

// What the record takes with texts of at most `limit` bytes; an upper bound.
std::size_t size_with(const std::vector<Part>& parts, std::size_t limit) noexcept {
  std::size_t total = otlp::record_frame_bytes;
  for (const Part& part : parts) {
    total += part.whole.size();
    if (part.text.size() <= limit) continue;
    total -= part.text.size() - limit;
    total += part.key.size() + mark_suffix.size() + otlp::attribute_overhead;
  }
  return total;
}

// Bytes that earlier cuts of `key` took off: the new mark replaces theirs.
std::int64_t marked_before(const std::vector<Part>& parts, std::string_view mark) noexcept {
  for (const Part& part : parts) {
    if (part.key != mark) continue;
    std::string_view key, any_value;
    otlp::FieldReader outer(part.whole);
    otlp::Field attribute, value;
    if (!outer.next(attribute) || !otlp::read_key_value(attribute.bytes, key, any_value)) continue;
    otlp::FieldReader inner(any_value);
    if (inner.next(value)) return static_cast<std::int64_t>(value.number_value);
  }
  return 0;
}

// Whether `part` is the mark of a text that will be marked anew.
bool is_outdated_mark(const std::vector<Part>& parts, const Part& part,
                      std::size_t limit) noexcept {
  if (!part.key.ends_with(mark_suffix)) return false;
  const std::string_view key = part.key.substr(0, part.key.size() - mark_suffix.size());
  return std::any_of(parts.begin(), parts.end(), [&](const Part& other) {
    return other.key == key && other.text.size() > limit;
  });
}

// The span's record becomes `content`, which is not longer.
void replace_content(SpanState& span, const std::string& content) noexcept {
  std::memcpy(span.buffer, content.data(), content.size());
  span.size = static_cast<std::uint32_t>(content.size());
  set_quick_limit(span);
}

std::string with_limit(const std::vector<Part>& parts, std::size_t limit) {
  std::string out(otlp::record_frame_bytes, '\0');
  const auto append = [&](std::string_view key, auto value, std::size_t value_bytes) {
    const std::size_t at = out.size();
    out.resize(at + key.size() + value_bytes + otlp::attribute_overhead);
    const char* const end =
        otlp::put_attribute(out.data() + at, otlp::span_attribute_tag, key, value);
    out.resize(static_cast<std::size_t>(end - out.data()));
  };
  for (const Part& part : parts) {
    if (part.text.size() <= limit) {
      if (!is_outdated_mark(parts, part, limit)) out += part.whole;
      continue;
    }
    const std::string_view cut = core::cut_at_character(part.text, limit);
    append(part.key, cut, cut.size());
    const std::string mark = std::string(part.key) + std::string(mark_suffix);
    append(mark,
           static_cast<std::int64_t>(part.text.size() - cut.size()) + marked_before(parts, mark),
           0);
  }
  return out;
}

}  // namespace

std::optional<std::uint32_t> drop_repeated_keys(SpanState& span) noexcept {
  try {
    const std::vector<Part> parts =
        split({span.buffer + otlp::record_frame_bytes, span.size - otlp::record_frame_bytes});
    if (parts.empty()) return std::nullopt;
    const std::string kept = with_limit(parts, core::limits::value_bytes);
    replace_content(span, kept);
    const auto count = std::count_if(parts.begin(), parts.end(), [](const Part& part) {
      return !part.key.empty() && part.key.find(".truncated_") == part.key.npos;
    });
    return static_cast<std::uint32_t>(count);
  } catch (...) {
    return std::nullopt;
  }
}

bool trim_longest_values(SpanState& span, std::uint32_t target) noexcept {
  try {
    const std::vector<Part> parts =
        split({span.buffer + otlp::record_frame_bytes, span.size - otlp::record_frame_bytes});
    // The largest limit that fits, by halving the interval.
    std::size_t low = shortest_cut, high = core::limits::value_bytes;
    if (parts.empty() || size_with(parts, low) > target) return false;
    while (low < high) {
      const std::size_t middle = low + (high - low + 1) / 2;
      if (size_with(parts, middle) <= target) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    const std::string trimmed = with_limit(parts, low);
    if (trimmed.size() > span.size) return false;
    replace_content(span, trimmed);
    // Marks may now stand beside earlier ones of the same key.
    span.notes.flags |= record_flag::repeated_key;
    return true;
  } catch (...) {
    return false;
  }
}

}  // namespace honeyhive::sdk
