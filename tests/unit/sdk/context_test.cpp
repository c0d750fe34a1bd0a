#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "recorded.h"

namespace honeyhive::testing {
namespace {

TEST_SUITE_BEGIN("sdk/context");

void on_another_thread(const std::function<void()>& work) { std::thread(work).join(); }

TEST_CASE("a plain thread starts with an empty context, a bound call under its creator's") {
  const auto tracer = test_tracer();
  {
    const auto parent = tracer.trace("parent");
    on_another_thread([&] { const auto alone = tracer.trace("alone"); });
    on_another_thread(bind_context([&] { const auto child = tracer.trace("child"); }));
    ContextThread([&] { const auto child = tracer.trace("of ContextThread"); });
  }
  CHECK(tree(capture(tracer)) == "parent\n  child\n  of ContextThread\nalone\n");
}

TEST_CASE("a bound call passes arguments and results through") {
  const auto tracer = test_tracer();
  std::string seen;
  auto span = tracer.trace("parent");
  auto work = bind_context([&](std::string& to, std::unique_ptr<int> value) -> std::string& {
    to = std::to_string(*value);
    return to;
  });
  CHECK(&work(seen, std::make_unique<int>(7)) == &seen);
  CHECK(seen == "7");
}

TEST_CASE("a context outlives its span, which stays the parent and takes nothing more") {
  const auto tracer = test_tracer();
  std::optional<Context> context;
  {
    const auto parent = tracer.trace("parent");
    context = Context::current();
  }
  const auto scope = context->attach();
  { const auto late = tracer.trace("late child"); }
  CHECK(!enrich_span({{"k", 1}}));
  CHECK(tree(capture(tracer)) == "parent\n  late child\n");
}

TEST_CASE("what is attached hides what was current, and gives it back") {
  const auto tracer = test_tracer();
  const Context empty = Context::current();
  const auto outer = tracer.trace("outer");
  {
    const auto scope = empty.attach();
    const auto root = tracer.trace("another root");
  }
  { const auto child = tracer.trace("child"); }
  const auto spans = capture(tracer);
  CHECK(tree(spans) == "another root\nchild\n");
  CHECK(find(spans, "another root").parent_id.empty());
  CHECK(find(spans, "child").parent_id == outer.context().span_id);
}

TEST_CASE("a span is enriched from the thread that it was carried to") {
  const auto tracer = test_tracer();
  {
    const auto parent = tracer.trace("parent");
    on_another_thread(bind_context([&] { CHECK(enrich_span({{"from", "elsewhere"}})); }));
  }
  CHECK(find(capture(tracer), "parent")["metadata.from"].as_string() == "elsewhere");
}

// A context whose span has ended.
Context context_of(const HoneyHiveTracer& tracer, std::string_view name) {
  const auto span = tracer.trace(name);
  return Context::current();
}

TEST_CASE("scopes that end out of order take no other's context away, and are counted") {
  const auto tracer = test_tracer();
  const Context one = context_of(tracer, "one"), two = context_of(tracer, "two");
  const auto outer = tracer.trace("outer");
  std::unique_ptr<ContextScope> first(new ContextScope(one.attach()));
  std::unique_ptr<ContextScope> second(new ContextScope(two.attach()));
  first.reset();
  { const auto span = tracer.trace("of two"); }
  second.reset();
  { const auto span = tracer.trace("of outer"); }
  const auto spans = capture(tracer);
  CHECK(find(spans, "of two").parent_id == find(spans, "two").span_id);
  CHECK(find(spans, "of outer").parent_id == outer.context().span_id);
  CHECK(tracer.stats().context_mismatch == 1);
}

TEST_CASE("a flow of work goes on, with its open spans, on another thread") {
  const auto tracer = test_tracer();
  Context flow;
  std::optional<Span> open;
  {
    const Context here = Context().exchange();
    open = tracer.trace("open");
    flow = here.exchange();
  }
  { const auto span = tracer.trace("not of it"); }
  on_another_thread([&] {
    const Context there = flow.exchange();
    { const auto span = tracer.trace("child on the other thread"); }
    open->set_attribute("set", "there");
    open.reset();
    { const auto span = tracer.trace("after it"); }
    (void)there.exchange();
  });
  const auto spans = capture(tracer);
  CHECK(tree(spans) == "open\n  child on the other thread\nnot of it\nafter it\n");
  CHECK(find(spans, "open")["set"].as_string() == "there");
  CHECK(tracer.stats().context_mismatch == 0);
}

TEST_CASE("a span that is left open in an attached context ends by itself later") {
  const auto tracer = test_tracer();
  Span left;
  const auto outer = tracer.trace("outer");
  {
    const auto scope = context_of(tracer, "other").attach();
    left = tracer.trace("left open");
  }
  { const auto child = tracer.trace("child of outer"); }
  left.end();
  const auto spans = capture(tracer);
  CHECK(find(spans, "child of outer").parent_id == outer.context().span_id);
  CHECK(find(spans, "left open").parent_id == find(spans, "other").span_id);
  CHECK(tracer.stats().spans_ended == 3);
}

TEST_CASE("a context of a closed tracer is carried on, and makes no parent for another") {
  std::optional<Context> context;
  {
    const auto gone = test_tracer();
    context = context_of(gone, "gone");
  }
  const auto tracer = test_tracer();
  const auto scope = context->attach();
  { const auto span = tracer.trace("root of another tracer"); }
  const auto spans = capture(tracer);
  REQUIRE(spans.size() == 1);
  CHECK(spans[0].project.empty());
}

TEST_CASE("contexts are attached on many threads at once") {
  const auto tracer = test_tracer();
  constexpr int threads = 4, rounds = 500;
  {
    const auto parent = tracer.trace("parent");
    const Context context = Context::current();
    std::vector<ContextThread> all;
    for (int i = 0; i < threads; ++i) {
      all.emplace_back([&] {
        for (int n = 0; n < rounds; ++n) {
          const auto scope = context.attach();
          const auto child = tracer.trace("child");
          enrich_span({{"n", n}});
        }
      });
    }
  }
  const auto spans = capture(tracer);
  const std::string parent_id = find(spans, "parent").span_id;
  int children = 0;
  for (const auto& span : spans) children += span.parent_id == parent_id;
  CHECK(children == threads * rounds);
}

TEST_SUITE_END();

}  // namespace
}  // namespace honeyhive::testing
