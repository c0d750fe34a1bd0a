#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "recorded.h"
#include "sdk/tracer_impl.h"

// Scopes of sessions and contexts that do not end where, when or in the order that they should.
namespace honeyhive::testing {
namespace {

TEST_SUITE_BEGIN("sdk/scopes");

using Block = std::unique_ptr<SessionScope>;
using Headers = std::map<std::string, std::string>;

constexpr const char* parent_header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

Block open_block(const HoneyHiveTracer& tracer, const char* id) {
  return Block(new SessionScope(tracer.with_session({.session_id = id})));
}

// Of what is started now, as its headers say.
std::string session_of(const HoneyHiveTracer& tracer) {
  const auto span = tracer.trace("span");
  const std::string baggage = tracer.inject().at("baggage");
  return baggage.substr(11, baggage.find(',') - 11);
}

void on_another_thread(const std::function<void()>& work) { std::thread(work).join(); }

TEST_CASE("a block keeps its session when the span around it, which has one too, ends first") {
  const auto tracer = test_tracer();
  auto request = tracer.trace("request");
  (void)tracer.create_session();
  {
    const auto block = tracer.with_session({.session_id = "block"});
    request.end();
    CHECK(session_of(tracer) == "block");
  }
  CHECK(session_of(tracer) == tracer.session_id());
}

TEST_CASE("a block keeps its session when the span around it ends on another thread") {
  const auto tracer = test_tracer();
  auto request = tracer.trace("request");
  (void)tracer.create_session();
  const auto block = tracer.with_session({.session_id = "block"});
  on_another_thread([&] { request.end(); });
  CHECK(session_of(tracer) == "block");
}

TEST_CASE("blocks that end out of order take no other's session away, and are counted") {
  const auto tracer = test_tracer();
  Block first = open_block(tracer, "first"), second = open_block(tracer, "second");
  first.reset();
  CHECK(session_of(tracer) == "second");
  CHECK(tracer.stats().context_mismatch == 1);
  Block third = open_block(tracer, "third");
  second.reset();
  CHECK(session_of(tracer) == "third");
  third.reset();
  CHECK(session_of(tracer) == tracer.session_id());
  CHECK(tracer.stats().context_mismatch == 2);
}

TEST_CASE("a session that is created in a block ends with the block, not with a span around it") {
  const auto tracer = test_tracer();
  auto request = tracer.trace("request");
  Block block = open_block(tracer, "block");
  (void)tracer.create_session({.session_id = "inside"});
  CHECK(session_of(tracer) == "inside");
  block.reset();
  CHECK(session_of(tracer) == tracer.session_id());
  CHECK(tracer.stats().context_mismatch == 0);
}

TEST_CASE("a span that was left open with a session takes none away from later ones") {
  const auto tracer = test_tracer();
  Span left;
  {
    const auto scope = Context().attach();
    left = tracer.trace("left open");
    (void)tracer.create_session();
  }
  left.end();
  const auto block = tracer.with_session({.session_id = "block"});
  CHECK(session_of(tracer) == "block");
  CHECK(session_of(tracer) == "block");
}

TEST_CASE("a block that ends while another context is attached is over when that is") {
  const auto tracer = test_tracer();
  Block block = open_block(tracer, "block");
  {
    const auto scope = Context().attach();
    block.reset();
  }
  CHECK(session_of(tracer) == tracer.session_id());
  CHECK(tracer.stats().context_mismatch == 1);
}

TEST_CASE("a block that ends on another thread is over on its own") {
  const auto tracer = test_tracer();
  Block block = open_block(tracer, "block");
  on_another_thread([&] { block.reset(); });
  CHECK(session_of(tracer) == tracer.session_id());
  CHECK(tracer.stats().context_mismatch == 1);
}

TEST_CASE("a block whose thread has ended ends without it") {
  const auto tracer = test_tracer();
  Block block;
  on_another_thread([&] { block = open_block(tracer, "block"); });
  on_another_thread([&] {
    block.reset();
    CHECK(session_of(tracer) == tracer.session_id());
  });
}

TEST_CASE("scopes end where their flow of work has gone") {
  const auto tracer = test_tracer();
  Context flow;
  std::optional<LinkToken> link;
  Block block;
  {
    const Context here = Context().exchange();
    block = open_block(tracer, "block");
    link = tracer.link(Headers{{"traceparent", parent_header}});
    flow = here.exchange();
  }
  on_another_thread([&] {
    const Context there = flow.exchange();
    CHECK(tracer.trace("linked").context().trace_id == "4bf92f3577b34da6a3ce929d0e0e4736");
    CHECK(session_of(tracer) == "block");
    tracer.unlink(std::move(*link));
    CHECK(tracer.trace("root").context().trace_id != "4bf92f3577b34da6a3ce929d0e0e4736");
    CHECK(session_of(tracer) == "block");
    block.reset();
    CHECK(session_of(tracer) == tracer.session_id());
    (void)there.exchange();
  });
  CHECK(tracer.stats().context_mismatch == 0);
}

TEST_CASE("a context scope that ends elsewhere is counted") {
  const auto tracer = test_tracer();
  std::unique_ptr<ContextScope> scope;
  {
    const auto outer = tracer.trace("outer");
    scope.reset(new ContextScope(Context::current().attach()));
    on_another_thread([&] {
      const auto other = tracer.trace("other");
      scope.reset();
    });
  }
  CHECK(tracer.stats().context_mismatch >= 1);
}

TEST_CASE("a flow of work that two threads continue at once is only one's") {
  const auto tracer = test_tracer();
  constexpr int rounds = 2000;
  for (int i = 0; i < rounds; ++i) {
    Context flow;
    Span open;
    {
      const Context here = Context().exchange();
      open = tracer.trace("open");
      (void)tracer.create_session({.session_id = "s", .skip_api_call = true});
      flow = here.exchange();
    }
    std::atomic<int> waiting{2}, owners{0};
    const auto work = [&] {
      waiting.fetch_sub(1);
      while (waiting.load() != 0) {
      }
      const Context there = flow.exchange();
      owners += tracer.trace("child").context().trace_id == open.context().trace_id;
      (void)there.exchange();
    };
    std::thread one(work), two(work);
    one.join();
    two.join();
    REQUIRE(owners == 1);
    open.end();
  }
  (void)capture(tracer);
}

TEST_CASE("a session is created below a span that another thread is writing to") {
  const auto tracer = test_tracer();
  for (int i = 0; i < 50; ++i) {
    auto span = tracer.trace("request");
    std::atomic<bool> is_over{false};
    std::thread writer([moved = std::move(span), &is_over]() mutable {
      for (int n = 0; !is_over; ++n) moved.set_attribute("key" + std::to_string(n % 500), n);
    });
    (void)tracer.create_session({.session_id = "inside"});
    is_over = true;
    writer.join();
    REQUIRE(session_of(tracer) == tracer.session_id());
  }
}

TEST_CASE("tracers that come and go are not remembered for their sessions") {
  std::set<const void*> slots;
  for (int i = 0; i < 20; ++i) {
    const auto tracer = test_tracer();
    (void)tracer.create_session({.session_id = "s", .skip_api_call = true});
    slots.insert(detail::TracerAccess::of(tracer));
  }
  CHECK(slots.size() <= 2);
}

TEST_SUITE_END();

}  // namespace
}  // namespace honeyhive::testing
