#include <map>
#include <optional>
#include <stdexcept>

#include "scenario/stage.h"

namespace honeyhive::scenario {
namespace {

struct Chunk {
  std::string file;
  double score;
};
HH_FIELDS(Chunk, file, score)

void retrieve(const HoneyHiveTracer& tracer) {
  auto span = tracer.trace("retrieve", {.event_type = EventType::tool});
  const std::vector<Chunk> found{{"design.md", 0.5}, {"README.md", 0.25}};
  span.enrich({.inputs = {{"query", "durable?"}}, .outputs = {{"chunks", found}}});
  span.add_event("cache.miss", {{"key", "durable?"}, {"age_s", 7}});
}

void answer(const HoneyHiveTracer& tracer) {
  tracer.trace("answer", {.event_type = EventType::model}, [](Span& span) {
    span.set_attributes({{"gen_ai.usage.input_tokens", 120}, {"gen_ai.usage.output_tokens", 34}});
    span.enrich({.metrics = {{"score", 0.75}, {"grounded", true}},
                 .feedback = {{"rating", 5}},
                 .config = {{"model", "gpt-4o-mini"}, {"temperature", 0.0}}},
                {{"user", "anna"}});
    span.set_status(StatusCode::ok);
  });
}

void fail(const HoneyHiveTracer& tracer) {
  CHECK_THROWS_AS(
      tracer.trace("publish", [](Span&) { throw std::runtime_error("no such channel"); }),
      std::runtime_error);
}

void set_every_kind(Span& span) {
  span.set_attribute("flag", true);
  span.set_attribute("count", -42);
  span.set_attribute("large", std::int64_t{9'007'199'254'740'993});  // no double holds it
  span.set_attribute("ratio", 0.1);
  span.set_attribute("text", "caf\xc3\xa9 \"quoted\"\n\xf0\x9f\x8d\xaf");
  span.set_attribute("empty", "");
  span.set_attribute("list", std::vector<int>{1, 2, 3});
  span.set_attribute("texts", Array{"a", "b"});
  span.set_attribute("nested", {{"a", 1}, {"b", {{"c", "deep"}, {"d", false}}}});
  span.set_attribute("map", std::map<std::string, double>{{"x", 1.5}});
  span.set_attribute("maybe", std::optional<int>(7));
}

// What the story records, and what a reader asks for afterwards.
struct Story {
  Stage stage;
  HoneyHiveTracer tracer = HoneyHiveTracer::init(stage.config("shop"));
  SpanContext root;
  Json trace;

  Story() {
    tracer.trace("assist", {.event_type = EventType::chain}, [&](Span& span) {
      root = span.context();
      set_every_kind(span);
      span.enrich({.inputs = {{"question", "Is it durable?"}}});
      retrieve(tracer);
      answer(tracer);
      fail(tracer);
      CHECK(enrich_span({.outputs = {{"answer", "Yes."}}}, {{"late", 1}}));
    });
    CHECK(tracer.flush());
    trace = stage.get("/api/v0/traces/" + root.trace_id);
  }

  Json event(const std::string& name) const {
    CAPTURE(name);
    const Json found = event_named(trace.at("events"), name);
    REQUIRE(found.is_object());
    return found;
  }
};

}  // namespace

TEST_SUITE("scenario/trace") {
  TEST_CASE("the list of traces sums up what was recorded") {
    const Story story;
    const Json rows = story.stage.traces("shop");
    REQUIRE(rows.size() == 1);
    const Json& row = rows[0];
    CHECK(row.at("trace_id") == story.root.trace_id);
    CHECK(row.at("project") == "shop");
    CHECK(row.at("session_id") == story.tracer.session_id());
    CHECK(row.at("name") == "assist");
    CHECK(row.at("spans") == 4);
    CHECK(row.at("errors") == 1);
    CHECK(row.at("model_spans") == 1);
    CHECK(row.at("tokens_in") == 120);
    CHECK(row.at("tokens_out") == 34);
    const TracerStats stats = story.tracer.stats();
    CHECK(stats.spans_sent == 4);
    CHECK(stats.spans_ended == 4);
    CHECK(stats.dropped() == 0);
  }

  TEST_CASE("a trace has the names, types and tree that were recorded") {
    const Story story;
    CHECK(story.trace.at("project") == "shop");
    CHECK(story.trace.at("trace_id") == story.root.trace_id);
    CHECK(story.trace.at("session_id") == story.tracer.session_id());
    CHECK(story.trace.at("events").size() == 4);
    const Json root = story.event("assist");
    CHECK(root.at("event_type") == "chain");
    CHECK(root.at("span_id") == story.root.span_id);
    CHECK(root.at("parent_span_id").is_null());
    CHECK(root.at("parent_id") == story.tracer.session_id());
    CHECK(root.at("source") == "test");
    CHECK(root.at("session_id") == story.tracer.session_id());
    Json children = Json::array();
    const std::pair<std::string, std::string> steps[] = {
        {"retrieve", "tool"}, {"answer", "model"}, {"publish", "tool"}};
    for (const auto& [name, type] : steps) {
      const Json step = story.event(name);
      CHECK(step.at("event_type") == type);
      CHECK(step.at("parent_id") == root.at("event_id"));
      CHECK(step.at("parent_span_id") == story.root.span_id);
      CHECK(step.at("children_ids").empty());
      CHECK(std::stoull(step.at("start_ns").get<std::string>()) >=
            std::stoull(root.at("start_ns").get<std::string>()));
      CHECK(std::stoull(step.at("end_ns").get<std::string>()) <=
            std::stoull(root.at("end_ns").get<std::string>()));
      children.push_back(step.at("event_id"));
    }
    CHECK(root.at("children_ids") == children);
  }

  TEST_CASE("attributes of every kind arrive as they were set") {
    const Story story;
    const Json metadata = story.event("assist").at("metadata");
    CHECK(metadata.at("flag") == true);
    CHECK(metadata.at("count") == -42);
    CHECK(metadata.at("large") == 9'007'199'254'740'993);
    CHECK(metadata.at("ratio") == 0.1);
    CHECK(metadata.at("text") == "caf\xc3\xa9 \"quoted\"\n\xf0\x9f\x8d\xaf");
    CHECK(metadata.at("empty") == "");
    // Ranges and objects are an attribute per member.
    for (int i = 0; i < 3; ++i) CHECK(metadata.at("list." + std::to_string(i)) == i + 1);
    CHECK_FALSE(metadata.contains("list.3"));
    CHECK(metadata.at("texts.0") == "a");
    CHECK(metadata.at("texts.1") == "b");
    CHECK(metadata.at("nested.a") == 1);
    CHECK(metadata.at("nested.b.c") == "deep");
    CHECK(metadata.at("nested.b.d") == false);
    CHECK(metadata.at("map.x") == 1.5);
    CHECK(metadata.at("maybe") == 7);
    CHECK(metadata.at("late") == 1);
  }

  TEST_CASE("enrichments are in their buckets, events on their span") {
    const Story story;
    CHECK(story.event("assist").at("inputs") == Json{{"question", "Is it durable?"}});
    CHECK(story.event("assist").at("outputs") == Json{{"answer", "Yes."}});
    const Json retrieved = story.event("retrieve");
    CHECK(retrieved.at("inputs") == Json{{"query", "durable?"}});
    CHECK(retrieved.at("outputs") == Json{{"chunks.0.file", "design.md"},
                                          {"chunks.0.score", 0.5},
                                          {"chunks.1.file", "README.md"},
                                          {"chunks.1.score", 0.25}});
    REQUIRE(retrieved.at("span_events").size() == 1);
    CHECK(retrieved.at("span_events")[0].at("name") == "cache.miss");
    CHECK(retrieved.at("span_events")[0].at("attributes") ==
          Json{{"key", "durable?"}, {"age_s", 7}});
    const Json answered = story.event("answer");
    CHECK(answered.at("metrics") == Json{{"score", 0.75}, {"grounded", true}});
    CHECK(answered.at("feedback") == Json{{"rating", 5}});
    CHECK(answered.at("config") == Json{{"model", "gpt-4o-mini"}, {"temperature", 0.0}});
    CHECK(answered.at("metadata").at("user") == "anna");
    CHECK(answered.at("tokens_in") == 120);
    CHECK(answered.at("tokens_out") == 34);
    CHECK(answered.at("model") == "gpt-4o-mini");
    CHECK(answered.at("status") == "ok");
    CHECK(answered.at("error").is_null());
  }

  TEST_CASE("an exception is the span's error, and an event with its type") {
    const Story story;
    const Json failed = story.event("publish");
    CHECK(failed.at("status") == "error");
    CHECK(failed.at("error").get<std::string>().find("no such channel") != std::string::npos);
    REQUIRE(failed.at("span_events").size() == 1);
    const Json& thrown = failed.at("span_events")[0];
    CHECK(thrown.at("name") == "exception");
    CHECK(thrown.at("attributes").at("exception.message") == "no such channel");
    CHECK(thrown.at("attributes").at("exception.type") == "std::runtime_error");
    CHECK(story.event("assist").at("error").is_null());
  }

  TEST_CASE("the session has the tracer's name and everything that was recorded in it") {
    const Story story;
    const Json answer = story.stage.get("/api/v0/sessions/" + story.tracer.session_id());
    const Json& session = answer.at("session");
    CHECK(session.at("project") == "shop");
    CHECK(session.at("name") == "story");
    CHECK(session.at("source") == "test");
    CHECK(session.at("traces") == 1);
    CHECK(session.at("spans") == 4);
    CHECK(session.at("errors") == 1);
    CHECK(session.at("tokens_in") == 120);
  }
}

}  // namespace honeyhive::scenario
