// What becomes of sessions, contexts and links when the program's own allocations fail: each of
// them, one at a time, and all from then on.
#include <doctest/doctest.h>

#include <map>
#include <string>
#include <thread>

#include "fakes/short_memory.h"
#include "recorded.h"
#include "sdk/tracer_impl.h"

namespace honeyhive::testing {
namespace {

using fakes::Shortage;
using fakes::ShortMemory;

// What refers to the tracer: sessions, entries, scopes and snapshots.
std::uint32_t holders(const HoneyHiveTracer& tracer) {
  return detail::TracerAccess::of(tracer)->holders.load();
}

// Runs `work` on a thread of its own, with memory for `count` allocations. False if they were
// enough.
template <typename Work>
bool run_short_of_memory(long count, Shortage how, const Work& work) {
  bool has_failed = false;
  std::thread([&] {
    const ShortMemory memory(count, how);
    work();
    has_failed = fakes::has_failed;
  }).join();
  return has_failed;
}

template <typename Work>
void sweep(const Work& work) {
  for (const Shortage how : {Shortage::once, Shortage::lasting}) {
    bool has_failed = true;
    long count = 0;
    for (; has_failed; ++count) {
      CAPTURE(count);
      const auto tracer = test_tracer();
      has_failed = run_short_of_memory(count, how, [&] { work(tracer); });
      (void)capture(tracer);
      (void)sessions(tracer);
      REQUIRE(holders(tracer) == 0);
    }
    CHECK(count > 3);
  }
}

constexpr const char* long_text = "a text that does not fit into the string itself";

TEST_SUITE_BEGIN("sdk/scarce");

TEST_CASE("sessions leave nothing behind when memory runs out") {
  sweep([](const HoneyHiveTracer& tracer) {
    const auto span = tracer.trace("span");
    (void)tracer.create_session({.session_id = "one", .inputs = {{"query", long_text}}});
    const auto child = tracer.trace("child");
    const auto block = tracer.with_session({.session_name = long_text});
    tracer.enrich_session({.metadata = {{"k", long_text}}});
    enrich_session("one", {.outputs = {{"k", long_text}}});
  });
}

TEST_CASE("a session that the thread has no memory to start leaves nothing behind") {
  sweep([](const HoneyHiveTracer& tracer) { (void)tracer.create_session({.session_id = "one"}); });
}

TEST_CASE("links and contexts leave nothing behind, and throw nothing, when memory runs out") {
  // Getter and setter need no memory: what is thrown would be ours.
  const std::string session(200, 's');
  sweep([&](const HoneyHiveTracer& tracer) {
    const auto outer = tracer.trace("outer");
    struct Carrier {};
    const auto getter = [&](const Carrier&, std::string_view name) -> std::optional<std::string> {
      return name == "traceparent" ? std::nullopt : std::optional<std::string>("run_id=r");
    };
    std::size_t bytes = 0;
    Carrier carrier;
    const auto setter = [&](Carrier&, std::string_view, std::string_view value) {
      bytes += value.size();
    };
    auto token = tracer.link(carrier, getter);
    const auto block = tracer.with_session({.session_id = "joined", .skip_api_call = true});
    tracer.inject(carrier, setter);
    const Context context = Context::current();
    {
      const auto scope = context.attach();
      const auto child = tracer.trace("child");
      tracer.inject(carrier, setter);
    }
    const Context was = Context().exchange();
    (void)was.exchange();
    tracer.unlink(std::move(token));
  });
}

TEST_CASE("a span that cannot be ended for want of memory lets its session go") {
  const auto tracer = test_tracer();
  {
    const auto block = tracer.with_session({.session_id = "joined", .skip_api_call = true});
    auto span = tracer.trace("span");
    run_short_of_memory(0, Shortage::lasting, [&] { span.end(); });
  }
  (void)capture(tracer);
  CHECK(tracer.stats().spans_ended == 1);
  CHECK(holders(tracer) == 0);
}

TEST_SUITE_END();

}  // namespace
}  // namespace honeyhive::testing
