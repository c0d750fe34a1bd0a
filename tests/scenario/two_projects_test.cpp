#include "scenario/stage.h"

namespace honeyhive::scenario {
namespace {

// The names of a trace's events as a project sees it.
std::vector<std::string> names_in(const Stage& stage, const std::string& trace_id,
                                  const std::string& project) {
  std::vector<std::string> names;
  const Json trace = stage.get("/api/v0/traces/" + trace_id + "?project=" + project);
  CHECK(trace.at("project") == project);
  for (const Json& event : trace.at("events")) names.push_back(event.at("event_name"));
  return names;
}

}  // namespace

TEST_SUITE("scenario/two_projects") {
  TEST_CASE("each of two projects sees its own traces and none of the other's") {
    const Stage stage;
    const auto left = HoneyHiveTracer::init(stage.config("left"));
    const auto right = HoneyHiveTracer::init(stage.config("right"));
    std::string left_id, right_id;
    {
      const auto span = left.trace("left work");
      left_id = span.context().trace_id;
    }
    {
      const auto span = right.trace("right work");
      right_id = span.context().trace_id;
      const auto below = right.trace("right step");
    }
    CHECK(left.flush());
    CHECK(right.flush());

    const Json left_rows = stage.traces("left"), right_rows = stage.traces("right");
    REQUIRE(left_rows.size() == 1);
    CHECK(left_rows[0].at("trace_id") == left_id);
    CHECK(left_rows[0].at("spans") == 1);
    CHECK(left_rows[0].at("session_id") == left.session_id());
    REQUIRE(right_rows.size() == 1);
    CHECK(right_rows[0].at("trace_id") == right_id);
    CHECK(right_rows[0].at("spans") == 2);
    CHECK(right_rows[0].at("session_id") == right.session_id());

    CHECK(stage.ask("/api/v0/traces/" + left_id + "?project=left").status == 200);
    CHECK(stage.ask("/api/v0/traces/" + left_id + "?project=right").status == 404);
    CHECK(stage.ask("/api/v0/traces/" + right_id + "?project=left").status == 404);
    CHECK(stage.ask("/api/v0/sessions/" + right.session_id() + "?project=right").status == 200);
    CHECK(stage.ask("/api/v0/sessions/" + right.session_id() + "?project=left").status == 404);
  }

  TEST_CASE("of a trace that two projects share, each sees its own half as a tree of its own") {
    const Stage stage;
    const auto left = HoneyHiveTracer::init(stage.config("left"));
    const auto right = HoneyHiveTracer::init(stage.config("right"));
    std::string trace_id;
    {
      // All are open at once, on one thread: a span belongs to the tracer that made it.
      const auto outer = left.trace("left outer");
      trace_id = outer.context().trace_id;
      const auto between = right.trace("right between");
      REQUIRE(between.context().trace_id == trace_id);
      const auto inner = left.trace("left inner");
    }
    CHECK(left.flush());
    CHECK(right.flush());

    CHECK(names_in(stage, trace_id, "left") ==
          std::vector<std::string>{"left outer", "left inner"});
    CHECK(names_in(stage, trace_id, "right") == std::vector<std::string>{"right between"});
    const Json ours = stage.get("/api/v0/traces/" + trace_id + "?project=left").at("events");
    CHECK(ours[0].at("parent_span_id").is_null());
    CHECK(ours[1].at("parent_span_id") == ours[0].at("span_id"));
    const Json theirs = stage.get("/api/v0/traces/" + trace_id + "?project=right").at("events");
    CHECK(theirs[0].at("parent_span_id").is_null());
  }
}

}  // namespace honeyhive::scenario
