#include "cli/answers.h"

#include <doctest/doctest.h>

namespace honeyhive::cli {
namespace {

using Section = TextPart::Section;

std::string error_of(std::string_view json) {
  const auto tree = read_tree(json);
  REQUIRE_FALSE(tree.has_value());
  return tree.error().message;
}

ShownSpan span_of(std::string_view json) {
  auto span = read_span(json);
  REQUIRE(span.has_value());
  return *std::move(span);
}

}  // namespace

TEST_SUITE("cli/answers") {
  TEST_CASE("a page of traces is read with its cursor") {
    const auto page = read_trace_page(
        R"({"traces":[{"project":"p","trace_id":"t","session_id":"s","name":"n",
            "start_ns":"1795162400123456789","duration_ms":1240.5,"spans":3,"errors":1,
            "tokens_in":10,"tokens_out":2}],"next":"cursor"})");
    REQUIRE(page.has_value());
    REQUIRE(page->rows.size() == 1);
    const TraceRow& row = page->rows[0];
    CHECK(row.project == "p");
    CHECK(row.trace_id == "t");
    CHECK(row.session_id == "s");
    CHECK(row.name == "n");
    CHECK(row.start_ns == 1'795'162'400'123'456'789);
    CHECK(row.took_ns == 1'240'500'000);
    CHECK(row.spans == 3);
    CHECK(row.errors == 1);
    CHECK(row.tokens_in == 10);
    CHECK(row.tokens_out == 2);
    CHECK(page->next == "cursor");
    CHECK(page->json[0].find("\"start_ns\":\"1795162400123456789\"") != std::string::npos);
  }

  TEST_CASE("rows of other types read as empty, not as an error") {
    const auto page = read_trace_page(
        R"({"traces":[{"project":7,"start_ns":"x","duration_ms":"long","spans":1e300},5,null],
            "next":null})");
    REQUIRE(page.has_value());
    REQUIRE(page->rows.size() == 3);
    CHECK(page->rows[0].project == "");
    CHECK(page->rows[0].start_ns == 0);
    CHECK(page->rows[0].took_ns == 0);
    CHECK(page->rows[0].spans == 0);
    CHECK(page->next == "");
  }

  TEST_CASE("a span is read from its event") {
    const ShownSpan span = span_of(
        R"({"event_id":"e","parent_id":"p","trace_id":"t","span_id":"s","parent_span_id":"q",
            "session_id":"x","project":"demo","event_type":"tool","event_type_text":"retriever",
            "event_name":"find","status":"ok","model":"m","start_ns":"5","end_ns":"9",
            "tokens_in":1,"tokens_out":2,"clock_odd":true,
            "inputs":{"q":"why"},"outputs":{"a":1},"config":{"k":3}})");
    CHECK(span.event_id == "e");
    CHECK(span.parent_id == "p");
    CHECK(span.parent_span_id == "q");
    CHECK(span.type == "retriever");
    CHECK(span.name == "find");
    CHECK(span.start_ns == 5);
    CHECK(span.end_ns == 9);
    CHECK(span.is_clock_odd);
    const std::vector<TextPart> expected = {
        {Section::input, "q", "why"}, {Section::output, "a", "1"}, {Section::config, "k", "3"}};
    CHECK((span.parts == expected));
  }

  TEST_CASE("a parent of zeros is none") {
    CHECK(span_of(R"({"parent_span_id":"0000000000000000"})").parent_span_id == "");
  }

  TEST_CASE("an exception is an error with its type, and the error field is used without one") {
    const ShownSpan with = span_of(
        R"({"status":"error","error":"text","span_events":[
            {"name":"exception","attributes":{"exception.type":"E","exception.message":"m"}},
            {"name":"exception","attributes":{"exception":{"type":"F","message":"n"}}},
            {"name":"note","attributes":{"a":1}},{"name":"bare"},7]})");
    const std::vector<TextPart> expected = {{Section::error, "E", "m"},
                                            {Section::error, "F", "n"},
                                            {Section::event, "note", "{\"a\":1}"},
                                            {Section::event, "bare", ""},
                                            {Section::event, "", ""}};
    CHECK((with.parts == expected));
    const std::vector<TextPart> text = {{Section::error, "", "text"}};
    CHECK((span_of(R"({"status":"error","error":"text","status_description":"d"})").parts == text));
    const std::vector<TextPart> description = {{Section::error, "", "d"}};
    CHECK((span_of(R"({"status":"error","error":null,"status_description":"d"})").parts ==
           description));
    CHECK(span_of(R"({"status":"ok","status_description":"d"})").parts.empty());
  }

  TEST_CASE("a span has failed by its status, or by the error it was given") {
    CHECK(span_of(R"({"status":"error"})").has_failed);
    CHECK(span_of(R"({"status":"ok","error":"card declined"})").has_failed);
    CHECK(span_of(R"({"status":"unset","error":{"code":7}})").has_failed);
    for (const char* json : {R"({"status":"ok","error":null})", R"({"error":""})",
                             R"({"error":{},"status_description":"d"})"}) {
      CAPTURE(json);
      CHECK_FALSE(span_of(json).has_failed);
    }
  }

  TEST_CASE("a session's own event names it and is no span") {
    const auto tree = read_tree(
        R"({"session":{"project":"p","session_id":"s","name":"run"},
            "events":[{"event_type":"session","event_name":"other","event_id":"s"},
                      {"event_type":"tool","span_id":"1"},
                      {"event_type":"session","span_id":"2"},
                      {"event_type":"session","event_id":"posted","parent_id":"s"}]})");
    REQUIRE(tree.has_value());
    CHECK(tree->session_parts.empty());
    CHECK(tree->session_name == "run");
    CHECK(tree->project == "p");
    CHECK(tree->trace_id == "");
    CHECK(tree->spans.size() == 3);
  }

  TEST_CASE("other projects with a trace of the same id are known") {
    const auto tree =
        read_tree(R"({"project":"a","trace_id":"t","events":[],"other_projects":["b",1,"c"]})");
    REQUIRE(tree.has_value());
    CHECK((tree->other_projects == std::vector<std::string>{"b", "c"}));
  }

  TEST_CASE("answers that are none are errors") {
    for (const char* json : {"", "null", "[]", "<html>", "{}", R"({"events":{}})", "{\"events\":[",
                             "{\"events\":[\"\xff\"]}", R"({"events":["\ud800"]})"}) {
      CAPTURE(json);
      CHECK(error_of(json).find("not what this version of honeyhive understands") !=
            std::string::npos);
    }
    CHECK_FALSE(read_trace_page("{\"traces\":7}").has_value());
    CHECK_FALSE(read_json("{\"a\":").has_value());
  }

  TEST_CASE("deep nesting is refused, also where brackets are text") {
    std::string deep = "{\"events\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}";
    CHECK(error_of(deep).find("too deeply") != std::string::npos);
    const std::string text = "{\"events\":[{\"inputs\":{\"a\":\"" + std::string(1000, '[') +
                             "\\\"" + std::string(1000, '{') + "\"}}]}";
    CHECK(read_tree(text).has_value());
  }

  TEST_CASE("JSON for programs keeps its numbers and hides nothing") {
    const auto json =
        read_json("{\"a\":1.50,\"b\":\"\xe2\x80\xae\",\"c\":12345678901234567890123}");
    REQUIRE(json.has_value());
    CHECK(*json == "{\"a\":1.50,\"b\":\"\\u202e\",\"c\":12345678901234567890123}");
  }
}

}  // namespace honeyhive::cli
