#include "sdk/record/span_writer.h"

#include <pthread.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "core/inline.h"
#include "core/limits.h"
#include "core/utf8.h"
#include "sdk/record/recorder.h"
#include "sdk/record/trim.h"

namespace honeyhive::sdk {
namespace {

namespace field = otlp::field;
namespace limits = core::limits;
using otlp::tag_byte;
using otlp::Wire;

constexpr std::string_view status_mark = "honeyhive.status_message";
constexpr std::string_view event_name_mark = "honeyhive.event_name";
constexpr std::size_t longest_mark_key = limits::key_bytes + 32;

// Counts for the span's tracer, on the thread that is writing.
template <typename Which>
void count(const SpanState& span, Which which, std::uint32_t amount = 1) noexcept {
  ThreadState* const thread = this_thread();
  TracerSlot* const slot = thread != nullptr ? thread->slot(*span.tracer) : nullptr;
  if (slot != nullptr) (slot->counters.*which).add(amount);
}

}  // namespace

void SpanWriter::take_turn() noexcept {
  const Turn turn = sdk::take_turn(span_);
  has_turn_ = turn == Turn::taken;
  late_ = span_.ended.load(std::memory_order_relaxed);
  if (HH_UNLIKELY(!has_turn_)) {
    // An event is open only while it is somebody's turn.
    const std::uint8_t turns = span_.turns.load(std::memory_order_relaxed);
    late_ |= turn == Turn::refused || (turns & takes_turns::in_event) != 0;
  }
  if (late_) count(span_, &RecordCounters::late_set);
}

// `turns` is changed by who has the turn only.
void SpanWriter::begin_hooks() noexcept {
  runs_hooks_ = true;
  span_.turns.fetch_or(takes_turns::in_hook, std::memory_order_relaxed);
  set_quick_limit(span_);
  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state_);
}

void SpanWriter::end_hooks() noexcept {
  span_.turns.fetch_and(static_cast<std::uint8_t>(~takes_turns::in_hook),
                        std::memory_order_relaxed);
  set_quick_limit(span_);
  int ignored = 0;
  pthread_setcancelstate(cancel_state_, &ignored);
}

char* SpanWriter::reserve(std::size_t bytes) noexcept {
  if (HH_LIKELY(span_.size + bytes + span_end_bytes <= span_.capacity)) {
    return span_.buffer + span_.size;
  }
  return grow(bytes);
}

char* SpanWriter::grow(std::size_t bytes) noexcept {
  // An open span may take twice what it can be sent with: then its longest values are cut.
  const std::size_t most = std::size_t{span_.tracer->max_span_bytes} * 2;
  if (span_.size + bytes > most && event_at_ == 0 && !span_.notes.too_large) {
    const auto cut = trim_longest_values(span_, span_.tracer->max_span_bytes);
    span_.notes.too_large = !cut;
    if (cut) count(span_, &RecordCounters::values_cut, *cut);
  }
  const std::size_t needed = span_.size + bytes + span_end_bytes;
  if (needed > most + limits::value_bytes) return nullptr;
  if (needed > span_.capacity) {
    const std::size_t wanted = std::max<std::size_t>(needed, std::size_t{span_.capacity} * 2);
    auto* const buffer = static_cast<char*>(std::realloc(span_.buffer, wanted));
    if (buffer == nullptr) return nullptr;
    span_.buffer = buffer;
    span_.capacity = static_cast<std::uint32_t>(wanted);
    set_quick_limit(span_);
  }
  return span_.buffer + span_.size;
}

void SpanWriter::note_dropped(std::uint32_t& number) noexcept {
  ++number;
  set_quick_limit(span_);
  count(span_, &RecordCounters::attributes_dropped);
}

bool SpanWriter::counts_as_attribute() noexcept {
  std::uint32_t& so_far = event_at_ == 0 ? span_.notes.attributes : event_attributes_;
  const std::uint32_t most =
      event_at_ == 0 ? span_.tracer->max_attributes : limits::attributes_per_span;
  if (HH_LIKELY(so_far < most) || make_way()) {
    ++so_far;
    return true;
  }
  is_full_ = true;
  note_dropped(dropped_attributes());
  return false;
}

// Keys that were set again and again count once. Tried until it helps little.
bool SpanWriter::make_way() noexcept {
  const bool has_repeated = (span_.notes.flags & record_flag::repeated_key) != 0;
  if (event_at_ != 0 || !has_repeated || span_.notes.has_many_keys) return false;
  const auto left = drop_repeated_keys(span_);
  if (!left) return false;
  span_.notes.attributes = *left;
  span_.notes.has_many_keys = *left > span_.tracer->max_attributes / 2;
  return *left < span_.tracer->max_attributes;
}

