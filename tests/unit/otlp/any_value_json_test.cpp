#include "otlp/any_value_json.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/limits.h"
#include "otlp/decode.h"
#include "unit/otlp/trace_request.h"

using namespace honeyhive;
using namespace honeyhive::testing;

TEST_SUITE("otlp/any_value_json") {
  // The attributes of one decoded span, as JSON.
  std::string attributes_json(const std::vector<Attribute>& attributes) {
    const std::string body = encode_request({SpanFields{.attributes = attributes}});
    std::string out;
    const auto result = otlp::decode_trace_request(
        body, [&](const otlp::ResourceView&, const otlp::ScopeView&, const otlp::SpanView& span) {
          otlp::append_json(out, span.attributes);
        });
    REQUIRE(result);
    return out;
  }

  std::string value_json(const std::string& value) {
    const std::string json = attributes_json({{"k", value}});
    return json.substr(5, json.size() - 6);  // inside {"k":...}
  }

  TEST_CASE("every kind of value keeps its type") {
    CHECK(value_json(any("a \"b\"\n")) == R"("a \"b\"\n")");
    CHECK(value_json(any(true)) == "true");
    CHECK(value_json(any(false)) == "false");
    CHECK(value_json(any(0.5)) == "0.5");
    CHECK(value_json(any(3.0)) == "3.0");
    CHECK(value_json(any_array({any(1), any("x"), any_array({})})) == R"([1,"x",[]])");
    CHECK(value_json(any_kvlist({{"a", any(1)}, {"b", any_kvlist({})}})) == R"({"a":1,"b":{}})");
    CHECK(value_json("") == "null");
  }

  TEST_CASE("64-bit integers keep all their digits") {
    CHECK(value_json(any(std::numeric_limits<std::int64_t>::max())) == "9223372036854775807");
    CHECK(value_json(any(std::numeric_limits<std::int64_t>::min())) == "-9223372036854775808");
  }

  TEST_CASE("NaN and infinities are null") {
    CHECK(value_json(any(std::nan(""))) == "null");
    CHECK(value_json(any(std::numeric_limits<double>::infinity())) == "null");
    CHECK(value_json(any(-std::numeric_limits<double>::infinity())) == "null");
  }

  TEST_CASE("bytes are base64, by the vectors of RFC 4648") {
    CHECK(value_json(any_bytes("")) == R"("")");
    CHECK(value_json(any_bytes("f")) == R"("Zg==")");
    CHECK(value_json(any_bytes("fo")) == R"("Zm8=")");
    CHECK(value_json(any_bytes("foo")) == R"("Zm9v")");
    CHECK(value_json(any_bytes("foobar")) == R"("Zm9vYmFy")");
    CHECK(value_json(any_bytes("\xff\xfe\xfd")) == R"("//79")");
  }

  TEST_CASE("invalid UTF-8 is repaired in keys and values") {
    CHECK(attributes_json({{"k\xff", any("v\xc3")}}) == "{\"k\xef\xbf\xbd\":\"v\xef\xbf\xbd\"}");
  }

  TEST_CASE("values nest to the bound, and what is below is a mark") {
    const auto nested = [](std::size_t arrays) {
      std::string value = any(7);
      for (std::size_t i = 0; i < arrays; ++i) value = any_array({value});
      return value;
    };
    const auto brackets = [](std::size_t count, const std::string& inside) {
      return std::string(count, '[') + inside + std::string(count, ']');
    };
    constexpr std::size_t depth = core::limits::any_value_depth;
    const std::string mark = '"' + std::string(otlp::too_deep_mark) + '"';
    CHECK(value_json(nested(depth - 1)) == brackets(depth - 1, "7"));
    CHECK(value_json(nested(depth)) == brackets(depth, mark));
    CHECK(value_json(nested(5000)) == brackets(depth, mark));
  }

  TEST_CASE("the same bound holds for lists of key-value pairs") {
    std::string value = any(7);
    for (int i = 0; i < 100; ++i) value = any_kvlist({{"a", value}});
    const std::string json = value_json(value);
    CHECK(json.find(otlp::too_deep_mark) != json.npos);
    CHECK(static_cast<std::size_t>(std::count(json.begin(), json.end(), '{')) ==
          core::limits::any_value_depth);
  }

  TEST_CASE("bad framing below the bound is never walked, bad framing above it is an error") {
    const auto wrapped = [](std::string value, std::size_t arrays) {
      for (std::size_t i = 0; i < arrays; ++i) value = any_array({value});
      return encode_request({SpanFields{.attributes = {{"k", value}}}});
    };
    const std::string broken = "\x2a\x7f";  // an array of 127 bytes that are not there
    const auto accepts = [](const std::string& body) {
      return otlp::decode_trace_request(body, [](const auto&, const auto&, const auto&) {})
          .has_value();
    };
    for (std::size_t arrays = 0; arrays <= core::limits::any_value_depth; ++arrays) {
      CAPTURE(arrays);
      CHECK_FALSE(accepts(wrapped(broken, arrays)));
    }
    constexpr std::size_t below = core::limits::any_value_depth + 1;
    CHECK(accepts(wrapped(broken, below)));
    std::string json;
    const auto written = otlp::decode_trace_request(
        wrapped(broken, below),
        [&](const otlp::ResourceView&, const otlp::ScopeView&, const otlp::SpanView& span) {
          otlp::append_json(json, span.attributes);
        });
    CHECK(written);
    CHECK(json.find(otlp::too_deep_mark) != json.npos);
  }

  TEST_CASE("of a repeated key the last value stays, where the first stood") {
    CHECK(attributes_json({{"a", any(1)}, {"b", any(2)}, {"a", any(3)}}) == R"({"a":3,"b":2})");
    CHECK(value_json(any_kvlist({{"a", any(1)}, {"a", any(2)}})) == R"({"a":2})");
    std::vector<Attribute> many;
    for (int round = 0; round < 3; ++round) {
      for (int i = 0; i < 50; ++i) many.emplace_back("k" + std::to_string(i), any(round * 100 + i));
    }
    std::string expected = "{";
    for (int i = 0; i < 50; ++i) {
      if (i > 0) expected += ',';
      expected += "\"k" + std::to_string(i) + "\":" + std::to_string(200 + i);
    }
    CHECK(attributes_json(many) == expected + "}");
  }

  TEST_CASE("of several kinds in one value the last wins, and arrays in a row are one array") {
    CHECK(value_json(any("x") + any(5)) == "5");
    CHECK(value_json(any_array({any(1)}) + any_array({any(2)})) == "[1,2]");
    CHECK(value_json(any_array({any(1)}) + any("x") + any_array({any(2)})) == "[2]");
    CHECK(value_json(any_kvlist({{"a", any(1)}}) + any_kvlist({{"b", any(2)}, {"a", any(3)}})) ==
          R"({"a":3,"b":2})");
  }
}
