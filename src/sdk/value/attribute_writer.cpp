// AttributeWriter: forwards to its sink; builds a Value if it was made for one.

#include <algorithm>
#include <cmath>
#include <limits>
#include <new>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/immortal.h"
#include "core/limits.h"
#include "core/time_text.h"
#include "sdk/value/sink.h"

namespace honeyhive {
namespace detail {
namespace {

// Builds a Value. A writer never throws: where memory runs out the value stays as it is.
class ValueSink final : public Sink {
 public:
  explicit ValueSink(Value& out) noexcept : out_(&out) {}

  void null() noexcept override { put(Value()); }
  void boolean(bool value) noexcept override { put_scalar(value); }
  void integer(std::int64_t value) noexcept override { put_scalar(value); }
  void number(double value) noexcept override { put_scalar(value); }
  void string(std::string_view utf8) noexcept override { put_scalar(utf8); }
  void begin_array() noexcept override { open(false); }
  void end_array() noexcept override { close(); }
  void begin_object() noexcept override { open(true); }
  void end_object() noexcept override { close(); }

  bool takes_more() const noexcept override { return ignored_ == 0; }
  Place place() const noexcept override { return {.depth = open_.size(), .ignored = ignored_}; }
  void go_back(const Place& place) noexcept override {
    while (open_.size() > place.depth) open_.pop_back();
    ignored_ = place.ignored;
  }

  void key(std::string_view name) noexcept override {
    try {
      if (!open_.empty()) open_.back().key = name;
    } catch (...) {
    }
  }

 private:
  // An object or array that has begun and not ended.
  struct Level {
    bool is_object;
    Object object;
    Array array;
    std::string key;
  };

  template <typename T>
  void put_scalar(const T& value) noexcept {
    try {
      put(ValueAccess::scalar(value));
    } catch (...) {
    }
  }

  void open(bool is_object) noexcept {
    try {
      if (open_.size() >= core::limits::value_depth) {
        ++ignored_;
      } else {
        open_.push_back({is_object, {}, {}, {}});
      }
    } catch (...) {
      ++ignored_;
    }
  }

  void close() noexcept {
    if (ignored_ > 0) {
      --ignored_;
      return;
    }
    if (open_.empty()) return;
    try {
      Level level = std::move(open_.back());
      open_.pop_back();
      put(level.is_object ? ValueAccess::owned(std::move(level.object))
                          : ValueAccess::owned(std::move(level.array)));
    } catch (...) {
    }
  }

  void put(Value&& value) noexcept {
    if (ignored_ > 0) return;
    try {
      if (open_.empty()) {
        *out_ = std::move(value);
      } else if (open_.back().is_object) {
        open_.back().object[open_.back().key] = std::move(value);
      } else {
        open_.back().array.push_back(std::move(value));
      }
    } catch (...) {
    }
  }

