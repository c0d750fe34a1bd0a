#include <doctest/doctest.h>

#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>

#include "honeyhive/honeyhive.h"
#include "honeyhive/testing.h"

namespace honeyhive::testing {
namespace {

TEST_SUITE_BEGIN("sdk/isolation");

// A tracer, and what is known to be its.
struct Side {
  explicit Side(const char* name)
      : project(name),
        tracer(HoneyHiveTracer::init(
            {.api_key = std::string("key-") + name, .project = name, .test_mode = true})) {
    note(tracer.session_id());
  }

  void note(const SessionId& id) {
    const std::scoped_lock lock(mutex);
    if (id) sessions.insert(*id);
  }
  bool owns(const std::string& session) const {
    const std::scoped_lock lock(mutex);
    return sessions.count(session) == 1;
  }

  const std::string project;
  const HoneyHiveTracer tracer;
  // Its spans may be children of this one, of another tracer: the program said so.
  void follow(const std::map<std::string, std::string>& headers) {
    const auto found = headers.find("traceparent");
    const std::scoped_lock lock(mutex);
    if (found != headers.end()) followed.insert(found->second.substr(36, 16));
  }

  mutable std::mutex mutex;
  std::set<std::string> sessions, followed;
};

// One program at random: what a thread does with two tracers.
class Program {
 public:
  Program(Side& left, Side& right, unsigned seed) : sides_{&left, &right}, random_(seed) {}

  void run(int depth) {
    for (auto steps = 1 + random_() % 3; steps > 0; --steps) step(depth);
  }

  // What was found where it must not be.
  std::string fault;

 private:
  void step(int depth) {
    Side& side = *sides_[random_() % 2];
    Side& other = &side == sides_[0] ? *sides_[1] : *sides_[0];
    switch (random_() % 8) {
      case 0:
      case 1: {
        const auto span = side.tracer.trace("span");
        enrich_span({.metadata = {{"owner", side.project}}, .tracer = &side.tracer});
        return inside(depth);
      }
      case 2: {
        const auto session = side.tracer.with_session("block");
        side.note(session.id());
        return inside(depth);
      }
      case 3:
        return side.note(side.tracer.create_session());
      case 4: {
        const auto scope = side.tracer.linked(injected(side));
        return inside(depth);
      }
      case 5: {
        const auto headers = injected(side);
        other.follow(headers);
        const auto scope = other.tracer.linked(headers);
        return inside(depth);
      }
      case 6: {
        Program there(*sides_[0], *sides_[1], static_cast<unsigned>(random_()));
        ContextThread([&] { there.run(depth + 1); }).join();
        if (fault.empty()) fault = there.fault;
        return;
      }
      default:
        return side.tracer.enrich_session({.metadata = {{"owner", side.project}}});
    }
  }

  void inside(int depth) {
    if (depth < 4) run(depth + 1);
  }

  std::map<std::string, std::string> injected(const Side& side) {
    auto headers = side.tracer.inject();
    const std::string& baggage = headers["baggage"];
    const std::string session = baggage.substr(11, baggage.find(',') - 11);
    if (!baggage.starts_with("session_id=") || !side.owns(session) ||
        baggage.find(",project=" + side.project + ",") == baggage.npos) {
      fault = side.project + " sent " + baggage;
    }
    return headers;
  }

  Side* const sides_[2];
  std::minstd_rand random_;
};

std::string first_fault(const Side& side, const std::vector<SpanData>& spans,
                        const std::set<std::string>& foreign_spans) {
  for (const SpanData& span : spans) {
    if (span.project != side.project) return "a span of " + span.project;
    if (!side.owns(span.session_id)) return "session " + span.session_id;
    if (span["metadata.owner"].text() != side.project)
      return "data " + span["metadata.owner"].text();
    if (foreign_spans.count(span.parent_id) != 0 && side.followed.count(span.parent_id) == 0) {
      return "a parent of the other";
    }
  }
  for (const SessionData& session : sessions(side.tracer)) {
    if (!side.owns(session.id)) return "the start of session " + session.id;
    if (!session.metadata.empty() && session.metadata["owner"].text() != side.project) {
      return "an update of session " + session.id;
    }
  }
  return {};
}

std::set<std::string> ids_of(const std::vector<SpanData>& spans) {
  std::set<std::string> ids;
  for (const SpanData& span : spans) ids.insert(span.span_id);
  return ids;
}

TEST_CASE("two tracers with different keys never mix sessions, baggage or data") {
  std::size_t seen = 0;
  for (unsigned seed = 1; seed <= 1000; ++seed) {
    CAPTURE(seed);
    Side left("left"), right("right");
    Program one(left, right, seed), two(left, right, seed + 1'000'000);
    std::thread thread([&] { two.run(0); });
    one.run(0);
    thread.join();
    REQUIRE(one.fault.empty());
    REQUIRE(two.fault.empty());
    const auto of_left = capture(left.tracer), of_right = capture(right.tracer);
    seen += of_left.size() + of_right.size();
    REQUIRE(first_fault(left, of_left, ids_of(of_right)) == "");
    REQUIRE(first_fault(right, of_right, ids_of(of_left)) == "");
  }
  CHECK(seen > 10'000);
}

TEST_SUITE_END();

}  // namespace
}  // namespace honeyhive::testing
