#include "sdk/deliver/scrub.h"

#include <unordered_map>
#include <vector>

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

std::string repaired_text(std::string_view text) {
  std::string out;
  core::append_repaired(out, text);
  return out;
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

std::string repaired_attribute(std::string_view key_value) {
  return rewritten(key_value, [](std::uint32_t number, std::string_view bytes) {
    if (number == field::key_value::key) return repaired_text(bytes);
    return rewritten(bytes, [](std::uint32_t kind, std::string_view text) {
      return kind == field::any_value::string ? repaired_text(text) : std::string(text);
    });
  });
}

std::string repaired_event(std::string_view event) {
  return rewritten(event, [](std::uint32_t number, std::string_view bytes) {
    if (number == field::event::name) return repaired_text(bytes);
    if (number == field::event::attributes) return repaired_attribute(bytes);
    return std::string(bytes);
  });
}

std::string repaired_status(std::string_view status) {
  return rewritten(status, [](std::uint32_t number, std::string_view bytes) {
    return number == field::status::message ? repaired_text(bytes) : std::string(bytes);
  });
}

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

}  // namespace

std::string scrub(std::string_view span_message, std::string_view constants) {
  std::string out(otlp::record_frame_bytes, '\0');
  UniqueAttributes attributes;
  otlp::FieldReader reader(span_message);
  otlp::Field part;
  while (reader.next(part)) {
    switch (part.number) {
      case field::span::attributes:
        attributes.put(repaired_attribute(part.bytes), true);
        break;
      case field::span::name:
        append_field(out, part.number, repaired_text(part.bytes));
        break;
      case field::span::events:
        append_field(out, part.number, repaired_event(part.bytes));
        break;
      case field::span::status:
        append_field(out, part.number, repaired_status(part.bytes));
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

}  // namespace honeyhive::sdk
