#include "otlp/transcode_json.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>

#include "core/hex.h"
#include "core/json_cursor.h"
#include "core/limits.h"
#include "core/varint.h"
#include "otlp/encode_wire.h"
#include "otlp/fields.h"
#include "otlp/json_schema.h"
#include "otlp/json_values.h"

namespace honeyhive::otlp {
namespace {

namespace limits = core::limits;
using core::JsonCursor;

static_assert(limits::otlp_json_depth <= JsonCursor::deepest);
// `{}` and a comma become a tag and a length.
static_assert(limits::decoded_body_bytes * 2 <= core::max_padded_varint);

struct Malformed {
  const char* reason;
};

// Where in the output the fields of one object stand, so that a later value can replace them.
class Written {
 public:
  bool has(std::size_t field) const { return (seen_ >> field & 1) != 0; }

  void set(std::size_t field, std::size_t begin, std::size_t end) {
    seen_ |= std::uint32_t{1} << field;
    parts_[field] = {begin, end};
  }

  // Each byte is moved once per field at most before more has to be sent.
  void erase(std::size_t field, std::string& out) {
    const Part gone = parts_[field];
    out.erase(gone.begin, gone.end - gone.begin);
    seen_ &= ~(std::uint32_t{1} << field);
    for (std::size_t i = 0; i < most_json_fields; ++i) {
      if (!has(i) || parts_[i].begin < gone.end) continue;
      parts_[i].begin -= gone.end - gone.begin;
      parts_[i].end -= gone.end - gone.begin;
    }
  }

 private:
  struct Part {
    std::size_t begin, end;
  };
  std::uint32_t seen_ = 0;
  std::array<Part, most_json_fields> parts_;
};

class Transcoder {
 public:
  explicit Transcoder(std::string_view json) : cursor_(json) { out_.reserve(json.size()); }

  void run(const JsonMessage& request) {
    cursor_.skip_space();
    message(request, 0);
    cursor_.skip_space();
    if (!cursor_.at_end()) throw Malformed{"something follows the request"};
  }

  std::string take_output() { return std::move(out_); }

  // Where it stands, and which field is near.
  std::string place() const {
    std::string text = "byte " + std::to_string(cursor_.at());
    if (near_message_ == nullptr) return text;
    text.append(", near ").append(near_message_->name);
    if (near_field_ != nullptr) text.append(".").append(near_field_->name);
    return text;
  }

 private:
  using Type = JsonField::Type;

  static void require(bool holds, const char* reason) {
    if (!holds) throw Malformed{reason};
  }

  // `depth`: of AnyValues around it.
  void message(const JsonMessage& type, std::size_t depth) {
    near_message_ = &type;
    near_field_ = nullptr;
    require(cursor_.peek() == '{', "expected an object");
    if (&type == &any_value_json && ++depth > limits::any_value_depth) return skip();
    cursor_.take('{');
    cursor_.skip_space();
    if (cursor_.take('}')) return;
    Written written;
    do {
      near_message_ = &type;
      member(type, written, depth);
      cursor_.skip_space();
    } while (cursor_.take(','));
    require(cursor_.take('}'), "expected , or }");
  }

  void member(const JsonMessage& type, Written& written, std::size_t depth) {
    cursor_.skip_space();
    near_field_ = find(type, text("expected a name"));
    cursor_.skip_space();
    require(cursor_.take(':'), "expected :");
    cursor_.skip_space();
    if (near_field_ == nullptr) return skip();
    const JsonField& field = *near_field_;
    const auto index = static_cast<std::size_t>(&field - type.fields.data());
    if (written.has(index)) written.erase(index, out_);
    if (cursor_.word("null")) return;
    const std::size_t begin = out_.size();
    value(field, depth);
    written.set(index, begin, out_.size());
  }

  static const JsonField* find(const JsonMessage& type, std::string_view name) {
    for (const JsonField& field : type.fields) {
      if (name == field.name || name == field.proto_name) return &field;
    }
    return nullptr;
  }

  void skip() {
    require(cursor_.skip_value(limits::otlp_json_depth), "not JSON, or nested too deep");
  }

  void value(const JsonField& field, std::size_t depth) {
    switch (field.type) {
      case Type::text:
        return put(field.number, text("expected a string"));
      case Type::id:
      case Type::reference:
        return id(field);
      case Type::bytes:
        return bytes(field);
      case Type::fixed64:
        return put_fixed(field.number, Wire::fixed64, integer<std::uint64_t>());
      case Type::fixed32:
        return put_fixed(field.number, Wire::fixed32, integer<std::uint32_t>());
      case Type::uint32:
        return put_varint(field.number, integer<std::uint32_t>());
      case Type::int64:
        return integer_or_text(field);
      case Type::number:
        return real_or_text(field);
      case Type::boolean:
        return boolean(field);
      case Type::enumeration:
        return enumeration(field);
      case Type::message:
        return nested(field, depth);
      case Type::messages:
        return list(field, depth);
    }
  }

  void nested(const JsonField& field, std::size_t depth) {
    const std::size_t start = open(field.number);
    message(*field.message, depth);
    close(start);
  }

  // An element that is null is an empty one: those behind it keep their places.
  void list(const JsonField& field, std::size_t depth) {
    require(cursor_.take('['), "expected an array");
    cursor_.skip_space();
    if (cursor_.take(']')) return;
    do {
      cursor_.skip_space();
      if (cursor_.word("null")) {
        close(open(field.number));
      } else {
        nested(field, depth);
      }
      cursor_.skip_space();
    } while (cursor_.take(','));
    require(cursor_.take(']'), "expected , or ]");
  }

