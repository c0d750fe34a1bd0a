#include "cli/trace_list_view.h"

#include <doctest/doctest.h>

namespace honeyhive::cli {
namespace {

constexpr std::int64_t now = 1'795'162'400'000'000'000;  // 2026-11-20 08:13:20 UTC

std::vector<TraceRow> rows() {
  TraceRow first;
  first.project = "demo";
  first.trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
  first.name = "answer_question";
  first.start_ns = now - 42'000'000'000;
  first.took_ns = 1'240'000'000;
  first.spans = 3;
  first.tokens_in = 1812;
  first.tokens_out = 96;
  TraceRow second;
  second.project = "日本";
  second.trace_id = "00000000000000000000000000000abc";
  second.name = "evil\x1b[2J\xe2\x80\xae name";
  second.start_ns = now - 7'200'000'000'000;
  second.took_ns = 12'000;
  second.spans = 1234;
  second.errors = 2;
  return {first, second};
}

}  // namespace

TEST_SUITE("cli/trace_list_view") {
  TEST_CASE("traces are a table whose columns line up") {
    CHECK(render_trace_list(rows(), Look{}, now) ==
          "started   trace         project  name                       took  spans  errors    "
          "tokens\n"
          "42 s ago  4bf92f3577b3  demo     answer_question          1.24 s      3          "
          "1,812→96\n"
          "2 h ago   000000000000  日本     evil\\x1b[2J\\u202e name  12.0 us  1,234       2\n");
  }

  TEST_CASE("a wide terminal shows whole ids, a narrow one shorter names") {
    Look look;
    look.width = 140;
    CHECK(render_trace_list(rows(), look, now).find("4bf92f3577b34da6a3ce929d0e0e4736") !=
          std::string::npos);
    look.width = 80;
    CHECK(render_trace_list(rows(), look, now) ==
          "started   trace         project  name              took  spans  errors    tokens\n"
          "42 s ago  4bf92f3577b3  demo     answer_quest…   1.24 s      3          1,812→96\n"
          "2 h ago   000000000000  日本     evil\\x1b[2J\\…  12.0 us  1,234       2\n");
  }

  TEST_CASE("a very narrow terminal shows fewer columns") {
    Look look;
    look.width = 60;
    CHECK(render_trace_list(rows(), look, now) ==
          "started   trace         name             took  spans  errors\n"
          "42 s ago  4bf92f3577b3  answer_ques…   1.24 s      3\n"
          "2 h ago   000000000000  evil\\x1b[2J…  12.0 us  1,234       2\n");
    look.width = 40;
    CHECK(render_trace_list(rows(), look, now) ==
          "trace         name          took  errors\n"
          "4bf92f3577b3  answer_q…   1.24 s\n"
          "000000000000  evil\\x1b…  12.0 us       2\n");
  }

  TEST_CASE("an event is one line") {
    ShownSpan span;
    span.type = "model";
    span.name = "chat\nx";
    span.project = "demo";
    span.trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
    span.start_ns = now - 1'190'000'000;
    span.end_ns = now + 250'000'000;
    span.tokens_in = 12;
    span.tokens_out = 3;
    span.model = "gpt-4o";
    span.has_failed = true;
    CHECK(render_event_line(span, Look{}) ==
          "08:13:20.250  model   chat\\nx  1.44 s  12→3  gpt-4o  error  demo  4bf92f3577b3\n");
  }

  TEST_CASE("an event of a session shows the session's id") {
    ShownSpan span;
    span.type = "session";
    span.name = "run";
    span.session_id = "6ba7b810-9dad-41d1-80b4-00c04fd430c8";
    span.start_ns = span.end_ns = now;
    CHECK(render_event_line(span, Look{}) ==
          "08:13:20.000  session run  6ba7b810-9dad-41d1-80b4-00c04fd430c8\n");
  }
}

}  // namespace honeyhive::cli