// Empty: the attribute is ignored.
std::string_view SpanWriter::checked_key(std::string_view key) noexcept {
  if (key.empty()) {
    count(span_, &RecordCounters::keys_ignored);
    return key;
  }
  const std::string_view cut = core::cut_at_character(key, limits::key_bytes);
  count(span_, &RecordCounters::values_cut);
  mark(cut, ".truncated_key_bytes", static_cast<std::int64_t>(key.size() - cut.size()));
  return cut;
}

template <typename T>
void SpanWriter::put(std::string_view key, T value, std::size_t value_bytes) noexcept {
  if (HH_UNLIKELY(key.size() - 1 >= limits::key_bytes)) {
    key = checked_key(key);
    if (key.empty()) return;
  }
  if (HH_UNLIKELY(!counts_as_attribute())) return;
  char* out = reserve(key.size() + value_bytes + otlp::attribute_overhead);
  if (HH_UNLIKELY(out == nullptr)) {
    return note_dropped(dropped_attributes());
  }
  if (HH_UNLIKELY(event_at_ != 0)) {
    if (event_keys_->add(key)) out = note_repeated_in_event(key);
  } else if (span_.notes.keys.add(key)) {
    out = note_repeated(key);
  }
  span_.size =
      static_cast<std::uint32_t>(otlp::put_attribute(out, tag_, key, value) - span_.buffer);
}

// Here the last one wins at once: the worker looks at the keys of spans only.
char* SpanWriter::note_repeated_in_event(std::string_view key) noexcept {
  const auto content = event_at_ + static_cast<std::uint32_t>(core::padded_varint_bytes);
  event_attributes_ -= drop_key(span_, content, key);
  return span_.buffer + span_.size;
}

// Where to go on writing: what was said of the earlier value may be gone.
char* SpanWriter::note_repeated(std::string_view key) noexcept {
  span_.notes.flags |= record_flag::repeated_key;
  if (span_.notes.has_cut_values && span_.cut_keys.may_hold(key)) drop_marks(span_, key);
  return span_.buffer + span_.size;
}

void SpanWriter::text(std::string_view key, std::string_view value) noexcept {
  if (HH_UNLIKELY(value.size() > span_.tracer->max_value_bytes)) return cut_text(key, value);
  put(key, value, value.size());
}

void SpanWriter::integer(std::string_view key, std::int64_t value) noexcept { put(key, value, 0); }
void SpanWriter::number(std::string_view key, double value) noexcept { put(key, value, 0); }
void SpanWriter::boolean(std::string_view key, bool value) noexcept { put(key, value, 0); }

void SpanWriter::cut_text(std::string_view key, std::string_view value) noexcept {
  // Room for the marks too: making it for them would cut, and mark, the value that was just put.
  constexpr std::size_t marks_bytes = 2 * (longest_mark_key + otlp::attribute_overhead);
  const std::string_view cut = core::cut_at_character(value, span_.tracer->max_value_bytes);
  reserve(cut.size() + limits::key_bytes + otlp::attribute_overhead + marks_bytes);
  const std::uint32_t dropped = dropped_attributes();
  put(key, cut, cut.size());
  if (key.empty() || dropped_attributes() != dropped) return;
  count(span_, &RecordCounters::values_cut);
  key = core::cut_at_character(key, limits::key_bytes);
  if (event_at_ == 0) note_cut_key(span_, key);
  mark(key, mark_suffix, static_cast<std::int64_t>(value.size() - cut.size()));
}

void SpanWriter::note_depth(std::string_view key) noexcept {
  count(span_, &RecordCounters::attributes_dropped);
  mark(core::cut_at_character(key, limits::key_bytes), ".truncated_depth",
       static_cast<std::int64_t>(limits::value_depth));
}

// Marks are no attributes of the user's: they have a limit of their own.
void SpanWriter::mark(std::string_view key, std::string_view suffix, std::int64_t amount) noexcept {
  if (span_.notes.marks >= limits::attributes_per_span) return;
  ++span_.notes.marks;
  char name[longest_mark_key];
  std::memcpy(name, key.data(), key.size());
  std::memcpy(name + key.size(), suffix.data(), suffix.size());
  const std::string_view whole(name, key.size() + suffix.size());
  char* const out = reserve(whole.size() + otlp::attribute_overhead);
  if (out == nullptr) return;
  if (event_at_ == 0 && span_.notes.keys.add(whole)) span_.notes.flags |= record_flag::repeated_key;
  span_.size =
      static_cast<std::uint32_t>(otlp::put_attribute(out, tag_, whole, amount) - span_.buffer);
}

void SpanWriter::note_cut_name(std::string_view which, std::size_t bytes) noexcept {
  // What was said of an earlier name goes with it.
  if (HH_UNLIKELY(span_.notes.has_cut_values && event_at_ == 0 && span_.cut_keys.may_hold(which))) {
    drop_marks(span_, which);
  }
  if (HH_LIKELY(bytes == 0)) return;
  count(span_, &RecordCounters::values_cut);
  if (event_at_ == 0) note_cut_key(span_, which);
  mark(which, mark_suffix, static_cast<std::int64_t>(bytes));
}

