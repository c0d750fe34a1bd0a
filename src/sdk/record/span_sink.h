#pragma once

// Writes values into a span as flat attributes: an object's member k under "key.k", an array's
// element i under "key.i". Null writes nothing.
//
// Source: what HoneyHive's SDK 1.5 does with dictionaries and lists.

#include <array>
#include <cstring>
#include <string_view>

#include "core/limits.h"
#include "sdk/record/span_writer.h"
#include "sdk/value/sink.h"

namespace honeyhive::sdk {

class SpanSink final : public honeyhive::detail::Sink {
 public:
  enum class Of : std::uint8_t { value, pairs };

  // Of a value: everything goes under `key`. Of pairs: their list comes as an object, which is no
  // level of its own; each goes under `key` and a dot, or as it is if `key` is empty.
  SpanSink(SpanWriter& writer, std::string_view key, Of what) noexcept;

  void null() noexcept override;
  void boolean(bool value) noexcept override;
  void integer(std::int64_t value) noexcept override;
  void number(double value) noexcept override;
  void string(std::string_view utf8) noexcept override;
  void begin_array() noexcept override;
  void end_array() noexcept override;
  void begin_object() noexcept override;
  void key(std::string_view name) noexcept override;
  void end_object() noexcept override;
  bool takes_more() const noexcept override;
  Place place() const noexcept override;
  void go_back(const Place& place) noexcept override;

 private:
  struct Level {
    std::uint32_t path_bytes;  // of the object or array itself
    std::uint32_t next_index;
    bool is_array;
  };

  // The key of the value that comes now.
  std::string_view key_here() noexcept;
  void open(bool is_array) noexcept;
  void close() noexcept;
  void append(std::string_view part) noexcept;

  // Longer paths than a key may be: enough to be cut, and marked, as any other key.
  static constexpr std::size_t path_capacity = core::limits::key_bytes * 2;

  SpanWriter& writer_;
  std::array<char, path_capacity> path_;
  std::size_t path_bytes_ = 0;
  std::array<Level, core::limits::value_depth + 1> levels_;
  std::size_t depth_ = 0;
  std::size_t most_;         // levels
  std::size_t ignored_ = 0;  // levels below the limit that are open
  std::size_t nulls_ = 0;    // so far: they write nothing, and so fill nothing
};

}  // namespace honeyhive::sdk
