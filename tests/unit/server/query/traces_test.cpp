#include "server/query/traces.h"

#include <doctest/doctest.h>

#include "unit/server/ingest/api_fixture.h"

using namespace honeyhive;
using namespace honeyhive::server;
using namespace honeyhive::testing;

TEST_SUITE("server/query/traces") {
  constexpr std::uint64_t start = 1'795'175'000'000'000'000;  // 1,000 s before `now`

  std::string trace_text(char n) {
    std::string hex;
    for (int i = 0; i < 16; ++i) hex += std::string("0") + n;
    return hex;
  }

  // A trace of two spans, `seconds` after `start`.
  std::string trace(char n, std::uint64_t seconds, const std::string& project = "p") {
    const std::string id(16, static_cast<char>(n - '0'));
    const std::uint64_t at = start + seconds * 1'000'000'000;
    const std::vector<Attribute> owner = {{"honeyhive.project", any(project)},
                                          {"honeyhive.session_id", any("s")}};
    std::vector<Attribute> model = owner;
    model.emplace_back("honeyhive_event_type", any("model"));
    model.emplace_back("gen_ai.usage.input_tokens", any(10));
    model.emplace_back("gen_ai.usage.output_tokens", any(5));
    return encode_request({{.trace_id = id,
                            .name = std::string("root ") + n,
                            .start = at,
                            .end = at + 2'000'000,
                            .attributes = owner},
                           {.trace_id = id,
                            .span_id = span_b,
                            .parent_span_id = span_a,
                            .name = "ask",
                            .start = at + 1'000'000,
                            .end = at + 1'500'000,
                            .attributes = model,
                            .status = 2}});
  }

  std::size_t count(std::string_view text, std::string_view part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
    return found;
  }

  TEST_CASE("a list has one row per trace, newest first") {
    Api api;
    api.post_traces(trace('1', 0));
    api.post_traces(trace('2', 1));
    const auto response = api.get("/api/v0/traces");
    CHECK(response.status == 200);
    CHECK(response.body ==
          R"({"traces":[{"project":"p","trace_id":")" + trace_text('2') +
              R"(","session_id":"s","name":"root 2","start_time":"2026-11-20T11:43:21.000000Z",)"
              R"("start_ns":"1795175001000000000","duration_ms":2.0,"spans":2,"errors":1,)"
              R"("model_spans":1,"tokens_in":10,"tokens_out":5},)"
              R"({"project":"p","trace_id":")" +
              trace_text('1') +
              R"(","session_id":"s","name":"root 1","start_time":"2026-11-20T11:43:20.000000Z",)"
              R"("start_ns":"1795175000000000000","duration_ms":2.0,"spans":2,"errors":1,)"
              R"("model_spans":1,"tokens_in":10,"tokens_out":5}],"next":null})");
  }

  TEST_CASE("pages follow each other without gap or overlap") {
    Api api;
    for (char n = '1'; n <= '5'; ++n) api.post_traces(trace(n, static_cast<std::uint64_t>(n)));
    std::string seen;
    std::string target = "/api/v0/traces?limit=2";
    for (int page = 0; page < 3; ++page) {
      const std::string body = api.get(target).body;
      for (char n = '1'; n <= '5'; ++n) {
        if (body.find(trace_text(n)) != std::string::npos) seen += n;
      }
      seen += ' ';
      const std::size_t next = body.find("\"next\":\"");
      CHECK((next == std::string::npos) == (page == 2));
      if (next == std::string::npos) break;
      const std::size_t from = next + 8;
      target = "/api/v0/traces?limit=2&cursor=" + body.substr(from, body.find('"', from) - from);
    }
    CHECK(seen == "45 23 1 ");
  }

  TEST_CASE("lists are narrowed by project, session and time") {
    Api api;
    api.post_traces(trace('1', 0));
    api.post_traces(trace('2', 500));
    api.post_traces(trace('3', 0, "q"));
    const auto rows = [&](const std::string& query) {
      return count(api.get("/api/v0/traces?" + query).body, "\"trace_id\"");
    };
    CHECK(rows("") == 3);
    CHECK(rows("project=p") == 2);
    CHECK(rows("project=nobody") == 0);
    CHECK(rows("session_id=s&project=q") == 1);
    CHECK(rows("session_id=t") == 0);
    CHECK(rows("since=10m") == 1);
    CHECK(rows("since=2026-11-20T11:43:20Z") == 3);
    CHECK(rows("project=&since=&limit=&cursor=&session_id=") == 3);
  }

  TEST_CASE("bad parameters are 400 and say what would do") {
    Api api;
    for (const char* query : {"limit=0", "limit=1001", "limit=x", "since=soon", "cursor=zzz"}) {
      CAPTURE(query);
      const auto response = api.get(std::string("/api/v0/traces?") + query);
      CHECK(response.status == 400);
      CHECK(response.body.find(std::string(query).substr(0, std::string(query).find('='))) !=
            std::string::npos);
    }
    CHECK(api.get("/api/v0/traces/123").status == 400);
  }

  TEST_CASE("a trace is its events with parents and children") {
    Api api;
    api.post_traces(trace('1', 0));
    const auto response = api.get("/api/v0/traces/" + trace_text('1'));
    CHECK(response.status == 200);
    const std::string root = "01010101-0101-8101-8101-010101010101";
    const std::string child = "01010101-0101-8101-8202-020202020202";
    CHECK(response.body.starts_with(R"({"project":"p","trace_id":")" + trace_text('1') +
                                    R"(","session_id":"s","events":[{"event_id":")" + root +
                                    R"(","session_id":"s","parent_id":"s","children_ids":[")" +
                                    child + R"("],)"));
    CHECK(response.body.find(R"({"event_id":")" + child + R"(","session_id":"s","parent_id":")" +
                             root + R"(","children_ids":[],"event_type":"model")") !=
          std::string::npos);
    CHECK(response.body.find("other_projects") == std::string::npos);
    CHECK(api.get("/api/v0/traces/" + trace_text('9')).status == 404);
  }

  TEST_CASE("a trace id that two projects use shows one of them and names the other") {
    Api api;
    api.post_traces(trace('1', 0, "p"));
    api.post_traces(trace('1', 0, "q"));
    const std::string target = "/api/v0/traces/" + trace_text('1');
    const std::string both = api.get(target).body;
    CHECK(count(both, "\"event_name\"") == 2);
    CHECK(count(both, "\"other_projects\":[") == 1);
    const std::string only = api.get(target + "?project=q").body;
    CHECK(only.starts_with(R"({"project":"q")"));
    CHECK(only.find("other_projects") == std::string::npos);
    CHECK(api.get(target + "?project=r").status == 404);
  }

  TEST_CASE("a session that two projects have shows one of them and names the other") {
    Api api;
    api.post("/session/start", R"({"session":{"session_id":"s","project":"p"}})");
    api.post("/session/start", R"({"session":{"session_id":"s","project":"q"}})");
    const std::string both = api.get("/api/v0/sessions/s").body;
    CHECK(both.starts_with(R"({"session":{"project":"p")"));
    CHECK(both.ends_with(R"("other_projects":["q"]})"));
    const std::string only = api.get("/api/v0/sessions/s?project=q").body;
    CHECK(only.starts_with(R"({"session":{"project":"q")"));
    CHECK(only.find("other_projects") == std::string::npos);
  }

  TEST_CASE("a session is its summary, its own event and its spans") {
    Api api;
    api.post("/session/start",
             R"({"session":{"session_id":"s","project":"p","session_name":"chat"}})");
    api.post_traces(trace('1', 0));
    const auto response = api.get("/api/v0/sessions/s");
    CHECK(response.status == 200);
    CHECK(response.body.starts_with(
        R"({"session":{"project":"p","session_id":"s","name":"chat","source":"unknown",)"));
    CHECK(response.body.find(
              R"("traces":1,"spans":2,"errors":1,"tokens_in":10,"tokens_out":5},"events":[)"
              R"({"event_id":"s","session_id":"s","parent_id":null,)"
              R"("children_ids":["01010101-0101-8101-8101-010101010101"])") != std::string::npos);
    CHECK(count(response.body, "\"event_name\"") == 3);
    CHECK(api.get("/api/v0/sessions/s?project=q").status == 404);
    CHECK(api.get("/api/v0/sessions/unknown").status == 404);
  }

  TEST_CASE("a session counts and shows what belongs to it by its trace") {
    Api api;
    api.post_traces(encode_request(
        {{.name = "made before the session was known", .start = start, .end = start + 5'000'000},
         {.span_id = span_b,
          .parent_span_id = span_a,
          .start = start + 1,
          .end = start + 2,
          .attributes = {{"honeyhive.session_id", any("s")}}}}));
    const std::string body = api.get("/api/v0/sessions/s").body;
    CHECK(body.find(R"("duration_ms":5.0,"traces":1,"spans":2,)") != std::string::npos);
    CHECK(count(body, R"("session_id":"s")") == 4);  // the summary, the session, two spans
  }

  TEST_CASE("the tail carries what is stored, by kind and project") {
    Api api;
    const auto all = api.call({"GET", "/api/v0/tail"});
    const auto other = api.call({"GET", "/api/v0/tail?project=q"});
    REQUIRE(all.stream != nullptr);
    REQUIRE(other.stream != nullptr);
    CHECK(all.content_type == "text/event-stream");
    all.stream->take();
    other.stream->take();
    api.post_traces(trace('1', 0));
    api.post("/session/start", R"({"session":{"session_id":"s","project":"p"}})");
    api.put("/events", R"({"event_id":"s","project":"p","metadata":{"a":1}})");
    const std::string text = all.stream->take();
    CHECK(count(text, "event: span\n") == 2);
    CHECK(count(text, "event: session\n") == 1);
    CHECK(count(text, "event: update\n") == 1);
    CHECK(count(text, "data: {\"event_id\":\"") == 4);
    CHECK(count(other.stream->take(), "data:") == 0);
  }
}
