#pragma once

// Appends to an open span: bounds keys, values and numbers, marks what it cuts, counts what it
// drops. One writer per call: where others may write too, it holds the span's turn.
//
// Nothing here throws, or waits for more than a moment; only the growth of a span's buffer
// allocates.

#include <cstdint>
#include <string_view>

#include "core/inline.h"
#include "core/limits.h"
#include "otlp/encode.h"
#include "sdk/record/span_state.h"
#include "sdk/record/span_turn.h"

namespace honeyhive::sdk {

inline constexpr std::string_view name_mark = "honeyhive.span_name";  // for note_cut_name

class SpanWriter {
 public:
  // `always`: for who is not the span's handle. That may be in use on another thread.
  // `hooks`: for who writes values of users' types, whose code may do anything to the span: it is
  // ended, by whomever, once it has been written to.
  enum class Turns : std::uint8_t { as_needed, always, hooks };

  // `span` must not be null; false if it has ended, or its turn is not to be
  // had (counted as late).
  explicit SpanWriter(SpanState* span, Turns turns = Turns::as_needed) noexcept : span_(*span) {
    if (HH_UNLIKELY(span_.turns.load(std::memory_order_relaxed) != 0 || turns != Turns::as_needed ||
                    !is_owned_here(span_))) {
      take_turn();
      if (turns == Turns::hooks && has_turn_) begin_hooks();
    }
  }
  ~SpanWriter() {
    if (HH_UNLIKELY(has_turn_)) {
      if (runs_hooks_) end_hooks();
      give_turn_back(span_);
    }
  }
  SpanWriter(const SpanWriter&) = delete;
  SpanWriter& operator=(const SpanWriter&) = delete;

  explicit operator bool() const noexcept { return !late_; }

  void text(std::string_view key, std::string_view value) noexcept;
  void integer(std::string_view key, std::int64_t value) noexcept;
  void number(std::string_view key, double value) noexcept;
  void boolean(std::string_view key, bool value) noexcept;

  void name(std::string_view whole) noexcept;
  void status(std::uint8_t code, std::string_view whole) noexcept;
  void link(const SpanState& other) noexcept;

  // An event; attributes between the two calls belong to it, and nobody else writes to the span.
  // `keys`, empty, must live until its end. False: there are too many.
  bool begin_event(std::string_view whole, KeyFilter& keys) noexcept;
  void end_event() noexcept;

  // How far writing has come, and back to there; not once the span has been cut in between.
  struct Place {
    std::uint32_t size, attributes, moves;
  };
  Place place() const noexcept {
    return {span_.size, event_at_ == 0 ? span_.notes.attributes : event_attributes_, span_.moves};
  }
  void go_back(const Place& place) noexcept;

  // False once an attribute was dropped because there are too many.
  bool takes_more() const noexcept { return !is_full_; }

  // Content below the depth limit was left out under `key`.
  void note_depth(std::string_view key) noexcept;

  // A name, or what a status says, lost its last bytes; of an event, while that is open.
  void note_cut_name(std::string_view which, std::size_t bytes) noexcept;

 private:
  template <typename T>
  void put(std::string_view key, T value, std::size_t value_bytes) noexcept;
  std::string_view checked_key(std::string_view key) noexcept;
  void cut_text(std::string_view key, std::string_view value) noexcept;
  char* note_repeated(std::string_view key) noexcept;
  char* note_repeated_in_event(std::string_view key) noexcept;
  void mark(std::string_view key, std::string_view suffix, std::int64_t amount) noexcept;
  bool counts_as_attribute() noexcept;
  bool make_way() noexcept;
  void note_dropped(std::uint32_t& number) noexcept;
  std::uint32_t& dropped_attributes() noexcept {
    return event_at_ == 0 ? span_.notes.dropped_attributes : event_dropped_;
  }
  char* reserve(std::size_t bytes) noexcept;
  char* grow(std::size_t bytes) noexcept;
  void take_turn() noexcept;
  void begin_hooks() noexcept;
  void end_hooks() noexcept;

  SpanState& span_;
  char tag_ = otlp::span_attribute_tag;
  bool has_turn_ = false;
  bool runs_hooks_ = false;
  bool late_ = false;
  bool is_full_ = false;
  int cancel_state_ = 0;        // while hooks run no cancellation goes through them
  std::uint32_t event_at_ = 0;  // offset of the open event's length
  std::uint32_t event_attributes_ = 0;
  std::uint32_t event_dropped_ = 0;
  KeyFilter* event_keys_ = nullptr;
};

// What nearly every attribute is: a short text under a short key, on the thread that started the
// span, which nobody shares, with room left. False: nothing was written, `SpanWriter::text` has to
// look at it.
HH_INLINE bool put_short_text(SpanState& span, std::string_view key,
                              std::string_view value) noexcept {
  // Whose the span is comes before what it holds: another thread may be writing that.
  if (HH_UNLIKELY(key.size() + value.size() > longest_short_text || !is_owned_here(span) ||
                  span.size >= span.quick_limit)) {
    return false;
  }
  std::uint64_t hash = 0;
  if (HH_LIKELY(key.size() >= 8)) {
    hash = KeyFilter::hash_long(key);
  } else {
    if (HH_UNLIKELY(key.empty())) return false;
    hash = KeyFilter::hash_short(key);
  }
  ++span.notes.attributes;
  if (HH_UNLIKELY(span.notes.keys.add(hash))) span.notes.flags |= record_flag::repeated_key;
  char* const out = span.buffer + span.size;
  char* const end = otlp::put_short_attribute(out, otlp::span_attribute_tag, key, value);
  span.size = static_cast<std::uint32_t>(end - span.buffer);
  return true;
}

}  // namespace honeyhive::sdk
