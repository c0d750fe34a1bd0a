// Value, Object, Array: owned JSON-like content.

#include <algorithm>
#include <ostream>
#include <sstream>

#include "core/immortal.h"
#include "core/json_writer.h"
#include "sdk/value/sink.h"

namespace honeyhive {
namespace {

const Value& null_value() noexcept { return core::immortal<Value>(); }

void write_json(core::JsonWriter& json, const Value& value) {
  switch (value.kind()) {
    case Value::Kind::null:
      json.null();
      return;
    case Value::Kind::boolean:
      json.boolean(value.as_bool());
      return;
    case Value::Kind::integer:
      json.integer(value.as_int());
      return;
    case Value::Kind::number:
      json.number(value.as_double());
      return;
    case Value::Kind::string:
      json.string(value.as_string());
      return;
    case Value::Kind::array:
      json.begin_array();
      for (const auto& item : value.items()) write_json(json, item);
      json.end_array();
      return;
    case Value::Kind::object:
      json.begin_object();
      for (const auto& member : value.members()) {
        json.key(member.key);
        write_json(json, member.value);
      }
      json.end_object();
      return;
  }
}

template <typename Members>
auto find_member(Members& members, std::string_view key) noexcept {
  return std::find_if(members.begin(), members.end(),
                      [&](const Member& member) { return member.key == key; });
}

}  // namespace

Value::Value() noexcept = default;
Value::Value(const Value& other) = default;
Value::Value(Value&& other) noexcept = default;
Value& Value::operator=(const Value& other) = default;
Value& Value::operator=(Value&& other) noexcept = default;
Value::~Value() = default;

Value::Value(std::initializer_list<Member> members) : kind_(Kind::object) {
  for (const auto& member : members) {
    if (const auto found = find_member(members_, member.key); found != members_.end()) {
      found->value = member.value;
    } else {
      members_.push_back(member);
    }
  }
}

namespace detail {

Value ValueAccess::scalar(bool value) {
  Value out;
  out.kind_ = Value::Kind::boolean;
  out.boolean_ = value;
  return out;
}

Value ValueAccess::scalar(std::int64_t value) {
  Value out;
  out.kind_ = Value::Kind::integer;
  out.integer_ = value;
  out.number_ = static_cast<double>(value);
  return out;
}

Value ValueAccess::scalar(double value) {
  Value out;
  out.kind_ = Value::Kind::number;
  out.number_ = value;
  return out;
}

Value ValueAccess::scalar(std::string_view value) {
  Value out;
  out.kind_ = Value::Kind::string;
  out.string_ = value;
  return out;
}

Value ValueAccess::owned(Object&& object) noexcept {
  Value out;
  out.kind_ = Value::Kind::object;
  out.members_ = std::move(object.members_);
  return out;
}

Value ValueAccess::owned(Array&& array) noexcept {
  Value out;
  out.kind_ = Value::Kind::array;
  out.items_ = std::move(array.items_);
  return out;
}

std::string stream_text(const void* value, void (*print)(std::ostream&, const void*)) {
  std::ostringstream out;
  print(out, value);
  return out.str();
}

}  // namespace detail

bool Value::as_bool(bool fallback) const noexcept {
  return kind_ == Kind::boolean ? boolean_ : fallback;
}

std::int64_t Value::as_int(std::int64_t fallback) const noexcept {
  return kind_ == Kind::integer ? integer_ : fallback;
}

double Value::as_double(double fallback) const noexcept {
  return kind_ == Kind::integer || kind_ == Kind::number ? number_ : fallback;
}

std::string_view Value::as_string(std::string_view fallback) const noexcept {
  return kind_ == Kind::string ? std::string_view(string_) : fallback;
}

const Value& Value::operator[](std::string_view key) const noexcept {
  const auto found = find_member(members_, key);
  return found != members_.end() ? found->value : null_value();
}

const Value& Value::operator[](int index) const noexcept {
  const auto at = static_cast<std::size_t>(index);
  return index >= 0 && at < items_.size() ? items_[at] : null_value();
}

std::size_t Value::size() const noexcept { return items_.size() + members_.size(); }

std::string Value::text() const { return kind_ == Kind::string ? string_ : json(); }

std::string Value::json() const {
  std::string out;
  core::JsonWriter writer(out);
  write_json(writer, *this);
  return out;
}

bool Value::equal(const Value& left, const Value& right) noexcept {
  const auto is_number = [](const Value& value) {
    return value.kind_ == Kind::integer || value.kind_ == Kind::number;
  };
  if (is_number(left) && is_number(right)) {
    if (left.kind_ == Kind::integer && right.kind_ == Kind::integer) {
      return left.integer_ == right.integer_;
    }
    return left.number_ == right.number_;
  }
  return left.kind_ == right.kind_ && left.boolean_ == right.boolean_ &&
         left.string_ == right.string_ && left.items_ == right.items_ &&
         left.members_ == right.members_;
}

Object::Object(std::initializer_list<Member> members) : members_(Value(members).members()) {}

Value& Object::operator[](std::string_view key) {
  if (const auto found = find_member(members_, key); found != members_.end()) return found->value;
  return members_.emplace_back(key, nullptr).value;
}

const Value& Object::operator[](std::string_view key) const noexcept {
  const auto found = find_member(members_, key);
  return found != members_.end() ? found->value : null_value();
}

bool Object::contains(std::string_view key) const noexcept {
  return find_member(members_, key) != members_.end();
}

void Object::erase(std::string_view key) {
  std::erase_if(members_, [&](const Member& member) { return member.key == key; });
}

void Object::merge(const Object& other) {
  for (const auto& member : other) (*this)[member.key] = member.value;
}

}  // namespace honeyhive
