#include "sdk/deliver/scrub.h"

#include <doctest/doctest.h>

#include <string>

#include "otlp/encode.h"

namespace honeyhive::sdk {
namespace {

std::string attribute(std::string_view key, std::string_view text) {
  std::string out(otlp::attribute_overhead + key.size() + text.size(), '\0');
  const char* const end = otlp::put_attribute(out.data(), otlp::span_attribute_tag, key, text);
  out.resize(static_cast<std::size_t>(end - out.data()));
  return out;
}

std::string scrubbed(std::string_view span, std::string_view constants) {
  return scrub(span, constants).substr(otlp::record_frame_bytes);
}

TEST_SUITE_BEGIN("sdk/deliver/scrub");

TEST_CASE("a span of valid text and single keys is fit and comes out as it was") {
  const std::string span = attribute("a", "text") + attribute("b", "\u00e9");
  CHECK(is_fit(span, "", true));
  CHECK(scrubbed(span, "") == span);
}

TEST_CASE("ill-formed bytes of keys and values become U+FFFD") {
  const std::string span = attribute("a\xff", "\xc3");
  CHECK_FALSE(is_fit(span, "", true));
  CHECK(scrubbed(span, "") == attribute("a\ufffd", "\ufffd"));
}

TEST_CASE("a span of ill-formed bytes does not grow above what servers take") {
  const std::string large(1'300'000, '\xff'), larger(1'500'000, '\xff');
  CHECK(scrubbed(attribute("a", large), "").size() > 3 * large.size());
  CHECK(scrubbed(attribute("a", larger), "") == attribute("a", std::string(larger.size(), '?')));
}

TEST_CASE("of a key that comes twice the last value stays, in the place of the first") {
  const std::string span = attribute("a", "1") + attribute("b", "2") + attribute("a", "3");
  CHECK_FALSE(is_fit(span, "", true));
  CHECK(is_fit(span, "", false));
  CHECK(scrubbed(span, "") == attribute("a", "3") + attribute("b", "2"));
}

TEST_CASE("a constant gives way to an attribute of its key") {
  const std::string constants = attribute("honeyhive.project", "p") + attribute("honeyhive.x", "x");
  const std::string span = attribute("honeyhive.project", "mine");
  CHECK_FALSE(is_fit(span, constants, false));
  CHECK(is_fit(attribute("other", "mine"), constants, false));
  CHECK(scrubbed(span, constants) == span + attribute("honeyhive.x", "x"));
}

TEST_CASE("an attribute that is longer than its span is not fit, whatever its bytes look like") {
  // Without tag and length, what is left is a whole field.
  CHECK_FALSE(is_fit(std::string_view("\x4a\x1d\x0a\x00", 4), "", true));
  CHECK_FALSE(is_fit(std::string_view("\x4a", 1), "", true));
  CHECK(scrubbed(attribute("a", "1") + "\x4a\x1d", "") == attribute("a", "1"));
}

TEST_CASE("an attribute with a second value is not fit: it may hide anything") {
  // key "k", string "", string "\xff"; key "k", integer 1, string "\xff".
  CHECK_FALSE(
      is_fit(std::string_view("\x4a\x0a\x0a\x01k\x12\x05\x0a\x00\x0a\x01\xff", 12), "", true));
  CHECK_FALSE(is_fit("\x4a\x0a\x0a\x01k\x12\x05\x18\x01\x0a\x01\xff", "", true));
}

TEST_SUITE_END();

}  // namespace
}  // namespace honeyhive::sdk
