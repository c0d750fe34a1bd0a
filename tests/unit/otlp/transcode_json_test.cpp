#include "otlp/transcode_json.h"

#include <doctest/doctest.h>

#include <string>

#include "core/limits.h"
#include "fakes/otlp_json.h"

using namespace honeyhive;
using honeyhive::testing::OtlpJson;

TEST_SUITE("otlp/transcode_json") {
  // What the decoder makes of a request; an error as its text.
  std::string read(std::string_view json) {
    const auto protobuf = otlp::trace_request_from_json(json);
    if (!protobuf) return protobuf.error().message;
    const auto text = OtlpJson::of_traces(*protobuf);
    return text ? *text : text.error().message;
  }

  std::string request(const std::string& span) {
    return R"({"resourceSpans":[{"scopeSpans":[{"spans":[)" + span + "]}]}]}";
  }

  std::string with_attribute(const std::string& value) {
    return request(R"({"attributes":[{"key":"k","value":)" + value + "}]}");
  }

  // The value of the one attribute, as the decoder sees it.
  std::string value_of(const std::string& value) {
    const std::string text = read(with_attribute(value));
    constexpr std::string_view before = R"({"key":"k","value":)";
    const std::size_t from = text.find(before);
    if (from == text.npos) return text;
    const std::string rest = text.substr(from + before.size());
    return rest.substr(0, rest.find(R"(}],"droppedAttributesCount")"));
  }

  std::string nested(std::size_t times, const std::string& open, const std::string& close) {
    std::string text;
    for (std::size_t i = 0; i < times; ++i) text += open;
    for (std::size_t i = 0; i < times; ++i) text += close;
    return text;
  }

  const std::string whole =
      R"({"traceId":"11111111111111111111111111111111","spanId":"2222222222222222",)"
      R"("parentSpanId":"3333333333333333","traceState":"a=b","name":"n","kind":3,)"
      R"("startTimeUnixNano":"1760000000000000001","endTimeUnixNano":"1760000000000000002",)"
      R"("attributes":[{"key":"k","value":{"stringValue":"v"}}],"droppedAttributesCount":1,)"
      R"("events":[{"timeUnixNano":"5","name":"e","attributes":[],"droppedAttributesCount":0}],)"
      R"("droppedEventsCount":2,"links":[{"traceId":"44444444444444444444444444444444",)"
      R"("spanId":"5555555555555555","traceState":"","attributes":[],)"
      R"("droppedAttributesCount":0}],"droppedLinksCount":3,"status":{"message":"m","code":2}})";

  TEST_CASE("every field that the decoder knows comes through") {
    const std::string json =
        R"({"resourceSpans":[{"resource":{"attributes":[{"key":"r","value":{"intValue":"7"}}],)"
        R"("droppedAttributesCount":4},"scopeSpans":[{"scope":{"name":"s","version":"1",)"
        R"("attributes":[{"key":"t","value":{"boolValue":true}}],"droppedAttributesCount":5},)"
        R"("spans":[)" +
        whole + "]}]}]}";
    CHECK(read(json) == json);
  }

  TEST_CASE("names may be those of the proto file") {
    const std::string proto_names =
        R"({"resource_spans":[{"scope_spans":[{"spans":[{"trace_id":"ab","span_id":"cd",)"
        R"("start_time_unix_nano":1,"dropped_attributes_count":2,)"
        R"("attributes":[{"key":"k","value":{"string_value":"v"}}]}]}]}]})";
    CHECK(read(proto_names) ==
          read(request(R"({"traceId":"ab","spanId":"cd","startTimeUnixNano":"1",)"
                       R"("droppedAttributesCount":2,)"
                       R"("attributes":[{"key":"k","value":{"stringValue":"v"}}]})")));
  }

  TEST_CASE("HoneyHive's names of enums and null parents are understood") {
    CHECK(read(request(R"({"parentSpanId":null,"kind":"SPAN_KIND_CLIENT","name":null,)"
                       R"("status":{"code":"STATUS_CODE_ERROR","message":null}})")) ==
          read(request(R"({"kind":3,"status":{"code":2}})")));
    CHECK(read(request(R"({"kind":"3"})")) == read(request(R"({"kind":3})")));
    CHECK(read(request(R"({"kind":"SPAN_KIND_OF_TOMORROW"})")) == read(request("{}")));
    CHECK(read(request(R"({"kind":true})")).ends_with("near Span.kind: expected a number"));
  }

  TEST_CASE("null is the same as absent, and an empty element of a list") {
    CHECK(read(request(R"({"attributes":null,"events":null,"status":null,"startTimeUnixNano":null,)"
                       R"("droppedLinksCount":null,"future":null})")) == read(request("{}")));
    CHECK(read(request("null")) == read(request("{}")));
    CHECK(value_of(R"({"arrayValue":{"values":[null,{"intValue":1}]}})") ==
          R"({"arrayValue":{"values":[{},{"intValue":"1"}]}})");
    CHECK(read(R"({"resourceSpans":null})") == read("{}"));
  }

  TEST_CASE("unknown fields are skipped, whatever is in them") {
    CHECK(
        read(request(R"({"a":[1,{"b":[]},"c\u0041\\",-1.5e+7,true,false,null,{}],"name":"n"})")) ==
        read(request(R"({"name":"n"})")));
    CHECK(read(request(R"({"a":[1,}],"name":"n"})")).find("not JSON") != std::string::npos);
  }

  TEST_CASE("of a name that comes again the last value counts") {
    CHECK(read(request(R"({"name":"a","kind":1,"name":"b","kind":null})")) ==
          read(request(R"({"name":"b"})")));
    CHECK(read(request(R"({"status":{"code":2},"name":"n","status":{"message":"m"}})")) ==
          read(request(R"({"name":"n","status":{"message":"m"}})")));
    CHECK(read(request(R"({"links":[{"spanId":"aa"}],"events":[{"name":"a"},{"name":"b"}],)"
                       R"("links":[{"spanId":"bb"}],"name":"n","events":[{"name":"c"}]})")) ==
          read(request(R"({"links":[{"spanId":"bb"}],"name":"n","events":[{"name":"c"}]})")));
    CHECK(read(R"({"resourceSpans":[{"scopeSpans":[{"spans":[{},{}]}]}],"resourceSpans":[]})") ==
          read("{}"));
    CHECK(read(request(R"({"start_time_unix_nano":1,"startTimeUnixNano":2})")) ==
          read(request(R"({"startTimeUnixNano":2})")));
    CHECK(value_of(R"({"stringValue":"a","intValue":1,"stringValue":"b"})") ==
          R"({"stringValue":"b"})");
    CHECK(value_of(R"({"stringValue":"a","intValue":1})") == R"({"intValue":"1"})");
  }

  TEST_CASE("times are integers of 64 bits, as numbers or strings") {
    const auto time = [](const std::string& value) {
      const std::string text = read(request(R"({"startTimeUnixNano":)" + value + "}"));
      const std::size_t from = text.find("startTimeUnixNano\":\"");
      return from == text.npos ? text.substr(text.rfind(": ") + 2)
                               : text.substr(from + 20, text.find('"', from + 20) - from - 20);
    };
    CHECK(time("18446744073709551615") == "18446744073709551615");
    CHECK(time(R"("18446744073709551615")") == "18446744073709551615");
    CHECK(time("1e3") == "1000");
    CHECK(time("2.0") == "2");
    CHECK(time("-0") == "0");
    for (const char* bad : {"18446744073709551616", "-1", "1.5", "1e400", R"("")", R"("x")",
                            R"("1 ")", R"("0x10")", R"("NaN")"}) {
      CHECK_MESSAGE(time(bad) == "expected an integer that fits", bad);
    }
    for (const char* bad : {"true", "{}", "[]", "x"}) {
      CHECK_MESSAGE(time(bad) == "expected a number", bad);
    }
    CHECK(read(request(R"({"droppedLinksCount":4294967296})"))
              .ends_with("near Span.droppedLinksCount: expected an integer that fits"));
  }

  TEST_CASE("an attribute's integer that has no 64 bits keeps its digits as text") {
    CHECK(value_of(R"({"intValue":"-9223372036854775808"})") ==
          R"({"intValue":"-9223372036854775808"})");
    CHECK(value_of(R"({"intValue":9223372036854775807})") ==
          R"({"intValue":"9223372036854775807"})");
    CHECK(value_of(R"({"intValue":-0})") == R"({"intValue":"0"})");
    CHECK(value_of(R"({"intValue":1e3})") == R"({"intValue":"1000"})");
    CHECK(value_of(R"({"intValue":"1180591620717411303424"})") ==
          R"({"stringValue":"1180591620717411303424"})");
    CHECK(value_of(R"({"intValue":9223372036854775808})") ==
          R"({"stringValue":"9223372036854775808"})");
    CHECK(value_of(R"({"intValue":1.5})") == R"({"stringValue":"1.5"})");
    CHECK(value_of(R"({"intValue":"seven"})").ends_with("AnyValue.intValue: expected an integer"));
  }

  TEST_CASE("doubles are numbers, strings of numbers, NaN and the infinities") {
    CHECK(value_of(R"({"doubleValue":-0.5})") == R"({"doubleValue":-0.5})");
    CHECK(value_of(R"({"doubleValue":"2.5e3"})") == R"({"doubleValue":2500.0})");
    CHECK(value_of(R"({"doubleValue":-0})") == R"({"doubleValue":-0.0})");
    CHECK(value_of(R"({"doubleValue":"NaN"})") == R"({"doubleValue":"NaN"})");
    CHECK(value_of(R"({"doubleValue":"Infinity"})") == R"({"doubleValue":"Infinity"})");
    CHECK(value_of(R"({"doubleValue":"-Infinity"})") == R"({"doubleValue":"-Infinity"})");
    CHECK(value_of(R"({"doubleValue":1e400})") == R"({"stringValue":"1e400"})");
    CHECK(value_of(R"({"doubleValue":"nan"})").ends_with("doubleValue: expected a number"));
    CHECK(value_of(R"({"doubleValue":NaN})").ends_with("doubleValue: expected a number"));
  }

  TEST_CASE("a value of the wrong type is refused with its place") {
    CHECK(value_of(R"({"boolValue":"true"})").ends_with("boolValue: expected true or false"));
    CHECK(value_of(R"({"stringValue":5})") ==
          "trace request: byte 92, near AnyValue.stringValue: expected a string");
    CHECK(value_of(R"({"arrayValue":[]})").ends_with("near ArrayValue: expected an object"));
    CHECK(
        read(R"({"resourceSpans":{}})") ==
        "trace request: byte 17, near ExportTraceServiceRequest.resourceSpans: expected an array");
    CHECK(read("[]") ==
          "trace request: byte 0, near ExportTraceServiceRequest: expected an object");
  }

  TEST_CASE("bytes are base64 of either alphabet, padded or not") {
    for (const char* same : {R"("+/+/AA==")", R"("-_-_AA")", R"("+\/+\/AA")"}) {
      CHECK(value_of(std::string(R"({"bytesValue":)") + same + "}") ==
            R"({"bytesValue":"+/+/AA=="})");
    }
    CHECK(value_of(R"({"bytesValue":""})") == R"({"bytesValue":""})");
    for (const char* bad : {"A", "AAAAA", "A=AA", "====", "AA A", "A\\u0000AA", "é"}) {
      const std::string value = std::string(R"({"bytesValue":")") + bad + R"("})";
      CHECK_MESSAGE(value_of(value).ends_with("this is not base64"), bad);
    }
  }

  TEST_CASE("an id that is no hex cannot be taken for one") {
    const auto ids = [](const std::string& id) {
      return read(request(R"({"traceId":")" + id + R"(","spanId":")" + id +
                          R"(","parentSpanId":")" + id + R"("})"));
    };
    const std::string marked = ids(core::to_hex(otlp::malformed_id));
    CHECK(otlp::malformed_id.size() != 8);
    CHECK(otlp::malformed_id.size() != 16);
    for (const char* bad :
         {"zzzzzzzzzzzzzzzz", "zzzzzzzz", "123", "1g", " 11", "EREREREREREREREREREREQ=="}) {
      CHECK_MESSAGE(ids(bad) == marked, bad);
    }
    CHECK(ids("") == read(request("{}")));
    CHECK(ids("AbCd") == ids("abcd"));
    CHECK(read(request(R"({"links":[{"traceId":"xyz","spanId":"xyz"}]})")) ==
          read(request(R"({"links":[{}]})")));
    CHECK(read(request(R"({"traceId":5})")).ends_with("traceId: expected a string of hex digits"));
  }

  TEST_CASE("escapes are undone, and half of a surrogate pair becomes U+FFFD") {
    CHECK(value_of(R"({"stringValue":"\u00e9\ud83d\ude00\n\"\\\/"})") ==
          "{\"stringValue\":\"é😀\\n\\\"\\\\/\"}");
    CHECK(value_of(R"({"stringValue":"a\ud800b"})") == "{\"stringValue\":\"a\uFFFDb\"}");
    CHECK(value_of(R"({"stringValue":"\udc00\ud83d\u0041"})") ==
          "{\"stringValue\":\"\uFFFD\uFFFDA\"}");
    CHECK(value_of(R"({"string\u0056alue":"a\u0000b"})") == R"({"stringValue":"a\u0000b"})");
    CHECK(value_of("{\"stringValue\":\"\xff\"}") == "{\"stringValue\":\"\uFFFD\"}");
    CHECK(value_of(R"({"stringValue":"\x"})").ends_with("the string is not well-formed"));
    CHECK(value_of(R"({"stringValue":"\u12g4"})").ends_with("the string is not well-formed"));
    CHECK(value_of("{\"stringValue\":\"a\nb\"}").ends_with("the string is not well-formed"));
    CHECK(value_of(std::string("{\"stringValue\":\"a\0b\"}", 21))
              .ends_with("the string is not well-formed"));
  }

  TEST_CASE("a long string comes through whole, wherever its escapes are") {
    const std::string plain(1 << 20, 'x');
    CHECK(value_of(R"({"stringValue":")" + plain + R"("})") ==
          R"({"stringValue":")" + plain + R"("})");
    for (std::size_t at = 0; at < 20; ++at) {
      std::string text(40, 'y');
      text.insert(at, "\\n");
      const std::string value = R"({"stringValue":")" + text + R"("})";
      CHECK(value_of(value) == value);
    }
  }

  TEST_CASE("nesting costs no stack, and is refused where it has no meaning") {
    using core::limits::any_value_depth;
    const std::string array = R"({"arrayValue":{"values":[)";
    const auto levels = [&](std::size_t times) { return nested(times, array, "]}}"); };
    CHECK(value_of(levels(any_value_depth)) == levels(any_value_depth));
    const std::string cut = value_of(levels(any_value_depth + 1));
    CHECK(cut.find(otlp::too_deep_mark) != cut.npos);
    CHECK(value_of(levels(any_value_depth + 300)) == cut);
    CHECK(value_of(levels(100'000)).find("nested too deep") != std::string::npos);
    for (const auto& [open, close] : {std::pair("[", "]"), std::pair(R"({"a":)", "}")}) {
      const std::string deep = nested(100'000, open, close);
      CHECK(read(deep).starts_with("trace request: byte "));
      CHECK(read(R"({"future":)" + deep + "}").find("nested too deep") != std::string::npos);
    }
    CHECK(read(R"({"future":)" + nested(1024, "[", "]") + "}") == read("{}"));
    CHECK(read(R"({"future":)" + nested(1025, "[", "]") + "}") != read("{}"));
  }

  TEST_CASE("a body that ends anywhere before its end is refused") {
    const std::string json = request(whole);
    for (std::size_t size = 0; size < json.size(); ++size) {
      CHECK_FALSE(otlp::trace_request_from_json(json.substr(0, size)));
    }
    CHECK(otlp::trace_request_from_json(" \t\r\n" + json + " \n"));
    CHECK(read(json + "x").ends_with("something follows the request"));
    CHECK(read(json + std::string(1, '\0')).ends_with("something follows the request"));
    CHECK_FALSE(otlp::trace_request_from_json("\xef\xbb\xbf{}"));
  }

  TEST_CASE("many names that come again take time in proportion") {
    std::string json = R"({"name":")" + std::string(1 << 20, 'n') + R"(")";
    for (int i = 0; i < 100'000; ++i) json += R"(,"kind":1,"traceState":"a")";
    CHECK(read(request(json + "}")).size() < 2'000'000);
  }

  TEST_CASE("a body above the bound is refused as such") {
    const std::string huge(core::limits::decoded_body_bytes + 1, ' ');
    const auto refused = otlp::trace_request_from_json(huge);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == core::Error::Code::limit_exceeded);
  }
}
