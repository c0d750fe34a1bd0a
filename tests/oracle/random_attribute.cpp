#include "oracle/random_attribute.h"

#include <array>
#include <cstdio>
#include <cstring>
#include <limits>
#include <optional>
#include <variant>
#include <vector>

#include "core/limits.h"
#include "honeyhive/value.h"

namespace honeyhive::oracle {
namespace {

namespace limits = core::limits;

std::int64_t random_integer(Random& random) {
  using Limits = std::numeric_limits<std::int64_t>;
  constexpr std::int64_t extremes[] = {Limits::min(), Limits::min() + 1, -1, 0, 1, 127, 128, 16383,
                                       16384,         Limits::max()};
  if (random.one_in(2)) return extremes[random.below(std::size(extremes))];
  return static_cast<std::int64_t>(random.bits()) >> random.below(64);
}

double random_number(Random& random) {
  using Limits = std::numeric_limits<double>;
  constexpr double extremes[] = {0.0,
                                 -0.0,
                                 1.0,
                                 -1.5,
                                 0.1,
                                 Limits::min(),
                                 Limits::max(),
                                 Limits::lowest(),
                                 Limits::denorm_min(),
                                 Limits::infinity(),
                                 -Limits::infinity(),
                                 Limits::quiet_NaN()};
  if (random.one_in(2)) return extremes[random.below(std::size(extremes))];
  double number = 0;
  const std::uint64_t bits = random.bits();
  std::memcpy(&number, &bits, sizeof number);  // any of them, also other NaNs
  return number;
}

Expected expect_integer(std::int64_t value) { return {'i', std::to_string(value)}; }
Expected expect_boolean(bool value) { return {'b', value ? "true" : "false"}; }
Expected expect_number(double value) {
  char digits[40];
  std::snprintf(digits, sizeof digits, "%.17g", value);
  return {'d', digits};
}

// Few, so that keys come twice; some long, some ill-formed, some that the worker adds itself.
Text random_key(Random& random) {
  constexpr std::string_view constants[] = {"honeyhive.project", "honeyhive.source",
                                            "honeyhive_event_type", "honeyhive.tracer_version"};
  if (random.one_in(60)) {
    const std::string key(constants[random.below(std::size(constants))]);
    return {key, key};
  }
  const std::string key = "k" + std::to_string(random.below(60)) + ".";
  Text text = random_length_text(random, 1);
  if (text.given.size() > 120) text = random_text(random, 100);
  if (random.one_in(2)) text = {};
  return {key + text.given, key + text.expected};
}

// The text and, where it is over the limit, the mark of its cut.
void expect_text(const Text& key, const Text& value, ExpectedAttributes& expected) {
  if (value.given.size() <= limits::value_bytes) {
    expected[key.expected] = {'s', value.expected};
    return;
  }
  // Only ASCII is made this long: it is cut at the byte.
  expected[key.expected] = {'s', value.expected.substr(0, limits::value_bytes)};
  expected[key.expected + ".truncated_bytes"] =
      expect_integer(static_cast<std::int64_t>(value.given.size() - limits::value_bytes));
}

void set_text(Span& span, Random& random, ExpectedAttributes& expected) {
  const Text key = random_key(random);
  Text value = random_length_text(random, 200'000);
  if (random.one_in(40'000)) {
    value.given.assign(limits::value_bytes + 1 + random.below(1'000), 'x');
    value.expected = value.given;
  }
  span.set_attribute(key.given, value.given);
  expect_text(key, value, expected);
}

void set_integer(Span& span, Random& random, ExpectedAttributes& expected) {
  const Text key = random_key(random);
  const std::int64_t value = random_integer(random);
  span.set_attribute(key.given, value);
  expected[key.expected] = expect_integer(value);
}

void set_unsigned(Span& span, Random& random, ExpectedAttributes& expected) {
  const Text key = random_key(random);
  const std::uint64_t value = random.bits() >> random.below(3);
  span.set_attribute(key.given, value);
  // Above what OTLP's integers hold: as text.
  const bool fits = value <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  expected[key.expected] = {fits ? 'i' : 's', std::to_string(value)};
}

void set_number(Span& span, Random& random, ExpectedAttributes& expected) {
  const Text key = random_key(random);
  const double value = random_number(random);
  span.set_attribute(key.given, value);
  expected[key.expected] = expect_number(value);
}

void set_boolean(Span& span, Random& random, ExpectedAttributes& expected) {
  const Text key = random_key(random);
  const bool value = random.one_in(2);
  span.set_attribute(key.given, value);
  expected[key.expected] = expect_boolean(value);
}

// Nested values are flattened: an attribute per leaf.
void set_nested(Span& span, Random& random, ExpectedAttributes& expected) {
  const Text key = random_key(random);
  const Text text = random_text(random, random.below(50));
  const std::int64_t integer = random_integer(random);
  const double number = random_number(random);
  const std::vector<std::int64_t> list{integer, 7};
  const std::optional<std::string> nothing;
  span.set_attribute(
      key.given,
      {{"text", text.given}, {"nothing", nothing}, {"deep", {{"n", number}, {"list", list}}}});
  expected[key.expected + ".text"] = {'s', text.expected};
  expected[key.expected + ".deep.n"] = expect_number(number);
  expected[key.expected + ".deep.list.0"] = expect_integer(integer);
  expected[key.expected + ".deep.list.1"] = expect_integer(7);
}

void set_object(Span& span, Random& random, ExpectedAttributes& expected) {
  const std::int64_t integer = random_integer(random);
  const bool flag = random.one_in(2);
  const std::variant<std::int64_t, std::string> either = std::string("variant");
  Object object{{"k1.object", integer}, {"k2.object", Array{flag, "text"}}};
  span.set_attributes(object);
  span.set_attributes({{"k3.either", either}, {"k4.character", 'c'}});
  expected["k1.object"] = expect_integer(integer);
  expected["k2.object.0"] = expect_boolean(flag);
  expected["k2.object.1"] = {'s', "text"};
  expected["k3.either"] = {'s', "variant"};
  expected["k4.character"] = {'s', "c"};
}

void enrich(Span& span, Random& random, ExpectedAttributes& expected) {
  const Text text = random_text(random, random.below(200));
  const double number = random_number(random);
  span.enrich({.metrics = {{"score", number}}, .outputs = {{"answer", text.given}}},
              {{"user", "u1"}});
  expected["honeyhive_metrics.score"] = expect_number(number);
  expected["honeyhive_outputs.answer"] = {'s', text.expected};
  expected["honeyhive_metadata.user"] = {'s', "u1"};
}

void set_long_key(Span& span, Random& random, ExpectedAttributes& expected) {
  const std::size_t bytes = limits::key_bytes + 1 + random.below(1'000);
  const std::string key(bytes, static_cast<char>('a' + random.below(26)));
  span.set_attribute(key, 1);
  const std::string cut = key.substr(0, limits::key_bytes);
  expected[cut] = expect_integer(1);
  expected[cut + ".truncated_key_bytes"] =
      expect_integer(static_cast<std::int64_t>(bytes - limits::key_bytes));
}

}  // namespace

void set_random_attribute(Span& span, Random& random, ExpectedAttributes& expected) {
  using Set = void (*)(Span&, Random&, ExpectedAttributes&);
  constexpr Set usual[] = {set_text,   set_text,    set_text,   set_integer, set_unsigned,
                           set_number, set_boolean, set_nested, set_object,  enrich};
  if (random.one_in(500)) return set_long_key(span, random, expected);
  usual[random.below(std::size(usual))](span, random, expected);
}

void add_random_event(Span& span, std::string_view name, Random& random,
                      ExpectedAttributes& expected) {
  const Text text = random_text(random, random.below(100));
  const std::int64_t integer = random_integer(random);
  const double number = random_number(random);
  if (random.one_in(3)) return span.add_event(name);
  span.add_event(name, {{"text", text.given}, {"list", {{"i", integer}, {"n", number}}}});
  expected["text"] = {'s', text.expected};
  expected["list.i"] = expect_integer(integer);
  expected["list.n"] = expect_number(number);
}

}  // namespace honeyhive::oracle