  // Valid until the next text is read.
  std::string_view text(const char* expected) {
    require(cursor_.peek() == '"', expected);
    std::string_view raw;
    bool has_escapes = false;
    require(cursor_.string(raw, has_escapes), "the string is not well-formed");
    if (!has_escapes) return raw;
    unescaped_.clear();
    core::append_unescaped(unescaped_, raw);
    return unescaped_;
  }

  // As a number or as a string.
  std::string_view number_text() {
    if (cursor_.peek() == '"') return text("");
    const std::size_t from = cursor_.at();
    require(cursor_.number(), "expected a number");
    return cursor_.since(from);
  }

  template <typename T>
  T integer() {
    const std::string_view number = number_text();
    const auto whole = is_number(number) ? to_integer<T>(number) : std::nullopt;
    require(whole.has_value(), "expected an integer that fits");
    return *whole;
  }

  // What an attribute cannot hold as the number that it is, it holds as text.
  void integer_or_text(const JsonField& field) {
    const std::string_view number = number_text();
    require(is_number(number), "expected an integer");
    const auto whole = to_integer<std::int64_t>(number);
    if (!whole) return put(field::any_value::string, number);
    put_varint(field.number, static_cast<std::uint64_t>(*whole));
  }

  void real_or_text(const JsonField& field) {
    const std::string_view number = number_text();
    std::optional<double> real;
    if (number == "NaN") {
      real = std::numeric_limits<double>::quiet_NaN();
    } else if (number == "Infinity" || number == "-Infinity") {
      real = std::numeric_limits<double>::infinity() * (number.front() == '-' ? -1 : 1);
    } else {
      require(is_number(number), "expected a number");
      real = to_real(number);
    }
    if (!real) return put(field::any_value::string, number);
    put_fixed(field.number, Wire::fixed64, *real);
  }

  void boolean(const JsonField& field) {
    const bool is_true = cursor_.word("true");
    require(is_true || cursor_.word("false"), "expected true or false");
    put_varint(field.number, is_true ? 1 : 0);
  }

  // Names that are not known yet are no reason to refuse what carries them.
  void enumeration(const JsonField& field) {
    const bool is_name = cursor_.peek() == '"';
    const std::string_view sent = number_text();
    for (std::size_t i = 0; is_name && i < field.enums.size(); ++i) {
      if (field.enums[i] == sent) return put_varint(field.number, i);
    }
    const auto number = is_number(sent) ? to_integer<std::int32_t>(sent) : std::nullopt;
    require(number || (is_name && !is_number(sent)), "expected the value of an enum");
    if (number) put_varint(field.number, static_cast<std::uint64_t>(std::int64_t{*number}));
  }

  void id(const JsonField& field) {
    const std::string_view digits = text("expected a string of hex digits");
    if (digits.empty()) return;
    const std::size_t before = out_.size();
    put_tag(field.number, Wire::bytes);
    put_length(digits.size() / 2);
    const std::size_t start = out_.size();
    out_.resize(start + digits.size() / 2);
    auto* const bytes = reinterpret_cast<std::uint8_t*>(out_.data()) + start;
    if (core::parse_hex(digits, {bytes, digits.size() / 2})) return;
    out_.resize(before);
    if (field.type == Type::id) put(field.number, malformed_id);
  }

  void bytes(const JsonField& field) {
    const std::string_view digits = text("expected a string of base64");
    const std::size_t start = open(field.number);
    require(append_base64(out_, digits), "this is not base64");
    close(start);
  }

  void put_tag(std::uint32_t number, Wire wire) { put_length(tag(number, wire)); }

  void put_length(std::uint64_t value) {
    char bytes[core::max_varint_bytes];
    out_.append(bytes, static_cast<std::size_t>(core::put_varint(bytes, value) - bytes));
  }

  void put_varint(std::uint32_t number, std::uint64_t value) {
    put_tag(number, Wire::varint);
    put_length(value);
  }

  template <typename T>
  void put_fixed(std::uint32_t number, Wire wire, T value) {
    put_tag(number, wire);
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    out_.append(bytes, sizeof bytes);
  }

  void put(std::uint32_t number, std::string_view text) {
    put_tag(number, Wire::bytes);
    put_length(text.size());
    out_ += text;
  }

  // A message whose length is known when it is closed.
  std::size_t open(std::uint32_t number) {
    put_tag(number, Wire::bytes);
    out_.append(core::padded_varint_bytes, '\0');
    return out_.size();
  }

  void close(std::size_t start) {
    core::put_padded_varint(out_.data() + start - core::padded_varint_bytes,
                            static_cast<std::uint32_t>(out_.size() - start));
  }

  JsonCursor cursor_;
  std::string out_;
  std::string unescaped_;
  const JsonMessage* near_message_ = nullptr;
  const JsonField* near_field_ = nullptr;  // null: one that is not known
};

core::Result<std::string> transcode(std::string_view json, const JsonMessage& request,
                                    const char* what) {
  if (json.size() > limits::decoded_body_bytes) {
    return core::Error{core::Error::Code::limit_exceeded,
                       std::string(what) + ": " + std::to_string(json.size()) + " bytes, at most " +
                           std::to_string(limits::decoded_body_bytes) + " are taken"};
  }
  Transcoder transcoder(json);
  try {
    transcoder.run(request);
  } catch (const Malformed& malformed) {
    return core::Error{core::Error::Code::malformed_data,
                       std::string(what) + ": " + transcoder.place() + ": " + malformed.reason};
  }
  return transcoder.take_output();
}

}  // namespace

core::Result<std::string> trace_request_from_json(std::string_view json) {
  return transcode(json, trace_request_json, "trace request");
}

core::Result<std::string> logs_request_from_json(std::string_view json) {
  return transcode(json, logs_request_json, "logs request");
}

}  // namespace honeyhive::otlp
