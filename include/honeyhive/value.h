#pragma once

// Values: what can be recorded, and how.
//
//   Value, Object, Array   own their content: session data, evaluation metrics, results of queries
//   Attributes             a view of key/value pairs, written `{{"key", value}, ...}` in a call
//   AttributeWriter        where both end: the span's buffer (or a Value)
//
// Recording needs no Value in between: an `Attributes` holds a pointer and a function per value,
// and the function writes straight into the span's buffer. Braces are objects, also nested; arrays
// are any range, or `Array{...}`.
//
// These types can be recorded: bool, numbers, characters, strings, enums, nullptr, std::optional,
// smart pointers, variant, pair, tuple, ranges, maps, std::chrono durations (seconds) and
// time points (ISO 8601, UTC), exceptions (`what()`), nlohmann::json, and your own types. For
// those, in this order:
//
// clang-format off
//   honeyhive::ValueTraits<T>                           specialisation, for types of others
//   void to_attributes(honeyhive::AttributeWriter&, const T&);   found by ADL; writes without a copy
//   honeyhive::Object honeyhive_value(const T&);        found by ADL; may return any type above
//   HH_FIELDS(T, member, ...)                           generates to_attributes, as an object
//   operator<<(std::ostream&, const T&)                 as text
// clang-format on
//
// Any other type does not compile. An unsigned integer above 2^63 - 1 is recorded as text.

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#pragma GCC visibility push(default)
namespace honeyhive {

class Value;
class Object;
class Array;
class Attribute;
class Attributes;
class AttributeWriter;
struct Member;

namespace detail {
class Sink;
struct ValueAccess;
struct WriterAccess;
// False while all that follows would be ignored, as behind the last attribute that a span may have:
// it need not be visited then.
bool takes_more(const AttributeWriter& writer) noexcept;
}  // namespace detail

// Receives one value, as a stream of calls. Not thread-safe. Never throws. On its way into a span a
// value that exceeds a limit is cut, and the cut is marked: of its length (1 MiB) with
// `<key>.truncated_bytes`, of its depth (16) with `<key>.truncated_depth`, of its key (256 bytes)
// with `<key>.truncated_key_bytes`. Attributes above their number (1,024) are counted in the span.
class AttributeWriter {
 public:
  explicit AttributeWriter(Value& out) noexcept;
  AttributeWriter(const AttributeWriter&) = delete;
  AttributeWriter& operator=(const AttributeWriter&) = delete;
  ~AttributeWriter();

  void null() noexcept;
  void boolean(bool value) noexcept;
  void integer(std::int64_t value) noexcept;
  void number(double value) noexcept;
  void string(std::string_view utf8) noexcept;

  void begin_array() noexcept;
  void end_array() noexcept;
  void begin_object() noexcept;
  void key(std::string_view name) noexcept;  // then exactly one value
  void end_object() noexcept;

  // Any recordable type; the same rules as everywhere.
  template <typename T>
  void value(const T& value);

  // `key(name)` and `value(value)`. On the way into a span a hook that throws ends here: its member
  // is left out.
  template <typename T>
  void member(std::string_view name, const T& value);

 private:
  friend struct detail::WriterAccess;
  friend bool detail::takes_more(const AttributeWriter& writer) noexcept;
  explicit AttributeWriter(detail::Sink& sink) noexcept : sink_(&sink) {}

  detail::Sink* sink_;  // where the calls go: a span's buffer, or a Value that is being built
  bool owned_ = false;
  std::uint32_t depth_ = 0;   // arrays and objects that are open
  std::uint32_t opened_ = 0;  // that were ever opened
};

// Specialise for a type you do not own: `static void write(AttributeWriter&, const T&)`.
template <typename T>
struct ValueTraits {};

}  // namespace honeyhive

#include "honeyhive/detail/capture.h"

namespace honeyhive {

// An owned JSON-like value. Copies are deep. Reading a member that is not there gives null.
class Value {
 public:
  enum class Kind : std::uint8_t { null, boolean, integer, number, string, array, object };

