#include "otlp/field_reader.h"

#include <doctest/doctest.h>

#include <cstring>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "unit/otlp/trace_request.h"

namespace honeyhive::otlp {
namespace {

struct Walk {
  std::vector<Field> fields;
  bool malformed = false;
};

Walk walk(std::string_view message) {
  Walk made;
  FieldReader reader(message);
  for (Field field; reader.next(field);) made.fields.push_back(field);
  made.malformed = reader.malformed();
  return made;
}

// A field of every wire type, short and long.
std::string every_kind() {
  std::string out;
  testing::pbf_writer writer(out);
  writer.add_uint64(1, 300);
  writer.add_fixed64(2, 0x0102030405060708);
  writer.add_fixed32(16, 0xdeadbeef);
  writer.add_string(9, "short");
  writer.add_string(17, "two bytes of tag");
  writer.add_string(9, std::string(200, 'l'));
  writer.add_string(3, "");
  writer.add_uint64(536870911, ~std::uint64_t{0});
  return out;
}

}  // namespace

TEST_SUITE("otlp/field_reader") {
  TEST_CASE("every kind of field is read as another encoder wrote it") {
    const std::string message = every_kind();
    const Walk read = walk(message);
    CHECK_FALSE(read.malformed);
    REQUIRE(read.fields.size() == 8);
    CHECK(read.fields[0].number_value == 300);
    CHECK(read.fields[1].number_value == 0x0102030405060708);
    CHECK(read.fields[1].wire == Wire::fixed64);
    CHECK(read.fields[2].number == 16);
    CHECK(read.fields[2].wire == Wire::fixed32);
    CHECK(read.fields[2].number_value == 0xdeadbeef);
    CHECK(read.fields[3].bytes == "short");
    CHECK(read.fields[4].number == 17);
    CHECK(read.fields[4].bytes == "two bytes of tag");
    CHECK(read.fields[5].bytes == std::string(200, 'l'));
    CHECK(read.fields[6].bytes.empty());
    CHECK(read.fields[7].number == 536870911);
    CHECK(read.fields[7].number_value == ~std::uint64_t{0});
    std::string whole;
    for (const Field& field : read.fields) whole += field.whole;
    CHECK(whole == message);
  }

  TEST_CASE("a message cut at any byte ends between two fields, or is malformed") {
    const std::string message = every_kind();
    std::set<std::size_t> ends{0};
    for (const Field& field : walk(message).fields) {
      ends.insert(static_cast<std::size_t>(field.whole.end() - message.data()));
    }
    for (std::size_t bytes = 0; bytes <= message.size(); ++bytes) {
      CAPTURE(bytes);
      // In memory of exactly that size, so that a sanitizer sees a read behind it.
      const std::unique_ptr<char[]> cut(new char[bytes]);
      std::memcpy(cut.get(), message.data(), bytes);
      const Walk read = walk({cut.get(), bytes});
      CHECK(read.malformed == !ends.contains(bytes));
      std::size_t whole = 0;
      for (const Field& field : read.fields) whole += field.whole.size();
      CHECK(whole == *std::prev(ends.upper_bound(bytes)));
    }
  }

  TEST_CASE("what is no field ends the walk") {
    for (const std::string_view message :
         {std::string_view("\x00\x00", 2), std::string_view("\x0b\x0c"),  // number 0, a group
          std::string_view("\x0e\x00", 2), std::string_view("\x0f\x00", 2),
          std::string_view("\x02\x01x"),                                     // bytes of number 0
          std::string_view("\x80\x80\x80\x80\x10\x01"),                      // number 2^29
          std::string_view("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),  // 2^64 - 1 bytes
          std::string_view("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")}) {
      const Walk read = walk(message);
      CHECK(read.fields.empty());
      CHECK(read.malformed);
    }
  }

  TEST_CASE("a key and its value are found in any order, and the last of each wins") {
    std::string_view key, value;
    CHECK(read_key_value("\x12\x02\x10\x01\x0a\x01k", key, value));
    CHECK(key == "k");
    CHECK(value == "\x10\x01");
    CHECK(read_key_value("\x0a\x01k\x0a\x01m", key, value));
    CHECK(key == "m");
    CHECK(value.empty());
    CHECK_FALSE(read_key_value("\x0a\x02k", key, value));
  }
}

}  // namespace honeyhive::otlp
