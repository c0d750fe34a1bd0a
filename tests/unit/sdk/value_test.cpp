#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <limits>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <set>
#include <stdexcept>
#include <unordered_map>
#include <variant>

#include "honeyhive/honeyhive.h"
#include "honeyhive/testing.h"

namespace user {

struct Point {
  int x = 1;
  double y = 0.5;
};
HH_FIELDS(Point, x, y)

struct Nested {
  std::string name = "n";
  Point at;
  std::optional<int> nothing;
};
HH_FIELDS(Nested, name, at, nothing)

struct Money {
  long cents = 0;
};
std::string honeyhive_value(const Money& money) {
  return std::to_string(money.cents / 100) + "." + std::to_string(money.cents % 100);
}

struct Streamed {};
std::ostream& operator<<(std::ostream& out, const Streamed&) { return out << "streamed"; }

struct Foreign {
  int number = 7;
};

struct Thrower {};
void to_attributes(honeyhive::AttributeWriter& writer, const Thrower&) {
  writer.begin_object();
  writer.member("before", 1);
  throw std::runtime_error("hook");
}

// A text that is not always there.
struct Text {
  const char* content;
  operator std::string_view() const {
    if (content == nullptr) throw std::runtime_error("conversion");
    return content;
  }
};

struct Node {
  int id = 0;
  std::shared_ptr<Node> next;
};
HH_FIELDS(Node, id, next)

struct Graph {
  std::vector<std::shared_ptr<Graph>> edges;
};
HH_FIELDS(Graph, edges)

enum class Colour { red = 3 };
enum class Fruit { apple };
std::string_view honeyhive_value(Fruit) { return "apple"; }

}  // namespace user

template <>
struct honeyhive::ValueTraits<user::Foreign> {
  static void write(AttributeWriter& writer, const user::Foreign& foreign) {
    writer.integer(foreign.number);
  }
};

