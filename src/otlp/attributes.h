#pragma once

// Attributes as they arrive: views into a request that outlives them.
//
// Not thread-safe.

#include <cstdint>
#include <string_view>
#include <vector>

namespace honeyhive::otlp {

struct AnyValue {
  enum class Kind : std::uint8_t { none, string, boolean, integer, number, array, kvlist, bytes };

  Kind kind = Kind::none;
  bool boolean = false;
  std::int64_t integer = 0;
  double number = 0;
  // Of string and bytes; of array and kvlist: encoded, for `for_each_item` and `entries_of`.
  std::string_view text{};

  static AnyValue of(std::string_view text) { return {.kind = Kind::string, .text = text}; }
  static AnyValue of(std::int64_t integer) { return {.kind = Kind::integer, .integer = integer}; }
};

struct KeyValue {
  std::string_view key;  // 1 to `received_key_bytes`; longer ones are cut
  AnyValue value;
  std::size_t cut_bytes = 0;  // of the key; they stand behind it

  std::string_view sent_key() const { return {key.data(), key.size() + cut_bytes}; }
};

struct Attributes {
  std::vector<KeyValue> items;  // each key once, the last value sent, where the first one stood
  std::uint64_t dropped = 0;    // left out here: without a key, too many, or alike once cut
  std::uint64_t dropped_by_sender = 0;
  std::uint64_t missing() const noexcept { return dropped + dropped_by_sender; }

  const AnyValue* find(std::string_view key) const noexcept;
  // The text of the string under `key`; empty if there is none.
  std::string_view text(std::string_view key) const noexcept;

  void add(const KeyValue& entry);  // leaves out what the bounds do not allow
  void keep_last();                 // once all are added
  void clear() noexcept;
};

}  // namespace honeyhive::otlp
