#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <thread>

#include "core/uuid.h"
#include "recorded.h"

namespace honeyhive::testing {
namespace {

TEST_SUITE_BEGIN("sdk/sessions");

std::string session_of(const HoneyHiveTracer& tracer) {
  { const auto span = tracer.trace("span"); }
  const auto spans = capture(tracer);
  REQUIRE(spans.size() == 1);
  return spans[0].session_id;
}

TEST_CASE("a created session is what spans are in from then on, and not the tracer's") {
  const auto tracer = test_tracer();
  const std::string own = tracer.session_id();
  CHECK(session_of(tracer) == own);
  const auto id = tracer.create_session({.session_name = "request"});
  REQUIRE(id);
  CHECK(core::Uuid::parse(*id));
  CHECK(session_of(tracer) == *id);
  CHECK(tracer.session_id() == own);
  const auto second = tracer.create_session();
  REQUIRE(second);
  CHECK(session_of(tracer) == *second);
}

TEST_CASE("a session knows its name, source and what it was created with") {
  const auto tracer = HoneyHiveTracer::init({.source = "staging", .test_mode = true});
  const auto id = tracer.create_session({.session_name = "flask-/chat",
                                         .inputs = {{"method", "POST"}, {"path", "/chat"}},
                                         .metadata = {{"tags", Array{"a", 1, true}}},
                                         .user_properties = {{"user_id", "u\"1"}},
                                         .source = "production"});
  REQUIRE(id);
  const SessionData made = session(tracer, *id);
  CHECK(made.name == "flask-/chat");
  CHECK(made.source == "production");
  CHECK(made.created);
  CHECK(made.inputs == Object{{"method", "POST"}, {"path", "/chat"}});
  CHECK(made.metadata == Object{{"tags", Array{"a", 1, true}}});
  CHECK(made.user_properties == Object{{"user_id", "u\"1"}});
  { const auto span = tracer.trace("span"); }
  const auto spans = capture(tracer);
  CHECK(spans.at(0).source == "production");
  CHECK(spans.at(0)["honeyhive.session_name"].as_string() == "flask-/chat");
}

TEST_CASE("a session without a name gets one, and the tracer's source") {
  const auto tracer = test_tracer();
  const SessionData made = session(tracer, *tracer.create_session());
  CHECK(made.name.starts_with("session-"));
  CHECK(made.name.size() == 16);
  CHECK(made.source == "dev");
}

TEST_CASE("a session's own id is kept, whatever text it is") {
  const auto tracer = test_tracer();
  CHECK(tracer.create_session({.session_id = "user-42-2026"}) == "user-42-2026");
  CHECK(session_of(tracer) == "user-42-2026");
  CHECK(session(tracer, "user-42-2026").created);
}

TEST_CASE("a session that exists is joined without a call, an id missing it is created") {
  const auto tracer = test_tracer();
  CHECK(tracer.create_session({.session_id = "known", .skip_api_call = true}) == "known");
  CHECK(session_of(tracer) == "known");
  CHECK(!session(tracer, "known").created);
  const auto id = tracer.create_session({.skip_api_call = true});
  REQUIRE(id);
  CHECK(session(tracer, *id).created);
}

TEST_CASE("ids that cannot be one, and sessions that are too large, are refused and counted") {
  const auto tracer = test_tracer();
  const std::string own = tracer.session_id();
  CHECK(!tracer.create_session({.session_id = std::string(257, 'x')}));
  CHECK(!tracer.create_session({.session_id = "line\nfeed"}));
  CHECK(!tracer.create_session({.session_id = "\xff"}));
  const std::string large(1 << 20, 'x');
  CHECK(!tracer.create_session({.inputs = {{"text", large}, {"more", large}}}));
  CHECK(session_of(tracer) == own);
  CHECK(tracer.stats().session_calls_dropped == 4);
  CHECK(tracer.create_session({.session_id = std::string(256, 'x')}));
}

TEST_CASE("a closed or null tracer creates none") {
  const auto tracer = test_tracer();
  tracer.close();
  CHECK(!tracer.create_session());
  CHECK(!tracer.with_session("block").id());
  tracer.enrich_session({.metadata = {{"k", 1}}});
  CHECK(tracer.stats().late_set == 3);
  const HoneyHiveTracer none = nullptr;
  CHECK(!none.create_session());
  none.enrich_session({.metadata = {{"k", 1}}});
}

TEST_CASE("a session of a block ends with it, and what was current comes back") {
  const auto tracer = test_tracer();
  const std::string own = tracer.session_id();
  {
    const auto outer = tracer.with_session("outer", {.inputs = {{"batch", 7}}});
    REQUIRE(outer.id());
    CHECK(session(tracer, *outer.id()).inputs == Object{{"batch", 7}});
    {
      const auto inner = tracer.with_session({.session_name = "inner"});
      CHECK(session_of(tracer) == *inner.id());
      (void)tracer.create_session();  // gone with the block, too
    }
    CHECK(session_of(tracer) == *outer.id());
  }
  CHECK(session_of(tracer) == own);
}

TEST_CASE("a session that is created inside a span is current until that span ends") {
  const auto tracer = test_tracer();
  const std::string own = tracer.session_id();
  std::string id;
  {
    const auto request = tracer.trace("request");
    id = *tracer.create_session();
    const auto child = tracer.trace("child");
  }
  const auto spans = capture(tracer);
  CHECK(find(spans, "request").session_id == own);
  CHECK(find(spans, "child").session_id == id);
  CHECK(session_of(tracer) == own);
}

TEST_CASE("a session inside a span that is not sampled ends with it, too") {
  const auto tracer = HoneyHiveTracer::init({.test_mode = true, .sample_rate = 0});
  {
    const auto span = tracer.trace("not recorded");
    (void)tracer.create_session({.session_id = "inside"});
    CHECK(tracer.inject().at("baggage").find("session_id=inside") == 0);
  }
  CHECK(tracer.inject().at("baggage").find("session_id=inside") != 0);
}

TEST_CASE("a session is the thread's that created it, and of those that are bound to it") {
  const auto tracer = test_tracer();
  const std::string own = tracer.session_id();
  const std::string id = *tracer.create_session();
  std::string seen;
  std::thread([&] { seen = session_of(tracer); }).join();
  CHECK(seen == own);
  ContextThread([&] { seen = session_of(tracer); }).join();
  CHECK(seen == id);
}

TEST_CASE("an update goes to the current session, the tracer's, or the one that it names") {
  const auto tracer = test_tracer();
  tracer.enrich_session({.metadata = {{"a", 1}}, .outputs = {{"status", 200}}});
  const std::string id = *tracer.create_session();
  tracer.enrich_session({.inputs = {{"q", "?"}},
                         .outputs = {{"status", 1}},
                         .config = {{"model", "m"}},
                         .feedback = {{"rating", 5}},
                         .metrics = {{"ms", 1.5}},
                         .user_properties = {{"plan", "pro"}}},
                        {{"trailing", true}});
  tracer.enrich_session({.session_id = "sess_abc123xyz", .metadata = {{"b", 2}}}, {{"b", 3}});
  CHECK(session(tracer, tracer.session_id()).metadata == Object{{"a", 1}});
  CHECK(session(tracer, tracer.session_id()).outputs == Object{{"status", 200}});
  const SessionData current = session(tracer, id);
  CHECK(current.inputs == Object{{"q", "?"}});
  CHECK(current.outputs == Object{{"status", 1}});
  CHECK(current.config == Object{{"model", "m"}});
  CHECK(current.feedback == Object{{"rating", 5}});
  CHECK(current.metrics == Object{{"ms", 1.5}});
  CHECK(current.user_properties == Object{{"plan", "pro"}});
  CHECK(current.metadata == Object{{"trailing", true}});
  CHECK(session("sess_abc123xyz").metadata == Object{{"b", 3}});
}

TEST_CASE("the free form updates through the current tracer, by position too") {
  const auto first = test_tracer();
  const auto second = test_tracer();
  enrich_session({.metadata = {{"to", "the first made"}}});
  CHECK(session(first, first.session_id()).metadata["to"].text() == "the first made");
  {
    const auto span = second.trace("span");
    enrich_session({.metadata = {{"to", "the span's"}}});
  }
  CHECK(session(second, second.session_id()).metadata["to"].text() == "the span's");
  enrich_session("by position", {.metadata = {{"to", "it"}}});
  CHECK(session(first, "by position").metadata["to"].text() == "it");
}

TEST_CASE("an update of nothing is none") {
  const auto tracer = test_tracer();
  tracer.enrich_session({});
  tracer.enrich_session({.session_id = "s", .metadata = Object()});
  CHECK(sessions(tracer).size() == 1);
}

TEST_CASE(
    "the default tracer is the first that lives, or the one that was set, and not kept open") {
  CHECK(!default_tracer());
  {
    const auto first = test_tracer();
    const auto second = test_tracer();
    CHECK(default_tracer() == first);
    set_default_tracer(second);
    CHECK(default_tracer() == second);
    CHECK(current_tracer() == second);
    const auto span = first.trace("span");
    CHECK(current_tracer() == first);
    set_default_tracer(nullptr);
    CHECK(default_tracer() == first);
  }
  CHECK(!default_tracer());
  CHECK(!current_tracer());
}

TEST_CASE("a tracer's slot waits for the contexts and sessions that refer to it") {
  std::optional<Context> context;
  {
    const auto tracer = test_tracer();
    const auto session = tracer.with_session("block");
    context = Context::current();
  }
  const auto next = test_tracer();
  const auto scope = context->attach();
  CHECK(session_of(next) == next.session_id());
}

TEST_SUITE_END();

}  // namespace
}  // namespace honeyhive::testing
