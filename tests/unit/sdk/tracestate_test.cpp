#include "sdk/propagate/tracestate.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace honeyhive::sdk {
namespace {

TEST_SUITE_BEGIN("sdk/propagate/tracestate");

constexpr const char* invalid = "invalid";

std::string kept_of(const std::vector<std::string_view>& lines) {
  const auto state = parse_tracestate(lines);
  return state ? std::string(state->text()) : invalid;
}

std::string kept(std::string_view line) { return kept_of({line}); }

std::string members(int first, int last) {
  std::string list;
  for (int i = first; i <= last; ++i) {
    list += (list.empty() ? "k" : ",k") + std::to_string(i) + "=" + std::to_string(i);
  }
  return list;
}

// "key=vvv" of `bytes` characters.
std::string member(std::string_view key, std::size_t bytes) {
  return std::string(key) + "=" + std::string(bytes - key.size() - 1, 'v');
}

TEST_CASE("a list is passed on in its order, without the white space between its members") {
  const struct {
    std::string_view line, kept;
  } cases[] = {
      {"", ""},
      {" \t ", ""},
      {",", ""},
      {" , ,\t,", ""},
      {"foo=1", "foo=1"},
      {"foo=1,bar=2", "foo=1,bar=2"},
      {"foo=1 \t , \t bar=2, \t baz=3", "foo=1,bar=2,baz=3"},
      {"\t foo=1 \t", "foo=1"},
      {",foo=1,,bar=2,", "foo=1,bar=2"},
      {"foo=  1", "foo=  1"},  // leading spaces are the value's
      {"foo= a b ,bar=2", "foo= a b,bar=2"},
      {"1a_-*/@z=1", "1a_-*/@z=1"},
      {"a@b@c=1", "a@b@c=1"},
      {"a@=1", "a@=1"},
      {"a=!\"#$%&'()*+-./:;<>?@[\\]^_`{|}~", "a=!\"#$%&'()*+-./:;<>?@[\\]^_`{|}~"},
  };
  for (const auto& example : cases) {
    CAPTURE(example.line);
    CHECK(kept(example.line) == example.kept);
  }
}

TEST_CASE("several lines are one list") {
  CHECK(kept_of({"foo=1,bar=2", "rojo=1,congo=2", "baz=3"}) == "foo=1,bar=2,rojo=1,congo=2,baz=3");
  CHECK(kept_of({"", "foo=1", ""}) == "foo=1");
  CHECK(kept_of({}).empty());
  CHECK(kept_of({"foo=1", "bar"}) == invalid);
}

TEST_CASE("one invalid member drops the list as a whole") {
  const std::string cases[] = {
      "foo",
      "foo=",
      "=1",
      "=",
      "foo =1",
      "Foo=1",
      "foo.b=1",
      "_foo=1",
      "@foo=1",
      "foo=a=b",
      "foo=a\tb",
      "foo=\xc3\xa9",
      "f\xc3=1",
      "foo=a\x7f",
      "foo=\x01z",
      "foo==1",
      "foo= ",
      "foo=1;\n",
      std::string("foo=\0z", 6),
  };
  for (const std::string& text : cases) {
    CAPTURE(text);
    CHECK(kept(text) == invalid);
    CHECK(kept("a=1," + text + ",b=2") == invalid);
    CHECK(kept_of({"a=1", text}) == invalid);
  }
}

TEST_CASE("a key has 256 characters at most, and so has a value") {
  const std::string longest(256, 'z');
  CHECK(kept(longest + "=1") == longest + "=1");
  CHECK(kept(longest + "z=1") == invalid);
  CHECK(kept("a=" + longest) == "a=" + longest);
  CHECK(kept("a=" + longest + "z") == invalid);
}

TEST_CASE("of members with one key the first stays") {
  CHECK(kept("foo=1,bar=2,foo=3") == "foo=1,bar=2");
  CHECK(kept_of({"foo=1", "foo=1"}) == "foo=1");
  CHECK(kept("foo=1,fo=2,foo1=3") == "foo=1,fo=2,foo1=3");
}

TEST_CASE("a list has 32 members at most, repeated ones included and empty ones not") {
  CHECK(kept(members(1, 32)) == members(1, 32));
  CHECK(kept_of({members(1, 20), ",,,", members(21, 32)}) == members(1, 32));
  CHECK(kept(members(1, 33)) == invalid);
  CHECK(kept_of({members(1, 32), "k1=1"}) == invalid);
  CHECK(kept(members(1, 20'000)) == invalid);
  CHECK(kept(std::string(1 << 20, ',') + "a=1") == "a=1");
}

TEST_CASE("a list of more than 512 characters loses members of more than 128 from its end first") {
  const std::string a = member("a", 200), b = member("b", 100), c = member("c", 129),
                    d = member("d", 128);
  const std::string fits = a + "," + b + "," + d + "," + member("e", 81);
  REQUIRE(fits.size() == 512);
  CHECK(kept(fits) == fits);
  CHECK(kept(fits + "v") == b + "," + d + "," + member("e", 82));
  CHECK(kept(a + "," + b + "," + c + "," + d) == a + "," + b + "," + d);
  CHECK(kept(a + "," + member("x", 200) + "," + member("y", 200)) == a + "," + member("x", 200));
}

TEST_CASE("where that is not enough, it loses members from its end") {
  std::string list, expected;
  for (const char key : {'a', 'b', 'c', 'd', 'e', 'f'}) {
    list += (list.empty() ? "" : ",") + member(std::string(1, key), 100);
    if (key != 'f') expected = list;
  }
  CHECK(expected.size() == 504);
  CHECK(kept(list) == expected);
  CHECK(kept(member("long", 129) + "," + list) == expected);
  CHECK(kept(member("long", 256) + "," + member("longer", 257)) == member("long", 256));
}

TEST_SUITE_END();

}  // namespace
}  // namespace honeyhive::sdk
