#pragma once

// Collects a span's values into HoneyHive's seven buckets and writes them as JSON objects.
//
// Keys keep their dots: `honeyhive_inputs.user.id` becomes {"user.id": ...}. One place can hold one
// value: the one with the best precedence. Nothing is lost: an attribute whose place is taken stays
// in metadata under its own key; where that is taken too, below `displaced_key` of metadata.
//
// Holds views: what is put must outlive `write`, apart from JSON, which is kept. Not thread-safe;
// `clear` makes it ready for the next span.

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "otlp/attributes.h"
#include "server/store/event.h"

namespace honeyhive::server {

// Lower wins. Of equals the first put wins.
using Precedence = std::uint8_t;
inline constexpr Precedence own_precedence = 0;      // `honeyhive_<bucket>.<key>`
inline constexpr Precedence plain_precedence = 254;  // what no convention knows
inline constexpr Precedence last_precedence = 255;   // what we add ourselves

inline constexpr std::string_view displaced_key = "honeyhive.displaced";

class SpanBuckets {
 public:
  struct Entry {
    Bucket bucket;
    Precedence precedence;
    bool is_json = false;  // `value.text` is JSON
    bool is_part = false;  // holds a part of `source` only
    bool is_shown = true;  // once settled
    std::string_view key;
    otlp::AnyValue value;
    const otlp::KeyValue* source = nullptr;  // the attribute it comes from, if it is from one
    std::uint32_t first_source = 0;          // if it is from several
    std::uint32_t sources = 0;
  };

  // An attribute that names bucket and key.
  void put_own(Bucket bucket, std::string_view key, const otlp::KeyValue& source);

  // An attribute that no convention knows: metadata, under its own key.
  void put_plain(const otlp::KeyValue& source);
  void put_plain(std::string_view key, const otlp::AnyValue& value);  // of no attribute

  // An attribute that a convention gives another place.
  void put(Bucket bucket, std::string_view key, Precedence precedence,
           const otlp::KeyValue& source);
  // The same, as JSON that was made of it.
  void put_json(Bucket bucket, std::string_view key, Precedence precedence, std::string json,
                const otlp::KeyValue& source);
  // The same, for one of several members that `source` holds.
  void put_part(Bucket bucket, std::string key, Precedence precedence, std::string json,
                const otlp::KeyValue& source);
  // JSON that was made of several attributes, or of none: then it is lost if its place is taken.
  void put_made(Bucket bucket, std::string key, Precedence precedence, std::string json,
                std::span<const otlp::KeyValue* const> sources = {});

  // Decides who is shown. What is put afterwards must be in no place that is taken.
  void settle();
  const std::vector<Entry>& entries() const noexcept { return entries_; }

  // Sets the buckets of `event`; empty ones become "".
  void write(Event& event) const;
  void clear();

 private:
  using Index = std::uint32_t;
  bool hide_repeated();  // whether any was hidden
  void hide_after_best(std::vector<Index>& same_place);
  bool put_back_hidden();
  void write_displaced(std::string& metadata) const;

  std::vector<Entry> entries_;
  std::vector<Index> losers_;     // whose value is not that of who won
  std::vector<Index> displaced_;  // shown below `displaced_key`
  std::vector<const otlp::KeyValue*> sources_;
  std::deque<std::string> texts_;  // JSON and keys that were made
};

}  // namespace honeyhive::server