namespace honeyhive {
namespace {

template <typename T>
std::string json(const T& value) {
  return Value(value).json();
}

TEST_SUITE_BEGIN("sdk/value/value");

TEST_CASE("numbers, characters and texts keep their value") {
  CHECK(json(true) == "true");
  CHECK(json(-5) == "-5");
  CHECK(json(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
  CHECK(json(std::uint8_t{200}) == "200");
  CHECK(json(0.5F) == "0.5");
  CHECK(json('c') == "\"c\"");
  CHECK(json("literal") == "\"literal\"");
  CHECK(json(std::string("s")) == "\"s\"");
  CHECK(json(std::string_view("v")) == "\"v\"");
  CHECK(json(user::Colour::red) == "3");
  CHECK(json(user::Fruit::apple) == "\"apple\"");
  CHECK(json(std::filesystem::path("/a/b")) == "\"/a/b\"");
}

TEST_CASE("an unsigned integer above 2^63 - 1 is recorded as text") {
  CHECK(json(std::uint64_t{9223372036854775807U}) == "9223372036854775807");
  CHECK(json(std::uint64_t{9223372036854775808U}) == "\"9223372036854775808\"");
  CHECK(json(std::numeric_limits<std::uint64_t>::max()) == "\"18446744073709551615\"");
  CHECK(json(nlohmann::json(18446744073709551615U)) == "\"18446744073709551615\"");
}

TEST_CASE("what is empty is null") {
  const char* none = nullptr;
  CHECK(json(nullptr) == "null");
  CHECK(json(none) == "null");
  CHECK(json(std::optional<int>()) == "null");
  CHECK(json(std::unique_ptr<int>()) == "null");
  CHECK(json(std::shared_ptr<std::string>()) == "null");
  CHECK(json(std::variant<std::monostate, int>()) == "null");
}

TEST_CASE("what is there is its content") {
  CHECK(json(std::optional<int>(3)) == "3");
  CHECK(json(std::make_unique<std::string>("x")) == "\"x\"");
  CHECK(json(std::variant<int, std::string>("t")) == "\"t\"");
}

TEST_CASE("ranges and tuples are arrays, maps are objects") {
  CHECK(json(std::vector<int>{1, 2}) == "[1,2]");
  CHECK(json(std::vector<bool>{true, false}) == "[true,false]");
  CHECK(json(std::array<std::string, 2>{"a", "b"}) == R"(["a","b"])");
  const int plain[] = {1, 2, 3};
  CHECK(json(plain) == "[1,2,3]");
  CHECK(json(std::set<int>{2, 1}) == "[1,2]");
  CHECK(json(std::pair<int, std::string>(1, "b")) == R"([1,"b"])");
  CHECK(json(std::tuple<int, bool, double>(1, true, 2.5)) == "[1,true,2.5]");
  CHECK(json(std::map<std::string, int>{{"b", 2}, {"a", 1}}) == R"({"a":1,"b":2})");
  CHECK(json(std::vector<std::map<std::string, std::vector<int>>>{{{"k", {1}}}}) ==
        R"([{"k":[1]}])");
}

TEST_CASE("durations are seconds, time points are ISO 8601") {
  using namespace std::chrono;
  CHECK(json(milliseconds(1500)) == "1.5");
  CHECK(json(hours(2)) == "7200.0");
  CHECK(json(system_clock::time_point(seconds(0))) == "\"1970-01-01T00:00:00.000000Z\"");
  CHECK(json(sys_time<milliseconds>(milliseconds(1'700'000'000'123))) ==
        "\"2023-11-14T22:13:20.123000Z\"");
}

TEST_CASE("a time point beyond every calendar is clamped") {
  using namespace std::chrono;
  CHECK(json(sys_time<hours>(hours::max())).size() == 29);
  CHECK(json(sys_time<hours>(hours::min())).size() == 29);
}

TEST_CASE("an exception is what it says") { CHECK(json(std::runtime_error("bad")) == "\"bad\""); }

TEST_CASE("hooks of users decide, traits before functions before streams") {
  CHECK(json(user::Point{}) == R"({"x":1,"y":0.5})");
  CHECK(json(user::Nested{}) == R"({"name":"n","at":{"x":1,"y":0.5},"nothing":null})");
  CHECK(json(user::Money{1234}) == "\"12.34\"");
  CHECK(json(user::Streamed{}) == "\"streamed\"");
  CHECK(json(user::Foreign{}) == "7");
}

TEST_CASE("a JSON document of nlohmann is taken as it is") {
  const auto document =
      nlohmann::json::parse(R"({"a":[1,-2,3.5,"t",true,null],"e":[],"o":{"k":{}}})");
  CHECK(json(document) == R"({"a":[1,-2,3.5,"t",true,null],"e":[],"o":{"k":{}}})");
}

TEST_CASE("braces are objects, also nested, and a repeated key keeps its last value") {
  const Object object{
      {"id", 7}, {"tags", Array{"a", 1, Object{{"k", "v"}}}}, {"in", {{"x", 1}}}, {"id", 8}};
  CHECK(object.json() == R"({"id":8,"tags":["a",1,{"k":"v"}],"in":{"x":1}})");
  CHECK(Value({{"a", 1}}) == Value(Object{{"a", 1}}));
}

TEST_CASE("reading what is not there gives null or the fallback") {
  const Value value = Object{{"n", 3}, {"s", "t"}, {"a", Array{1, 2}}};
  CHECK(value["missing"].is_null());
  CHECK(value["a"][5].is_null());
  CHECK(value["a"][-1].is_null());
  CHECK(value["n"].as_double() == 3.0);
  CHECK(value["n"].as_string("no") == "no");
  CHECK(value["s"].as_int(9) == 9);
  CHECK(value["a"].size() == 2);
  CHECK(value["s"].text() == "t");
  CHECK(value["a"].text() == "[1,2]");
}

TEST_CASE("an object is edited in place, and merging lets the other win") {
  Object object{{"a", 1}, {"b", 2}};
  object["c"] = 3;
  object.erase("a");
  object.merge({{"b", 9}, {"d", 4}});
  CHECK(object.json() == R"({"b":9,"c":3,"d":4})");
  CHECK_FALSE(object.contains("a"));
}

TEST_CASE("copies are deep, moves leave the original usable") {
  Value value = Object{{"k", Array{1}}};
  Value copy = value;
  value = 3;
  CHECK(copy.json() == R"({"k":[1]})");
  Value moved = std::move(copy);
  copy = "again";
  CHECK(moved.json() == R"({"k":[1]})");
  CHECK(copy.json() == "\"again\"");
}

TEST_CASE("not-a-number and infinity are null in JSON") {
  CHECK(json(std::nan("")) == "null");
  CHECK(json(std::numeric_limits<double>::infinity()) == "null");
}

TEST_CASE("a value is nested at most 16 deep") {
  nlohmann::json deep = "bottom";
  for (int i = 0; i < 40; ++i) deep = nlohmann::json{{"k", deep}};
  const std::string text = json(deep);
  CHECK(static_cast<int>(std::count(text.begin(), text.end(), '{')) == 16);
  CHECK(text.find("bottom") == text.npos);
}

TEST_CASE("a cycle of shared pointers ends at the depth limit") {
  const auto a = std::make_shared<user::Node>();
  const auto b = std::make_shared<user::Node>();
  a->next = b;
  b->next = a;
  const std::string text = json(*a);
  a->next.reset();
  CHECK(static_cast<int>(std::count(text.begin(), text.end(), '{')) <= 17);
}

TEST_CASE("a densely linked graph ends, too") {
  std::vector<std::shared_ptr<user::Graph>> nodes(12);
  for (auto& node : nodes) node = std::make_shared<user::Graph>();
  for (auto& node : nodes) node->edges = nodes;
  const auto begin = std::chrono::steady_clock::now();
  const Value value(*nodes[0]);
  {
    const auto tracer = HoneyHiveTracer::init({.test_mode = true});
    auto span = tracer.trace("graph");
    span.set_attribute("graph", *nodes[0]);
  }
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
  for (auto& node : nodes) node->edges.clear();
}

TEST_CASE("a hook that throws leaves its attribute out, and only that") {
  const auto tracer = HoneyHiveTracer::init({.test_mode = true});
  {
    auto span = tracer.trace("span");
    span.set_attribute("thrown", user::Thrower{});
    span.set_attributes({{"a", 1},
                         {"thrown", user::Thrower{}},
                         {"b", {{"in", user::Thrower{}}, {"c", 2}}},
                         {"d", 3}});
    span.enrich({{"e", user::Thrower{}}, {"f", 4}});
    span.add_event("event", {{"g", user::Thrower{}}, {"h", 5}});
    span.set_attribute("after", 6);
  }
  const auto spans = testing::capture(tracer);
  REQUIRE(spans.size() == 1);
  const auto& span = spans[0];
  CHECK(span["a"].as_int() == 1);
  CHECK(span["b.c"].as_int() == 2);
  CHECK(span["d"].as_int() == 3);
  CHECK(span["metadata.f"].as_int() == 4);
  CHECK(span["after"].as_int() == 6);
  CHECK_FALSE(span.attributes.contains("thrown.before"));
  CHECK_FALSE(span.attributes.contains("before"));
  REQUIRE(span.events.size() == 1);
  CHECK(span.events[0].attributes.json() == R"({"h":5})");
}

TEST_CASE("a type whose conversion to text throws leaves its attribute out") {
  const auto tracer = HoneyHiveTracer::init({.test_mode = true});
  {
    auto span = tracer.trace("span");
    span.set_attribute("thrown", user::Text{nullptr});
    span.set_attribute("text", user::Text{"t"});
  }
  const auto spans = testing::capture(tracer);
  REQUIRE(spans.size() == 1);
  CHECK_FALSE(spans[0].attributes.contains("thrown"));
  CHECK(spans[0]["text"].as_string() == "t");
}

TEST_CASE("where a text is expected, a null pointer is an empty one") {
  const char* none = nullptr;
  CHECK(EventType(none).text().empty());
  CHECK(Value(Object{{"a", 1}})[none].is_null());
  CHECK(json(std::map<const char*, int>{{none, 1}}) == R"({"":1})");
  const auto tracer = HoneyHiveTracer::init({.test_mode = true});
  { auto span = tracer.trace("span", {.event_type = none}); }
  const auto spans = testing::capture(tracer);
  REQUIRE(spans.size() == 1);
  CHECK(spans[0].event_type().empty());
}

TEST_SUITE_END();

}  // namespace
}  // namespace honeyhive