  Value* out_;
  std::vector<Level> open_;
  std::size_t ignored_ = 0;  // levels beyond the depth limit that are open
};

// Takes everything, keeps nothing.
class NullSink final : public Sink {
 public:
  void null() noexcept override {}
  void boolean(bool) noexcept override {}
  void integer(std::int64_t) noexcept override {}
  void number(double) noexcept override {}
  void string(std::string_view) noexcept override {}
  void begin_array() noexcept override {}
  void end_array() noexcept override {}
  void begin_object() noexcept override {}
  void key(std::string_view) noexcept override {}
  void end_object() noexcept override {}
  bool takes_more() const noexcept override { return false; }
  Place place() const noexcept override { return {}; }
  void go_back(const Place&) noexcept override {}
};

}  // namespace

void write_unsigned(AttributeWriter& writer, std::uint64_t value) {
  if (value <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    writer.integer(static_cast<std::int64_t>(value));
  } else {
    writer.string(std::to_string(value));
  }
}

std::string iso_time(long double unix_us) {
  constexpr std::int64_t most_us = std::numeric_limits<std::int64_t>::max() / 1000;
  constexpr auto limit = static_cast<long double>(most_us);
  if (std::isnan(unix_us)) unix_us = 0;
  return core::iso_time(static_cast<std::int64_t>(std::clamp(unix_us, -limit, limit)) * 1000);
}

bool takes_more(const AttributeWriter& writer) noexcept {
  // Cycles end here. So do graphs that would take for ever: a depth of 16 has no bound on width.
  constexpr std::uint32_t most_opened = 1 << 20;
  return writer.depth_ <= core::limits::value_depth + 1 && writer.opened_ <= most_opened &&
         writer.sink_->takes_more();
}

template <typename Write>
void WriterAccess::call_or_undo(AttributeWriter& writer, const Write& write) noexcept {
  const Sink::Place before = writer.sink_->place();
  const std::uint32_t depth = writer.depth_;
  try {
    write();
  } catch (...) {
    writer.sink_->go_back(before);
    writer.depth_ = depth;
  }
}

void WriterAccess::write_or_undo(AttributeWriter& writer, const Attribute& attribute) noexcept {
  call_or_undo(writer, [&] { attribute.write_to(writer); });
}

void WriterAccess::write_or_undo(AttributeWriter& writer, const Attributes& attributes) noexcept {
  call_or_undo(writer, [&] { attributes.write_to(writer); });
}

void write_or_undo(AttributeWriter& writer, const void* what,
                   void (*write)(AttributeWriter&, const void*)) {
  if (WriterAccess::builds_value(writer)) return write(writer, what);  // who builds it is told
  WriterAccess::call_or_undo(writer, [&] { write(writer, what); });
}

template <typename Members>
static void write_members(AttributeWriter& writer, const Members& members) {
  writer.begin_object();
  for (const Member& member : members) {
    writer.member(member.key, member.value);
    if (!takes_more(writer)) break;
  }
  writer.end_object();
}

void write_own(AttributeWriter& writer, const Value& value) {
  switch (value.kind()) {
    case Value::Kind::null:
      return writer.null();
    case Value::Kind::boolean:
      return writer.boolean(value.as_bool());
    case Value::Kind::integer:
      return writer.integer(value.as_int());
    case Value::Kind::number:
      return writer.number(value.as_double());
    case Value::Kind::string:
      return writer.string(value.as_string());
    case Value::Kind::array:
      return write_items(writer, value.items());
    case Value::Kind::object:
      return write_members(writer, value.members());
  }
}

void write_own(AttributeWriter& writer, const Object& value) { write_members(writer, value); }

void write_own(AttributeWriter& writer, const Array& value) { write_items(writer, value); }

void write_own(AttributeWriter& writer, const Attributes& value) { value.write_to(writer); }

}  // namespace detail

AttributeWriter::AttributeWriter(Value& out) noexcept
    : sink_(new (std::nothrow) detail::ValueSink(out)), owned_(sink_ != nullptr) {
  if (!owned_) sink_ = &core::immortal<detail::NullSink>();
}

AttributeWriter::~AttributeWriter() {
  if (owned_) delete sink_;
}

void AttributeWriter::null() noexcept { sink_->null(); }
void AttributeWriter::boolean(bool value) noexcept { sink_->boolean(value); }
void AttributeWriter::integer(std::int64_t value) noexcept { sink_->integer(value); }
void AttributeWriter::number(double value) noexcept { sink_->number(value); }
void AttributeWriter::string(std::string_view utf8) noexcept { sink_->string(utf8); }
void AttributeWriter::begin_array() noexcept {
  ++depth_, ++opened_;
  sink_->begin_array();
}
void AttributeWriter::end_array() noexcept {
  depth_ -= depth_ > 0;
  sink_->end_array();
}
void AttributeWriter::begin_object() noexcept {
  ++depth_, ++opened_;
  sink_->begin_object();
}
void AttributeWriter::key(std::string_view name) noexcept { sink_->key(name); }
void AttributeWriter::end_object() noexcept {
  depth_ -= depth_ > 0;
  sink_->end_object();
}

void Attribute::write_nested(AttributeWriter& writer, const void* data, std::size_t size) {
  writer.begin_object();
  for (const auto& attribute : std::span(static_cast<const Attribute*>(data), size)) {
    writer.key(attribute.key());
    detail::WriterAccess::write_or_undo(writer, attribute);
  }
  writer.end_object();
}

void Attributes::write_list(AttributeWriter& writer, const void* data, std::size_t size) {
  writer.begin_object();
  for (const auto& attribute : std::span(static_cast<const Attribute*>(data), size)) {
    writer.key(attribute.key());
    detail::WriterAccess::write_or_undo(writer, attribute);
  }
  writer.end_object();
}

Object Attributes::to_object() const {
  Value value;
  AttributeWriter writer(value);
  write_to(writer);
  return Object(value);
}

}  // namespace honeyhive
