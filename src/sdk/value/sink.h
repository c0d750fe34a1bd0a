#pragma once

// Where the calls of an `AttributeWriter` go: into a `Value` that is being built, or, flattened,
// into a span's buffer (record/span_sink.h).

#include "honeyhive/value.h"

namespace honeyhive::detail {

class Sink {
 public:
  virtual ~Sink() = default;

  virtual void null() noexcept = 0;
  virtual void boolean(bool value) noexcept = 0;
  virtual void integer(std::int64_t value) noexcept = 0;
  virtual void number(double value) noexcept = 0;
  virtual void string(std::string_view utf8) noexcept = 0;
  virtual void begin_array() noexcept = 0;
  virtual void end_array() noexcept = 0;
  virtual void begin_object() noexcept = 0;
  virtual void key(std::string_view name) noexcept = 0;
  virtual void end_object() noexcept = 0;

  // False while all that comes is ignored.
  virtual bool takes_more() const noexcept = 0;

  // How far writing has come; and back to there: what came since is taken back where it still can
  // be.
  struct Place {
    std::size_t depth = 0;
    std::size_t ignored = 0;
    std::uint32_t bytes = 0;
    std::uint32_t attributes = 0;
    std::uint32_t moves = 0;
  };
  virtual Place place() const noexcept = 0;
  virtual void go_back(const Place& place) noexcept = 0;
};

// Makes values without going through a writer.
struct ValueAccess {
  static Value scalar(bool value);
  static Value scalar(std::int64_t value);
  static Value scalar(double value);
  static Value scalar(std::string_view value);
  static Value owned(Object&& object) noexcept;
  static Value owned(Array&& array) noexcept;
};

struct WriterAccess {
  static AttributeWriter make(Sink& sink) noexcept { return AttributeWriter(sink); }

  static bool builds_value(const AttributeWriter& writer) noexcept { return writer.owned_; }

  // What is given; if a user's hook throws, nothing of it, and the program goes on.
  static void write_or_undo(AttributeWriter& writer, const Attribute& attribute) noexcept;
  static void write_or_undo(AttributeWriter& writer, const Attributes& attributes) noexcept;
  template <typename Write>
  static void call_or_undo(AttributeWriter& writer, const Write& write) noexcept;
};

}  // namespace honeyhive::detail