void SpanWriter::name(std::string_view whole) noexcept {
  // A later name field replaces the earlier one: protobuf's rule for a scalar that comes twice.
  const std::string_view name = core::cut_at_character(whole, limits::name_bytes);
  char* const out = reserve(name.size() + otlp::attribute_overhead);
  if (out == nullptr) return;
  char* const end = otlp::put_text_field(out, tag_byte(field::span::name, Wire::bytes), name);
  span_.size = static_cast<std::uint32_t>(end - span_.buffer);
  note_cut_name(name_mark, whole.size() - name.size());
}

void SpanWriter::status(std::uint8_t code, std::string_view whole) noexcept {
  // A message that comes twice is merged: both fields are always there, so that the last one wins.
  const std::string_view description = core::cut_at_character(whole, limits::name_bytes);
  char* out = reserve(description.size() + otlp::attribute_overhead);
  if (out == nullptr) return;
  span_.notes.status = code;
  const std::size_t bytes = 1 + otlp::length_size(description.size()) + description.size() + 2;
  *out++ = tag_byte(field::span::status, Wire::bytes);
  out = otlp::put_length(out, bytes);
  out = otlp::put_text_field(out, tag_byte(field::status::message, Wire::bytes), description);
  *out++ = tag_byte(field::status::code, Wire::varint);
  *out++ = static_cast<char>(code);
  span_.size = static_cast<std::uint32_t>(out - span_.buffer);
  note_cut_name(status_mark, whole.size() - description.size());
}

void SpanWriter::link(const SpanState& other) noexcept {
  char* out = reserve(64);
  if (out == nullptr) return;
  *out++ = tag_byte(field::span::links, Wire::bytes);
  *out++ = 2 + 16 + 2 + 8;
  *out++ = tag_byte(field::link::trace_id, Wire::bytes);
  *out++ = 16;
  out = static_cast<char*>(std::memcpy(out, other.trace_id, 16)) + 16;
  *out++ = tag_byte(field::link::span_id, Wire::bytes);
  *out++ = 8;
  out = otlp::put_raw(out, other.span_id);
  span_.size = static_cast<std::uint32_t>(out - span_.buffer);
}

bool SpanWriter::begin_event(std::string_view whole, KeyFilter& keys) noexcept {
  ThreadState* const thread = this_thread();
  const std::string_view name = core::cut_at_character(whole, limits::name_bytes);
  char* const begin = reserve(name.size() + otlp::attribute_overhead);
  if (span_.notes.events >= span_.tracer->max_events || begin == nullptr || thread == nullptr) {
    note_dropped(span_.notes.dropped_events);
    return false;
  }
  ++span_.notes.events;
  char* out = begin;
  *out++ = tag_byte(field::span::events, Wire::bytes);
  out += core::padded_varint_bytes;
  *out++ = tag_byte(field::event::time, Wire::fixed64);
  out = otlp::put_raw(out, now_ns(*thread));
  out = otlp::put_text_field(out, tag_byte(field::event::name, Wire::bytes), name);
  span_.size = static_cast<std::uint32_t>(out - span_.buffer);
  event_at_ = static_cast<std::uint32_t>(begin + 1 - span_.buffer);
  event_attributes_ = 0;
  event_dropped_ = 0;
  event_keys_ = &keys;
  // The turn as well, if it is not ours yet: who ends the span leaves that to us then.
  if (!has_turn_) has_turn_ = sdk::take_turn(span_) == Turn::taken;
  span_.turns.fetch_or(takes_turns::in_event, std::memory_order_relaxed);
  set_quick_limit(span_);
  tag_ = otlp::event_attribute_tag;
  note_cut_name(event_name_mark, whole.size() - name.size());
  return true;
}

void SpanWriter::go_back(const Place& place) noexcept {
  if (place.moves != span_.moves || place.size > span_.size) return;
  span_.size = place.size;
  (event_at_ == 0 ? span_.notes.attributes : event_attributes_) = place.attributes;
  is_full_ = false;
  set_quick_limit(span_);
}

void SpanWriter::end_event() noexcept {
  if (char* const out = event_dropped_ > 0 ? reserve(8) : nullptr) {
    *out = tag_byte(field::event::dropped_attributes_count, Wire::varint);
    span_.size =
        static_cast<std::uint32_t>(core::put_varint(out + 1, event_dropped_) - span_.buffer);
  }
  const auto content = event_at_ + static_cast<std::uint32_t>(core::padded_varint_bytes);
  core::put_padded_varint(span_.buffer + event_at_, span_.size - content);
  event_at_ = 0;
  is_full_ = false;
  tag_ = otlp::span_attribute_tag;
  span_.turns.fetch_and(static_cast<std::uint8_t>(~takes_turns::in_event),
                        std::memory_order_relaxed);
  set_quick_limit(span_);
}

}  // namespace honeyhive::sdk
