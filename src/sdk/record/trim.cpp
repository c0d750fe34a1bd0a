#include "sdk/record/trim.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/limits.h"
#include "core/utf8.h"
#include "otlp/encode.h"
#include "otlp/field_reader.h"

namespace honeyhive::sdk {
namespace {

namespace field = otlp::field;

constexpr std::size_t shortest_cut = 256;  // shorter texts are left alone

// A field of a span or of an event. `key` and `text` are set if it is an attribute, with a text
// that may be cut; `inner` if it is an event.
struct Part {
  std::string_view whole;
  std::string_view key = {};
  std::string_view text = {};
  std::vector<Part> inner = {};
};
using Parts = std::vector<Part>;

Part attribute_part(const otlp::Field& attribute) {
  Part made{attribute.whole};
  std::string_view any_value;
  if (!otlp::read_key_value(attribute.bytes, made.key, any_value)) return made;
  otlp::FieldReader reader(any_value);
  otlp::Field value;
  if (reader.next(value) && value.number == field::any_value::string) made.text = value.bytes;
  return made;
}

Part event_part(const otlp::Field& event) {
  Part made{event.whole};
  otlp::FieldReader reader(event.bytes);
  otlp::Field part;
  while (reader.next(part)) {
    made.inner.push_back(part.number == field::event::attributes ? attribute_part(part)
                                                                 : Part{part.whole});
  }
  return made;
}

// Earlier values of a key that was set again.
void erase_repeated(Parts& parts) {
  std::unordered_set<std::string_view> seen;
  std::reverse(parts.begin(), parts.end());
  std::erase_if(
      parts, [&](const Part& part) { return !part.key.empty() && !seen.insert(part.key).second; });
  std::reverse(parts.begin(), parts.end());
}

// Without what was overwritten: keys, names, statuses. Empty if the record does not parse, which
// would be a fault of ours.
Parts split(const SpanState& span) {
  Parts parts;
  std::unordered_map<std::uint32_t, std::size_t> only;  // of which the last counts
  otlp::FieldReader reader(
      {span.buffer + otlp::record_frame_bytes, span.size - otlp::record_frame_bytes});
  otlp::Field part;
  while (reader.next(part)) {
    if (part.number == field::span::attributes) {
      parts.push_back(attribute_part(part));
    } else if (part.number == field::span::events) {
      parts.push_back(event_part(part));
    } else if (part.number == field::span::name || part.number == field::span::status) {
      const auto [at, is_first] = only.try_emplace(part.number, parts.size());
      if (is_first) parts.emplace_back();
      parts[at->second] = Part{part.whole};
    } else {
      parts.push_back(Part{part.whole});
    }
  }
  if (reader.malformed()) parts.clear();
  erase_repeated(parts);
  return parts;
}

// What the parts take with texts of at most `limit` bytes; an upper bound.
std::size_t size_with(const Parts& parts, std::size_t limit) noexcept {
  std::size_t total = 0;
  for (const Part& part : parts) {
    total += part.whole.size();
    if (!part.inner.empty()) {
      for (const Part& inner : part.inner) total -= inner.whole.size();
      total += size_with(part.inner, limit);
    } else if (part.text.size() > limit) {
      total -= part.text.size() - limit;
      total += part.key.size() + mark_suffix.size() + otlp::attribute_overhead;
    }
  }
  return total;
}

// Bytes that earlier cuts of a key took off: the new mark replaces theirs.
std::int64_t marked_before(const Parts& parts, std::string_view mark) noexcept {
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

// The key whose cut `mark` tells of; empty if it is no mark.
std::string_view marked_key(std::string_view mark) noexcept {
  return mark.ends_with(mark_suffix) ? mark.substr(0, mark.size() - mark_suffix.size())
                                     : std::string_view();
}

// Whether `part` is the mark of a text that will be marked anew.
bool is_outdated_mark(const Parts& parts, const Part& part, std::size_t limit) noexcept {
  const std::string_view key = marked_key(part.key);
  return !key.empty() && std::any_of(parts.begin(), parts.end(), [&](const Part& other) {
    return other.key == key && other.text.size() > limit;
  });
}

template <typename T>
void append_attribute(std::string& out, char tag, std::string_view key, T value) {
  std::size_t value_bytes = 0;
  if constexpr (std::is_same_v<T, std::string_view>) value_bytes = value.size();
  const std::size_t at = out.size();
  out.resize(at + key.size() + value_bytes + otlp::attribute_overhead);
  const char* const end = otlp::put_attribute(out.data() + at, tag, key, value);
  out.resize(static_cast<std::size_t>(end - out.data()));
}

void append_event(std::string& out, std::string_view content) {
  out += otlp::tag_byte(field::span::events, otlp::Wire::bytes);
  char length[core::padded_varint_bytes];
  core::put_padded_varint(length, static_cast<std::uint32_t>(content.size()));
  out.append(length, sizeof length);
  out += content;
}

// Texts above `limit` are cut. Adds to `cut` how many had not been cut before.
void append_parts(std::string& out, const Parts& parts, std::size_t limit, char attribute_tag,
                  std::uint32_t& cut) {
  for (const Part& part : parts) {
    if (!part.inner.empty()) {
      std::string event;
      append_parts(event, part.inner, limit, otlp::event_attribute_tag, cut);
      append_event(out, event);
    } else if (part.text.size() <= limit) {
      if (!is_outdated_mark(parts, part, limit)) out += part.whole;
    } else {
      const std::string_view kept = core::cut_at_character(part.text, limit);
      append_attribute(out, attribute_tag, part.key, kept);
      const std::string mark = std::string(part.key) + std::string(mark_suffix);
      const std::int64_t before = marked_before(parts, mark);
      append_attribute(out, attribute_tag, mark,
                       static_cast<std::int64_t>(part.text.size() - kept.size()) + before);
      cut += before == 0;
    }
  }
}

// The record with texts of at most `limit` bytes becomes the span's, if it is no longer than that
// is. How many texts were cut for the first time.
std::optional<std::uint32_t> rewrite(SpanState& span, const Parts& parts, std::size_t limit) {
  std::string content(otlp::record_frame_bytes, '\0');
  std::uint32_t cut = 0;
  append_parts(content, parts, limit, otlp::span_attribute_tag, cut);
  if (content.size() > span.size) return std::nullopt;
  // Before the copy: the parts are views of the buffer.
  for (const Part& part : parts) {
    if (part.text.size() > limit) note_cut_key(span, part.key);
  }
  std::memcpy(span.buffer, content.data(), content.size());
  span.size = static_cast<std::uint32_t>(content.size());
  ++span.moves;
  set_quick_limit(span);
  return cut;
}

}  // namespace

std::optional<std::uint32_t> drop_repeated_keys(SpanState& span) noexcept {
  try {
    const Parts parts = split(span);
    if (parts.empty() || !rewrite(span, parts, core::limits::value_bytes)) return std::nullopt;
    const auto count = std::count_if(parts.begin(), parts.end(), [](const Part& part) {
      return !part.key.empty() && part.key.find(".truncated_") == part.key.npos;
    });
    return static_cast<std::uint32_t>(count);
  } catch (...) {
    return std::nullopt;
  }
}

std::optional<std::uint32_t> trim_longest_values(SpanState& span, std::uint32_t target) noexcept {
  try {
    const Parts parts = split(span);
    const auto fits = [&](std::size_t limit) {
      return otlp::record_frame_bytes + size_with(parts, limit) <= target;
    };
    // The largest limit that fits, by halving the interval.
    std::size_t low = shortest_cut, high = core::limits::value_bytes;
    if (parts.empty() || !fits(low)) return std::nullopt;
    while (low < high) {
      const std::size_t middle = low + (high - low + 1) / 2;
      if (fits(middle)) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    const auto cut = rewrite(span, parts, low);
    // Marks may now stand beside earlier ones of the same key.
    if (cut) span.notes.flags |= record_flag::repeated_key;
    return cut;
  } catch (...) {
    return std::nullopt;
  }
}

void note_cut_key(SpanState& span, std::string_view key) noexcept {
  if (!span.notes.has_cut_values) span.cut_keys = {};
  span.notes.has_cut_values = true;
  span.cut_keys.add(key);
  set_quick_limit(span);
}

void drop_marks(SpanState& span, std::string_view key) noexcept {
  char* out = span.buffer + otlp::record_frame_bytes;
  const char* const end = span.buffer + span.size;
  otlp::FieldReader reader({out, static_cast<std::size_t>(end - out)});
  otlp::Field part;
  std::string_view found, any_value;
  std::uint32_t dropped = 0;
  const auto keep = [&](const char* from, std::size_t bytes) {
    if (dropped > 0) std::memmove(out, from, bytes);
    out += bytes;
  };
  span.notes.has_cut_values = false;
  while (reader.next(part)) {
    const bool is_attribute = part.number == field::span::attributes &&
                              otlp::read_key_value(part.bytes, found, any_value);
    const std::string_view cut = is_attribute ? marked_key(found) : std::string_view();
    if (!cut.empty() && cut == key) {
      ++dropped;
      continue;
    }
    if (!cut.empty()) note_cut_key(span, cut);
    keep(part.whole.data(), part.whole.size());
  }
  // What does not parse, by a fault of ours, stays.
  if (reader.malformed())
    keep(part.whole.data(), static_cast<std::size_t>(end - part.whole.data()));
  span.size = static_cast<std::uint32_t>(out - span.buffer);
  span.moves += dropped > 0;
  span.notes.marks -= std::min(span.notes.marks, dropped);  // not all of them were counted there
  set_quick_limit(span);
}

std::uint32_t drop_key(SpanState& span, std::uint32_t event, std::string_view key) noexcept {
  char* out = span.buffer + event;
  otlp::FieldReader reader({out, span.size - event});
  otlp::Field part;
  std::string_view found, any_value;
  std::uint32_t dropped = 0;
  while (reader.next(part)) {
    const bool is_attribute = part.number == field::event::attributes &&
                              otlp::read_key_value(part.bytes, found, any_value);
    if (is_attribute && (found == key || marked_key(found) == key)) {
      dropped += found == key;
      continue;
    }
    if (out != part.whole.data()) std::memmove(out, part.whole.data(), part.whole.size());
    out += part.whole.size();
  }
  const auto size = static_cast<std::uint32_t>(out - span.buffer);
  span.moves += size != span.size;
  span.size = size;
  return dropped;
}

}  // namespace honeyhive::sdk
