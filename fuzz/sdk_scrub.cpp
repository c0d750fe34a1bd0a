// What the worker sends. First byte even: any bytes as a recorded span; odd: a span as our encoder
// writes it, with any keys and texts. What is said to be fit is, and what was scrubbed is fit.

#include <array>
#include <set>
#include <string>

#include "core/utf8.h"
#include "otlp/encode.h"
#include "otlp/field_reader.h"
#include "require.h"
#include "sdk/deliver/scrub.h"

namespace honeyhive::fuzz {
namespace {

namespace field = otlp::field;

void append_attribute(std::string& out, std::string_view key, std::string_view text) {
  const std::size_t before = out.size();
  out.resize(before + otlp::attribute_overhead + key.size() + text.size());
  const char* const end =
      otlp::put_attribute(out.data() + before, otlp::span_attribute_tag, key, text);
  out.resize(static_cast<std::size_t>(end - out.data()));
}

std::string_view take_text(std::string_view& input) {
  const std::string_view text = input.substr(0, take_byte(input) % 40);
  input.remove_prefix(text.size());
  return text;
}

// A name, then attributes until the input ends; some like a constant, some numbers.
std::string encoded_span(std::string_view input) {
  std::string span(512, '\0');
  const char* const end = otlp::put_text_field(
      span.data(), otlp::tag_byte(field::span::name, otlp::Wire::bytes), take_text(input));
  span.resize(static_cast<std::size_t>(end - span.data()));
  while (!input.empty()) {
    const std::uint8_t kind = take_byte(input);
    const std::string_view key = kind % 4 == 0 ? "honeyhive.project" : take_text(input);
    append_attribute(span, key, take_text(input));
  }
  return span;
}

std::string constants() {
  std::string out;
  append_attribute(out, "honeyhive.project", "p");
  append_attribute(out, "honeyhive.session_id", "s");
  return out;
}

// Written apart from is_fit: all text is UTF-8, no key comes twice.
struct Judge {
  std::set<std::string_view> keys;
  bool is_fit = true;

  void text(std::string_view bytes) { is_fit = is_fit && core::is_utf8(bytes); }

  void attribute(std::string_view key_value, bool is_of_span) {
    std::string_view key, any_value;
    otlp::read_key_value(key_value, key, any_value);
    text(key);
    otlp::FieldReader reader(any_value);
    otlp::Field part;
    while (reader.next(part)) {
      if (part.number == field::any_value::string && part.wire == otlp::Wire::bytes) {
        text(part.bytes);
      }
    }
    if (is_of_span && !keys.insert(key).second) is_fit = false;
  }

  void span(std::string_view message) {
    otlp::FieldReader reader(message);
    otlp::Field part;
    while (reader.next(part)) {
      if (part.wire != otlp::Wire::bytes) continue;
      if (part.number == field::span::name) text(part.bytes);
      if (part.number == field::span::attributes) attribute(part.bytes, true);
      if (part.number == field::span::events) event(part.bytes);
    }
    is_fit = is_fit && !reader.malformed();
  }

  void event(std::string_view message) {
    otlp::FieldReader reader(message);
    otlp::Field part;
    while (reader.next(part)) {
      if (part.wire != otlp::Wire::bytes) continue;
      if (part.number == field::event::name) text(part.bytes);
      if (part.number == field::event::attributes) attribute(part.bytes, false);
    }
  }
};

bool is_fit_to_judge(std::string_view span, std::string_view with) {
  Judge judge;
  judge.span(span);
  judge.span(with);
  return judge.is_fit;
}

}  // namespace
}  // namespace honeyhive::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace honeyhive;
  std::string_view input = fuzz::text_of(data, size);
  const bool is_ours = fuzz::take_byte(input) % 2 == 1;
  const std::string span = is_ours ? fuzz::encoded_span(input) : std::string(input);
  const std::string constants = fuzz::constants();
  if (sdk::is_fit(span, constants, true)) {
    fuzz::require(fuzz::is_fit_to_judge(span, constants), "what is said to be fit is");
  }
  const std::string record = sdk::scrub(span, constants);
  fuzz::require(otlp::record_span_bytes(record.data()) + otlp::record_frame_bytes == record.size(),
                "a scrubbed record is framed");
  const std::string_view scrubbed = std::string_view(record).substr(otlp::record_frame_bytes);
  fuzz::require(fuzz::is_fit_to_judge(scrubbed, ""), "what was scrubbed is fit");
  if (is_ours) {
    fuzz::Judge counted;
    counted.span(scrubbed);
    fuzz::require(counted.keys.size() > 100 || sdk::is_fit(scrubbed, "", true),
                  "what was scrubbed is said to be fit");
  }
  return 0;
}