  Value() noexcept;
  Value(const Value& other);
  Value(Value&& other) noexcept;
  Value& operator=(const Value& other);
  Value& operator=(Value&& other) noexcept;
  ~Value();
  // An object: `{{"id", 7}, {"tags", Array{"a", "b"}}}`.
  Value(std::initializer_list<Member> members);

  template <detail::capturable T>
  Value(const T& value) {
    AttributeWriter writer(*this);
    detail::write_value(writer, value);
  }

  Kind kind() const noexcept { return kind_; }
  bool is_null() const noexcept { return kind_ == Kind::null; }
  explicit operator bool() const noexcept { return !is_null(); }

  // The content, or the fallback if the value is of another kind. Integers are numbers too.
  bool as_bool(bool fallback = false) const noexcept;
  std::int64_t as_int(std::int64_t fallback = 0) const noexcept;
  double as_double(double fallback = 0) const noexcept;
  std::string_view as_string(std::string_view fallback = {}) const noexcept;

  // Array and object access; null, and 0, where there is nothing.
  const Value& operator[](std::string_view key) const noexcept;
  const Value& operator[](const char* key) const noexcept {
    return (*this)[key != nullptr ? std::string_view(key) : std::string_view()];
  }
  const Value& operator[](int index) const noexcept;
  std::size_t size() const noexcept;
  const std::vector<Value>& items() const noexcept { return items_; }
  const std::vector<Member>& members() const noexcept { return members_; }

  std::string text() const;  // a string as it is, else JSON
  std::string json() const;  // one line, keys in the order of insertion

  friend bool operator==(const Value& left, const Value& right) noexcept {
    return equal(left, right);
  }

 private:
  friend struct detail::ValueAccess;
  static bool equal(const Value& left, const Value& right) noexcept;

  Kind kind_ = Kind::null;
  bool boolean_ = false;
  std::int64_t integer_ = 0;
  double number_ = 0;
  std::string string_;
  std::vector<Value> items_;
  std::vector<Member> members_;
};

// A member of an `Object`.
struct Member {
  template <detail::capturable T>
  Member(std::string_view name, const T& content) : key(name), value(content) {}
  Member(std::string_view name, std::initializer_list<Member> nested) : key(name), value(nested) {}

  std::string key;
  Value value;

  friend bool operator==(const Member&, const Member&) = default;
};

// An owned JSON-like object: keys in the order of insertion, each once (the last value wins).
class Object {
 public:
  Object() = default;
  Object(std::initializer_list<Member> members);

  // From any map, nlohmann::json object, or type with HH_FIELDS.
  template <detail::object_like T>
  Object(const T& map) : Object(Value(map)) {}
  explicit Object(const Value& value) : members_(value.members()) {}

  Value& operator[](std::string_view key);                       // inserts null
  const Value& operator[](std::string_view key) const noexcept;  // null if absent
  bool contains(std::string_view key) const noexcept;
  void erase(std::string_view key);
  void merge(const Object& other);  // other's values win

  bool empty() const noexcept { return members_.empty(); }
  std::size_t size() const noexcept { return members_.size(); }
  auto begin() const noexcept { return members_.begin(); }
  auto end() const noexcept { return members_.end(); }

  std::string json() const { return Value(*this).json(); }

  friend bool operator==(const Object&, const Object&) = default;

 private:
  friend struct detail::ValueAccess;

  std::vector<Member> members_;
};

// An owned JSON-like array: `Array{"a", 1, Object{{"k", "v"}}}`. Any range can be recorded without
// it.
class Array {
 public:
  Array() = default;
  Array(std::initializer_list<Value> items) : items_(items) {}

