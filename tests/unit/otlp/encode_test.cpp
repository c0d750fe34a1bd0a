#include "otlp/encode.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "otlp/decode.h"
#include "otlp/field_reader.h"
#include "unit/otlp/trace_request.h"

namespace honeyhive::otlp {
namespace {

// Where an encoding of lengths changes: of copies, of one-byte and of two-byte varints.
using Lengths = std::initializer_list<std::size_t>;
constexpr std::size_t lengths[] = {0,  1,   7,   8,   15,  16,  17,  31,    32,   33,
                                   64, 109, 110, 111, 126, 127, 128, 16383, 16384};

std::string text_of(std::size_t bytes, char first) {
  std::string out(bytes, '\0');
  for (std::size_t i = 0; i < bytes; ++i) {
    out[i] = static_cast<char>('a' + (static_cast<std::size_t>(first) + i * 7) % 26);
  }
  return out;
}

// Exactly as long as asked for, so that a sanitizer sees one byte too much.
using Room = std::unique_ptr<char[]>;

// What `put` writes into a buffer, of which `bytes` follow a canary and are followed by one.
template <typename Put>
std::string written(std::size_t bytes, Put put) {
  constexpr std::size_t canary = 64;
  std::string room(bytes + 2 * canary, '\xa5');
  char* const begin = room.data() + canary;
  char* const end = put(begin);
  REQUIRE(end >= begin);
  REQUIRE(static_cast<std::size_t>(end - begin) <= bytes);
  REQUIRE(room.substr(0, canary) == std::string(canary, '\xa5'));
  REQUIRE(room.substr(static_cast<std::size_t>(end - room.data())) ==
          std::string(room.size() - static_cast<std::size_t>(end - room.data()), '\xa5'));
  return {begin, end};
}

// A whole request around one encoded attribute, read by the server's decoder.
template <typename Check>
void decode(const std::string& attribute, Check check) {
  const std::string span = "\x0a\x10" + testing::trace_a + "\x12\x08" + testing::span_a + attribute;
  const std::string request = testing::encode_request(std::vector<std::string>{span});
  int seen = 0;
  const auto decoded = decode_trace_request(
      request, [&](const ResourceView&, const ScopeView&, const SpanView& view) {
        ++seen;
        REQUIRE(view.attributes.items.size() == 1);
        REQUIRE(view.attributes.dropped == 0);
        check(view.attributes.items[0]);
      });
  REQUIRE(decoded.has_value());
  REQUIRE(seen == 1);
}

template <typename Value, typename Check>
void round_trip(std::string_view key, Value value, Check check) {
  std::size_t bytes = key.size() + attribute_overhead;
  if constexpr (std::is_same_v<Value, std::string_view>) bytes += value.size();
  const std::string attribute =
      written(bytes, [&](char* out) { return put_attribute(out, span_attribute_tag, key, value); });
  decode(attribute, [&](const KeyValue& read) {
    REQUIRE(read.key == key);
    check(read.value);
  });
}

void round_trip_text(std::string_view key, std::string_view text) {
  round_trip(key, text, [&](const AnyValue& value) {
    REQUIRE(value.kind == AnyValue::Kind::string);
    REQUIRE(value.text == text);
  });
}
void round_trip_integer(std::string_view key, std::int64_t integer) {
  round_trip(key, integer, [&](const AnyValue& value) {
    REQUIRE(value.kind == AnyValue::Kind::integer);
    REQUIRE(value.integer == integer);
  });
}
void round_trip_number(std::string_view key, double number) {
  round_trip(key, number, [&](const AnyValue& value) {
    REQUIRE(value.kind == AnyValue::Kind::number);
    REQUIRE(std::bit_cast<std::uint64_t>(value.number) == std::bit_cast<std::uint64_t>(number));
  });
}

}  // namespace

TEST_SUITE("otlp/encode") {
  TEST_CASE("a text of any length is read back under a key of any length") {
    for (const std::size_t key_bytes : Lengths{1, 7, 8, 16, 32, 33, 109, 110, 111, 127, 128, 256}) {
      for (const std::size_t text_bytes : lengths) {
        CAPTURE(key_bytes);
        CAPTURE(text_bytes);
        round_trip_text(text_of(key_bytes, 'k'), text_of(text_bytes, 't'));
      }
    }
  }

  TEST_CASE("a short attribute is the same bytes as the general one") {
    for (std::size_t key_bytes = 1; key_bytes <= 110; ++key_bytes) {
      for (std::size_t text_bytes = 0; key_bytes + text_bytes <= 110; ++text_bytes) {
        const std::string key = text_of(key_bytes, 'k'), text = text_of(text_bytes, 't');
        const std::size_t bytes = key_bytes + text_bytes + attribute_overhead;
        const std::string made = written(bytes, [&](char* out) {
          return put_short_attribute(out, event_attribute_tag, key, text);
        });
        const std::string expected = written(bytes, [&](char* out) {
          return put_attribute(out, event_attribute_tag, key, std::string_view(text));
        });
        if (made != expected) FAIL("key of ", key_bytes, ", text of ", text_bytes, " bytes");
      }
    }
  }

  TEST_CASE("integers are read back, whatever their size and sign") {
    for (const std::size_t key_bytes : Lengths{1, 109, 127, 128, 256}) {
      const std::string key = text_of(key_bytes, 'k');
      for (unsigned bit = 0; bit < 64; ++bit) {
        const std::uint64_t power = std::uint64_t{1} << bit;
        for (const std::uint64_t bits : {power - 1, power, power + 1, ~power, 0 - power}) {
          CAPTURE(bits);
          round_trip_integer(key, static_cast<std::int64_t>(bits));
        }
      }
    }
  }

  TEST_CASE("doubles keep every bit, also those that are no number") {
    using Limits = std::numeric_limits<double>;
    for (const std::size_t key_bytes : Lengths{1, 109, 110, 116, 117, 127, 128, 256}) {
      const std::string key = text_of(key_bytes, 'k');
      for (const double number :
           {0.0, -0.0, 1.5, Limits::min(), Limits::denorm_min(), Limits::max(), Limits::lowest(),
            Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN()}) {
        round_trip_number(key, number);
      }
    }
  }

  TEST_CASE("booleans are read back") {
    for (const std::size_t key_bytes : lengths) {
      if (key_bytes == 0 || key_bytes > 256) continue;
      for (const bool flag : {false, true}) {
        round_trip(text_of(key_bytes, 'k'), flag, [&](const AnyValue& value) {
          REQUIRE(value.kind == AnyValue::Kind::boolean);
          REQUIRE(value.boolean == flag);
        });
      }
    }
  }

  TEST_CASE("bytes that are no text are written as they are") {
    std::string all;
    for (int byte = 0; byte < 256; ++byte) all.push_back(static_cast<char>(byte));
    round_trip_text("k", all);
    round_trip_text("k", std::string_view("\0\0\0", 3));
  }

  TEST_CASE("copies of every length write exactly their bytes, and read none beside them") {
    for (std::size_t count = 0; count <= 130; ++count) {
      CAPTURE(count);
      const std::string text = text_of(count, 's');
      const Room from(new char[count]);
      if (count > 0) std::memcpy(from.get(), text.data(), count);
      const auto general = [&](char* out) { return put_bytes(out, from.get(), count); };
      const auto without_call = [&](char* out) { return put_short_bytes(out, from.get(), count); };
      CHECK(written(count, general) == text);
      CHECK(written(count, without_call) == text);
      const Room room(new char[count]);
      CHECK(put_short_bytes(room.get(), from.get(), count) == room.get() + count);
      CHECK(put_bytes(room.get(), from.get(), count) == room.get() + count);
    }
  }

  TEST_CASE("a record's frame holds its length in four bytes that any parser reads") {
    std::vector<std::uint32_t> values{0, core::max_padded_varint};
    for (unsigned bit = 0; bit < 28; ++bit) {
      for (const std::uint32_t near : {0u, 1u, 2u}) {
        values.push_back(std::min((1u << bit) + near - 1, core::max_padded_varint));
      }
    }
    for (const std::uint32_t value : values) {
      CAPTURE(value);
      const std::string frame = written(record_frame_bytes, [&](char* out) {
        put_record_frame(out, value);
        return out + record_frame_bytes;
      });
      CHECK(record_span_bytes(frame.data()) == value);
      const char* at = frame.data() + 1;
      std::uint64_t read = 0;
      CHECK(core::get_varint(at, frame.data() + frame.size(), read));
      CHECK(read == value);
      CHECK(at == frame.data() + frame.size());
      const char* begin = frame.data() + 1;
      CHECK(protozero::decode_varint(&begin, frame.data() + frame.size()) == value);
    }
  }

  TEST_CASE("the size of a varint is the number of bytes it is written in") {
    for (unsigned bit = 0; bit < 64; ++bit) {
      for (const std::uint64_t near : {0u, 1u, 2u}) {
        const std::uint64_t value = (std::uint64_t{1} << bit) + near - 1;
        CAPTURE(value);
        const std::string bytes = written(core::max_varint_bytes,
                                          [&](char* out) { return core::put_varint(out, value); });
        CHECK(bytes.size() == core::varint_size(value));
        CHECK(length_size(value) == bytes.size());
        CHECK(bytes ==
              written(core::max_varint_bytes, [&](char* out) { return put_length(out, value); }));
      }
    }
  }
}

}  // namespace honeyhive::otlp
