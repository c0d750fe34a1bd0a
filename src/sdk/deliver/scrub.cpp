#include "sdk/deliver/scrub.h"

#include <unordered_map>
#include <vector>

#include "core/limits.h"
#include "core/utf8.h"
#include "otlp/encode.h"
#include "otlp/field_reader.h"

namespace honeyhive::sdk {
namespace {

namespace field = otlp::field;
using otlp::Wire;

void append_field(std::string& out, std::uint32_t number, std::string_view content) {
  char head[2 * core::max_varint_bytes];
  char* end = core::put_varint(head, otlp::tag(number, Wire::bytes));
  end = core::put_varint(end, content.size());
  out.append(head, static_cast<std::size_t>(end - head));
  out += content;
}

// `message` again, each length-delimited field passed through `change(number, bytes)`.
template <typename Change>
std::string rewritten(std::string_view message, Change change) {
  std::string out;
  otlp::FieldReader reader(message);
  otlp::Field part;
  while (reader.next(part)) {
    if (part.wire == Wire::bytes) {
      append_field(out, part.number, change(part.number, part.bytes));
    } else {
      out += part.whole;
    }
  }
  return out;
}

class Repair {
 public:
  explicit Repair(std::string_view replacement) : replacement_(replacement) {}

  std::string text(std::string_view text) const {
    std::string out;
    core::append_repaired(out, text, replacement_);
    return out;
  }

  std::string attribute(std::string_view key_value) const {
    return rewritten(key_value, [this](std::uint32_t number, std::string_view bytes) {
      if (number == field::key_value::key) return text(bytes);
      return rewritten(bytes, [this](std::uint32_t kind, std::string_view value) {
        return kind == field::any_value::string ? text(value) : std::string(value);
      });
    });
  }

  std::string event(std::string_view event) const {
    return rewritten(event, [this](std::uint32_t number, std::string_view bytes) {
      if (number == field::event::name) return text(bytes);
      if (number == field::event::attributes) return attribute(bytes);
      return std::string(bytes);
    });
  }

  std::string status(std::string_view status) const {
    return rewritten(status, [this](std::uint32_t number, std::string_view bytes) {
      return number == field::status::message ? text(bytes) : std::string(bytes);
    });
  }

 private:
  std::string_view replacement_;
};

// The attributes of a span, each key once, in the order of their first appearance.
class UniqueAttributes {
 public:
  void put(std::string attribute, bool overwrite) {
    std::string_view key, any_value;
    otlp::read_key_value(attribute, key, any_value);
    const auto [entry, is_new] = by_key_.try_emplace(std::string(key), attributes_.size());
    if (is_new) {
      attributes_.push_back(std::move(attribute));
    } else if (overwrite) {
      attributes_[entry->second] = std::move(attribute);
    }
  }

  void append_to(std::string& out) const {
    for (const auto& attribute : attributes_) append_field(out, field::span::attributes, attribute);
  }

 private:
  std::unordered_map<std::string, std::size_t> by_key_;
  std::vector<std::string> attributes_;
};

std::string scrubbed(std::string_view span_message, std::string_view constants,
                     const Repair& repair) {
  std::string out(otlp::record_frame_bytes, '\0');
  UniqueAttributes attributes;
  otlp::FieldReader reader(span_message);
  otlp::Field part;
  while (reader.next(part)) {
    switch (part.number) {
      case field::span::attributes:
        attributes.put(repair.attribute(part.bytes), true);
        break;
      case field::span::name:
        append_field(out, part.number, repair.text(part.bytes));
        break;
      case field::span::events:
        append_field(out, part.number, repair.event(part.bytes));
        break;
      case field::span::status:
        append_field(out, part.number, repair.status(part.bytes));
        break;
      default:
        out += part.whole;
    }
  }
  otlp::FieldReader constant_reader(constants);
  while (constant_reader.next(part)) attributes.put(std::string(part.bytes), false);
  attributes.append_to(out);
  otlp::put_record_frame(out.data(),
                         static_cast<std::uint32_t>(out.size() - otlp::record_frame_bytes));
  return out;
}

}  // namespace

std::string scrub(std::string_view span_message, std::string_view constants) {
  std::string made = scrubbed(span_message, constants, Repair(core::replacement_character));
  // U+FFFD takes three bytes: a span that is mostly no text could become one that no server takes.
  if (made.size() > core::limits::span_bytes) {
    made = scrubbed(span_message, constants, Repair("?"));
  }
  return made;
}

}  // namespace honeyhive::sdk