  void push_back(Value value) { items_.push_back(std::move(value)); }
  Value& operator[](std::size_t index) { return items_[index]; }
  const Value& operator[](std::size_t index) const { return items_[index]; }
  bool empty() const noexcept { return items_.empty(); }
  std::size_t size() const noexcept { return items_.size(); }
  auto begin() const noexcept { return items_.begin(); }
  auto end() const noexcept { return items_.end(); }

  friend bool operator==(const Array&, const Array&) = default;

 private:
  friend struct detail::ValueAccess;

  std::vector<Value> items_;
};

// A key and a reference to a value, alive for the call it is written in.
class Attribute {
 public:
  template <typename T>
  Attribute(std::string_view key, const T& value) noexcept
      : key_(key), data_(detail::address(value)), write_(&write<T>) {
    static_assert(detail::is_capturable<T>,
                  "honeyhive: no way to record this type; give it HH_FIELDS, honeyhive_value() or "
                  "operator<<");
  }
  Attribute(std::string_view key, std::initializer_list<Attribute> nested) noexcept
      : key_(key), data_(nested.begin()), size_(nested.size()), write_(&write_nested) {}

  std::string_view key() const noexcept { return key_; }
  void write_to(AttributeWriter& writer) const { write_(writer, data_, size_); }

 private:
  template <typename T>
  static void write(AttributeWriter& writer, const void* data, std::size_t) {
    detail::write_value(writer, *static_cast<const T*>(data));
  }
  static void write_nested(AttributeWriter& writer, const void* data, std::size_t size);

  std::string_view key_;
  const void* data_;
  std::size_t size_ = 0;
  void (*write_)(AttributeWriter&, const void*, std::size_t);
};

// Key/value pairs for the duration of one call: `{{"user.id", id}, {"tags", {{"team", "core"}}}}`,
// or a whole map: an `Object`, any map with string keys, a type with HH_FIELDS, a nlohmann::json
// object.
//
// A parameter type: it refers to its arguments, and cannot be copied or assigned. To build the
// pairs step by step, fill an `Object` or a map and pass that. Where Python takes `**kwargs`, the
// C++ call takes an `Attributes` last.
class Attributes {
 public:
  Attributes() noexcept = default;
  Attributes(std::initializer_list<Attribute> list) noexcept
      : Attributes(list.begin(), list.size()) {}
  Attributes(const Attribute* first, std::size_t count) noexcept : data_(first), size_(count) {}
  template <detail::object_like T>
  Attributes(const T& map) noexcept : data_(detail::address(map)), size_(1), write_(&write<T>) {}
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;

  // False for `{}`; a map counts as given even when it has no entries.
  bool given() const noexcept { return size_ != 0; }
  void write_to(AttributeWriter& writer) const { write_(writer, data_, size_); }
  Object to_object() const;

 private:
  template <typename T>
  static void write(AttributeWriter& writer, const void* data, std::size_t) {
    detail::write_value(writer, *static_cast<const T*>(data));
  }
  static void write_list(AttributeWriter& writer, const void* data, std::size_t size);

  const void* data_ = nullptr;
  std::size_t size_ = 0;
  void (*write_)(AttributeWriter&, const void*, std::size_t) = &write_list;
};

template <typename T>
void AttributeWriter::value(const T& content) {
  detail::write_value(*this, content);
}

template <typename T>
void AttributeWriter::member(std::string_view name, const T& content) {
  detail::write_or_undo(*this, [&](AttributeWriter& to) {
    to.key(name);
    detail::write_value(to, content);
  });
}

}  // namespace honeyhive

// Makes `Type` recordable as an object of the listed members (1 to 16). At namespace scope, beside
// the type; the members must be accessible there.
#define HH_FIELDS(Type, ...)                                                                 \
  inline void to_attributes(::honeyhive::AttributeWriter& hh_writer, const Type& hh_value) { \
    hh_writer.begin_object();                                                                \
    HH_DETAIL_EACH(HH_DETAIL_FIELD, __VA_ARGS__)                                             \
    hh_writer.end_object();                                                                  \
  }
#pragma GCC visibility pop
