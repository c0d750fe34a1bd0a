#include "cli/trace_view.h"

#include <doctest/doctest.h>

#include <string>

namespace honeyhive::cli {
namespace {

using Section = TextPart::Section;

constexpr std::int64_t start = 1'795'162'400'000'000'000;  // 2026-11-20 08:13:20 UTC
constexpr std::int64_t ms = 1'000'000;

ShownSpan span(const char* id, const char* parent, std::int64_t from_ms, std::int64_t to_ms) {
  ShownSpan made;
  made.span_id = made.name = id;
  made.parent_span_id = parent;
  made.trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
  made.type = "tool";
  made.status = "unset";
  made.start_ns = start + from_ms * ms;
  made.end_ns = start + to_ms * ms;
  return made;
}

ShownTree question() {
  ShownTree tree;
  tree.project = "demo";
  tree.trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
  tree.session_id = "6ba7b810-9dad-41d1-80b4-00c04fd430c8";
  ShownSpan root = span("answer_question", "", 0, 1000);
  root.type = "chain";
  root.status = "ok";
  root.parts = {{Section::input, "question", "Why?"}, {Section::output, "answer", "Because."}};
  ShownSpan retrieve = span("retrieve", "answer_question", 0, 250);
  retrieve.parts = {{Section::config, "top_k", "3"}};
  ShownSpan model = span("chat", "answer_question", 250, 1000);
  model.type = "model";
  model.model = "gpt-4o";
  model.status = "error";
  model.has_failed = true;
  model.tokens_in = 1812;
  model.tokens_out = 96;
  model.parts = {{Section::input, "system", "Be brief."},
                 {Section::input, "user", "Why?\n\nHow?"},
                 {Section::error, "std::runtime_error", "connection reset"}};
  tree.spans = {model, root, retrieve};
  return tree;
}

std::string render(const ShownTree& tree, Look look = {}, bool is_full = false) {
  TraceViewOptions options;
  options.is_full = is_full;
  options.now_ns = start + 120'000 * ms;
  return render_tree(tree, look, options);
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_SUITE("cli/trace_view") {
  TEST_CASE("a trace is a head, a time line and a tree with its texts") {
    CHECK(render(question()) ==
          R"(trace    4bf92f3577b34da6a3ce929d0e0e4736
session  6ba7b810-9dad-41d1-80b4-00c04fd430c8
project  demo
started  2026-11-20 08:13:20 UTC (2 min ago)
total    1.00 s · 3 spans · 1 error · 1,812 tokens in, 96 out

                        0                                  1.00 s      took    tokens  model
chain  answer_question  █████████████████████████████████████████    1.00 s                    ok
│  in    question: Why?
│  out   answer: Because.
├─ tool   retrieve      ██████████▎                                  250 ms
└─ model  chat                    ███████████████████████████████    750 ms  1,812→96  gpt-4o  error
      in    system: Be brief.
            user: Why?

            How?
      error std::runtime_error: connection reset
)");
  }

  TEST_CASE("without UTF-8 the lines are drawn in ASCII") {
    Look look;
    look.has_unicode = false;
    look.width = 80;
    CHECK(render(question(), look) ==
          R"(trace    4bf92f3577b34da6a3ce929d0e0e4736
session  6ba7b810-9dad-41d1-80b4-00c04fd430c8
project  demo
started  2026-11-20 08:13:20 UTC (2 min ago)
total    1.00 s, 3 spans, 1 error, 1,812 tokens in, 96 out

                        0              1.00 s      took    tokens  model
chain  answer_question  =====================    1.00 s                    ok
|  in    question: Why?
|  out   answer: Because.
|- tool   retrieve      =====                    250 ms
`- model  chat               ================    750 ms  1,812>96  gpt-4o  error
      in    system: Be brief.
            user: Why?

            How?
      error std::runtime_error: connection reset
)");
  }

  TEST_CASE("colours change nothing but colours") {
    Look look;
    look.has_color = true;
    std::string text = render(question(), look);
    CHECK(text.find("\x1b[31mstd::runtime_error:\x1b[0m") != text.npos);
    for (auto at = text.find('\x1b'); at != text.npos; at = text.find('\x1b')) {
      text.erase(at, text.find('m', at) - at + 1);
    }
    std::string plain = render(question());
    for (std::string* each : {&text, &plain}) {  // spaces at the end of a line are not seen
      for (auto at = each->find(" \n"); at != each->npos; at = each->find(" \n"))
        each->erase(at, 1);
    }
    CHECK(text == plain);
  }

  TEST_CASE("--full shows the other buckets too") {
    CHECK(render(question()).find("top_k") == std::string::npos);
    CHECK(render(question(), {}, true).find("config   top_k: 3\n") != std::string::npos);
  }

  TEST_CASE("long texts are cut, with the number of characters that are left") {
    ShownTree tree = question();
    tree.spans[1].parts = {{Section::output, "", std::string(480 + 1234, 'x')}};
    CHECK(render(tree).find("\n│        … 1,234 more characters, --full shows all\n") !=
          std::string::npos);
    CHECK(count(render(tree), "x") == 480);
    CHECK(count(render(tree, {}, true), "x") == 480 + 1234);
    tree.spans[1].parts = {{Section::output, "", std::string(540, 'x')}};  // little would be cut
    CHECK(count(render(tree), "x") == 540);
    std::string lines;
    for (int i = 0; i < 100; ++i) lines += "line\n";
    tree.spans[1].parts = {{Section::output, "", lines}};
    CHECK(count(render(tree), "line\n") == 8);
    CHECK(render(tree).find("… 461 more characters") != std::string::npos);
  }

  TEST_CASE("cut text ends at a character") {
    ShownTree tree = question();
    std::string text;
    for (int i = 0; i < 600; ++i) text += "日";
    tree.spans[1].parts = {{Section::output, "", text}};
    CHECK(count(render(tree), "日") == 480);
    CHECK(render(tree).find("… 120 more characters") != std::string::npos);
    CHECK(render(tree).find("\\x") == std::string::npos);
  }

  TEST_CASE("nothing from outside reaches the terminal raw") {
    const std::string evil = "\x1b]0;owned\x07\x9b\xe2\x80\xae\xff\r";
    ShownTree tree = question();
    tree.project = tree.session_id = tree.trace_id = tree.session_name = evil;
    tree.other_projects = {evil};
    ShownSpan& hostile = tree.spans[0];
    hostile.name = hostile.type = hostile.status = hostile.model = evil;
    hostile.parts = {
        {Section::input, evil, evil}, {Section::error, evil, evil}, {Section::event, evil, evil}};
    const std::string text = render(tree, {}, true);
    for (const char* raw : {"\x1b", "\x07", "\xe2\x80\xae", "\xff", "\r"}) {
      CHECK(text.find(raw) == text.npos);
    }
    CHECK(count(text, "\\x1b]0;owned\\x07") >= 8);
  }

  TEST_CASE("lines keep to the width of the terminal") {
    ShownTree tree = question();
    tree.spans[0].name = std::string(500, 'n');
    tree.spans[0].parts.push_back({Section::output, "", std::string(400, 'o')});
    for (const std::size_t width : {60u, 80u, 100u, 160u, 240u}) {
      Look look;
      look.width = width;
      look.has_unicode = false;  // a byte is a column
      const std::string text = render(tree, look);
      for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = text.find('\n', at);
        if (end - at > width) FAIL_CHECK(width << ": " << text.substr(at, end - at));
        at = end + 1;
      }
    }
  }

  TEST_CASE("a missing parent and odd times are said") {
    ShownTree tree = question();
    tree.spans = {span("lost", "gone", 0, 10)};
    tree.spans[0].is_clock_odd = true;
    const std::string text = render(tree);
    CHECK(text.find("\n   its parent span has not arrived\n") != text.npos);
    CHECK(text.find("\n   its times are off: shown as they were sent\n") != text.npos);
  }

  TEST_CASE("a span with a wrong clock does not stretch the time line of the others") {
    ShownTree tree = question();
    ShownSpan odd = span("odd", "answer_question", -4'000'000'000, -4'000'000'000);
    odd.is_clock_odd = true;
    tree.spans.push_back(odd);
    CHECK(render(tree).find("total    1.00 s · 4 spans") != std::string::npos);
  }

  TEST_CASE("a session shows each trace on a time line of its own") {
    ShownTree tree = question();
    tree.trace_id.clear();
    tree.session_name = "documentation assistant";
    ShownSpan other = span("second", "", 5000, 5002);
    other.trace_id = "00000000000000000000000000000abc";
    tree.spans.push_back(other);
    const std::string text = render(tree);
    CHECK(text.find("session  documentation assistant  6ba7b810-9dad-41d1-80b4-00c04fd430c8\n") ==
          0);
    CHECK(text.find("total    5.00 s · 2 traces · 4 spans") != text.npos);
    const auto first = text.find("\n\ntrace    4bf92f3577b34da6a3ce929d0e0e4736\n");
    const auto second = text.find("\n\ntrace    00000000000000000000000000000abc\n");
    REQUIRE(first != text.npos);
    REQUIRE(second != text.npos);
    CHECK(first < second);
    CHECK(text.find("2.00 ms", second) != text.npos);
  }

  TEST_CASE("events of a session that are of no trace are a tree too, and count as none") {
    ShownTree tree;
    tree.session_id = "s";
    for (const auto& [id, parent] : {std::pair{"ask", "s"}, {"look up", "ask"}}) {
      ShownSpan posted = span("", "", 0, 10);
      posted.trace_id.clear();
      posted.name = posted.event_id = id;
      posted.parent_id = parent;
      tree.spans.push_back(posted);
    }
    const std::string text = render(tree, {.has_unicode = false});
    CHECK(text.find("total    10.0 ms, 2 spans, 0 errors\n") != text.npos);
    CHECK(text.find("\ntrace") == text.npos);
    CHECK(text.find("`- tool  look up") != text.npos);
  }

  TEST_CASE("what a session was given stands below the head") {
    ShownTree tree = question();
    tree.session_parts = {{Section::input, "question", "Why?"},
                          {Section::error, "", "the user left"},
                          {Section::user_properties, "plan", "pro"}};
    const auto head_of = [](const std::string& text) {
      const std::size_t start = text.find("total");
      return text.substr(start, text.find("\n\n") - start);
    };
    CHECK(head_of(render(tree)) ==
          "total    1.00 s · 3 spans · 1 error · 1,812 tokens in, 96 out\n"
          "in    question: Why?\n"
          "error the user left");
    CHECK(head_of(render(tree, {}, true)) ==
          "total    1.00 s · 3 spans · 1 error · 1,812 tokens in, 96 out\n"
          "in       question: Why?\n"
          "error    the user left\n"
          "user     plan: pro");
  }

  TEST_CASE("a span that was given an error is one that failed") {
    ShownTree tree = question();
    for (ShownSpan& one : tree.spans) one.has_failed = one.name == "answer_question";
    tree.spans[0].status = "unset";
    const std::string text = render(tree);
    CHECK(text.find("1 error ") != std::string::npos);
    CHECK(count(text, " error\n") == 1);
    CHECK(count(text, " ok\n") == 0);
  }

  TEST_CASE("a tree without spans is its head") {
    ShownTree tree;
    tree.project = "demo";
    tree.session_id = "s";
    CHECK(render(tree) == "session  s\nproject  demo\n");
  }

  TEST_CASE("a very deep chain stays within the width and a bounded indent") {
    ShownTree tree;
    for (int i = 0; i < 5000; ++i) {
      tree.spans.push_back(
          span(std::to_string(i).c_str(), i == 0 ? "" : std::to_string(i - 1).c_str(), i, 5000));
    }
    Look look;
    look.has_unicode = false;
    const std::string text = render(tree, look);
    std::size_t longest = 0;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = text.find('\n', at);
      longest = std::max(longest, end - at);
      at = end + 1;
    }
    CHECK(longest <= look.width);
    CHECK(text.find("4999") != text.npos);
  }
}

}  // namespace honeyhive::cli
