#include "cli/log_view.h"

#include <doctest/doctest.h>

#include <string>

#include "cli/answers.h"
#include "cli/trace_view.h"

namespace honeyhive::cli {
namespace {

constexpr std::int64_t start = 1'795'162'400'000'000'000;

std::string event(const std::string& span, int from_ms, int to_ms) {
  return R"({"trace_id":"11","span_id":")" + span + R"(","event_name":"n)" + span +
         R"(","event_type":"tool","status":"ok","start_ns":")" +
         std::to_string(start + from_ms * 1'000'000LL) + R"(","end_ns":")" +
         std::to_string(start + to_ms * 1'000'000LL) + R"("})";
}

std::string log(const std::string& span, int at_ms, const std::string& rest) {
  return R"({"trace_id":"11","span_id":")" + span + R"(","time_ns":")" +
         std::to_string(start + at_ms * 1'000'000LL) + R"(",)" + rest + "}";
}

ShownTree tree_of(const std::string& events, const std::string& logs,
                  const std::string& more = "") {
  const auto tree = read_tree(R"({"trace_id":"11","project":"p","events":[)" + events +
                              R"(],"logs":[)" + logs + "]" + more + "}");
  REQUIRE(tree);
  return *tree;
}

// Without the head.
std::string rendered(const ShownTree& tree, bool is_full = false) {
  TraceViewOptions options;
  options.is_full = is_full;
  const std::string text = render_tree(tree, {}, options);
  const std::size_t head = text.find("took");
  return head == text.npos ? text : text.substr(text.find('\n', head) + 1);
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_SUITE("cli/log_view") {
  TEST_CASE("log records stand below their span, with their times since the trace began") {
    const std::string text = rendered(
        tree_of(event("a", 0, 1000) + "," + event("b", 500, 900),
                log("a", 5, R"("severity_text":"notice","severity_number":10,"body":"begun")") +
                    "," + log("b", 600, R"("severity_number":17,"body":{"code":7})") + "," +
                    log("a", 990, R"("severity_number":9,"body":"done\nall of it")") + "," +
                    log("zz", 995, R"("severity_number":13,"body":"of a span that is not here")") +
                    "," + log("", 999, R"("body":null,"event_name":"named")")));
    const auto at = [&](std::string_view part) {
      const std::size_t found = text.find(part);
      CHECK_MESSAGE(found != text.npos, part);
      return found;
    };
    CHECK(at("log   +5.00 ms notice: begun") < at("+990 ms INFO: done"));
    CHECK(at("+990 ms INFO: done") < at("nb"));
    CHECK(at("all of it") < at("nb"));
    CHECK(at("nb") < at("log   +600 ms ERROR: {\"code\":7}"));
    CHECK(at("ERROR") < at("+995 ms WARN: of a span that is not here"));
    CHECK(at("WARN") < at("+999 ms: named"));
  }

  TEST_CASE("what strangers logged cannot move the cursor or break a line") {
    const std::string text = rendered(
        tree_of(event("a", 0, 1),
                log("a", 0, R"("severity_text":"\u001b[2J\n","body":"\u001b]0;x\u0007\u202e")")));
    CHECK(text.find('\x1b') == text.npos);
    CHECK(text.find('\x07') == text.npos);
    CHECK(text.find("\xe2\x80\xae") == text.npos);
    CHECK(count(text, "\n") == 2);
  }

  TEST_CASE("of many records the first few are shown, with --full all") {
    std::string logs;
    for (int i = 0; i < 50; ++i) {
      logs += (i == 0 ? "" : ",") + log("a", i, R"("body":"line")");
    }
    const ShownTree tree = tree_of(event("a", 0, 100), logs, R"(,"more_logs":true)");
    CHECK(count(rendered(tree), ": line") == 20);
    CHECK(rendered(tree).find("30 more, --full shows all") != std::string::npos);
    CHECK(count(rendered(tree, true), ": line") == 50);
    CHECK(rendered(tree).find("earlier ones are left out") != std::string::npos);
  }

  TEST_CASE("a trace of which only log records have come is shown by them") {
    const std::string text = rendered(tree_of(
        "", log("a", 3, R"("body":"first")") + "," + log("a", 1'003, R"("body":"second")")));
    CHECK(text.find("+0 ns: first") != std::string::npos);
    CHECK(text.find("+1.00 s: second") != std::string::npos);
  }

  TEST_CASE("a session's own log records come once, also beside events that are in no trace") {
    const std::string posted =
        R"({"event_id":"e","event_name":"posted","event_type":"tool","status":"unset",)"
        R"("start_ns":"1795162400000000000","end_ns":"1795162400000000000"})";
    const auto tree =
        read_tree(R"({"session":{"session_id":"s","project":"p","name":"n"},"events":[)" + posted +
                  R"(],"logs":[{"trace_id":null,"span_id":null,)" +
                  R"("time_ns":"1795162400000000005","body":"only once"}]})");
    REQUIRE(tree);
    CHECK(count(render_tree(*tree, {}, {}), "only once") == 1);
  }

  TEST_CASE("log records of odd shapes read as empty ones") {
    const ShownTree tree =
        tree_of(event("a", 0, 1), R"(1,null,{},{"body":[],"severity_number":"x"})");
    CHECK(tree.logs.size() == 4);
    CHECK_FALSE(rendered(tree).empty());
  }
}

}  // namespace honeyhive::cli
