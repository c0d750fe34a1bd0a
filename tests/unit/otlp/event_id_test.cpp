#include "otlp/event_id.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "core/random.h"

namespace honeyhive::otlp {
namespace {

std::string event_text(std::string_view trace, std::string_view span) {
  const auto trace_id = core::TraceId::from_hex(trace);
  const auto span_id = core::SpanId::from_hex(span);
  REQUIRE(trace_id);
  REQUIRE(span_id);
  return event_id(*trace_id, *span_id).text();
}

template <typename Id>
Id random_id(core::SplitMix64& random) {
  Id made;
  for (auto& byte : made.bytes) byte = static_cast<std::uint8_t>(random());
  return made;
}

// Bytes 6 and 8 without the bits that say version and variant.
core::Uuid without_marks(core::Uuid id) {
  id.bytes[6] &= 0x0f;
  id.bytes[8] &= 0x3f;
  return id;
}

}  // namespace

TEST_SUITE("otlp/event_id") {
  TEST_CASE("an event id is made of the first half of the trace id and the span id") {
    // The ids of the W3C Trace Context examples; made by hand.
    CHECK(event_text("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7") ==
          "4bf92f35-77b3-8da6-80f0-67aa0ba902b7");
    CHECK(event_text("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331") ==
          "0af76519-16cd-83dd-b7ad-6b7169203331");
    CHECK(event_text("00000000000000000000000000000000", "0000000000000000") ==
          "00000000-0000-8000-8000-000000000000");
    CHECK(event_text("ffffffffffffffffffffffffffffffff", "ffffffffffffffff") ==
          "ffffffff-ffff-8fff-bfff-ffffffffffff");
  }

  TEST_CASE("it is a UUID of version 8, and every other bit is one of the ids") {
    core::SplitMix64 random(20261120);
    for (int i = 0; i < 10'000; ++i) {
      const auto trace = random_id<core::TraceId>(random);
      const auto span = random_id<core::SpanId>(random);
      const core::Uuid made = event_id(trace, span);
      REQUIRE((made.bytes[6] & 0xf0) == 0x80);
      REQUIRE((made.bytes[8] & 0xc0) == 0x80);
      core::Uuid expected;
      std::copy_n(trace.bytes.begin(), 8, expected.bytes.begin());
      std::copy_n(span.bytes.begin(), 8, expected.bytes.begin() + 8);
      REQUIRE(without_marks(made) == without_marks(expected));
      REQUIRE(core::Uuid::parse(made.text()) == made);
    }
  }

  TEST_CASE("the second half of a trace id plays no part") {
    core::SplitMix64 random(1);
    const auto span = random_id<core::SpanId>(random);
    auto trace = random_id<core::TraceId>(random);
    const core::Uuid made = event_id(trace, span);
    for (std::size_t at = 8; at < trace.bytes.size(); ++at) trace.bytes[at] ^= 0xff;
    CHECK(event_id(trace, span) == made);
  }

  TEST_CASE("two spans of a trace differ in their event ids as they differ in their ids") {
    core::SplitMix64 random(2);
    const auto trace = random_id<core::TraceId>(random);
    const auto span = random_id<core::SpanId>(random);
    for (std::size_t bit = 0; bit < 64; ++bit) {
      auto other = span;
      other.bytes[bit / 8] ^= static_cast<std::uint8_t>(0x80 >> bit % 8);
      CAPTURE(bit);
      // The two bits under the variant are lost: one pair of ids in 2^62 shares an event id.
      CHECK((event_id(trace, other) == event_id(trace, span)) == (bit < 2));
    }
  }
}

}  // namespace honeyhive::otlp
