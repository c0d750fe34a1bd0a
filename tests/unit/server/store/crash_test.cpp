// The proof of "acknowledged means on disk": the power fails at every operation of a scripted run,
// and every acknowledged event is there once.

#include <map>

#include "store_fixture.h"

using namespace honeyhive;
using namespace honeyhive::server;

namespace {

using Tear = MemoryFileSystem::Tear;

// Small appends that touch everything: new traces, later spans of old ones, duplicates, sessions,
// updates and events that were posted with ids of their own. Segments are small, so that several
// are begun.
std::vector<std::vector<Event>> script() {
  std::vector<std::vector<Event>> batches;
  for (std::uint8_t i = 1; i <= 24; ++i) {
    const auto trace = static_cast<std::uint8_t>(i % 3 + 1);
    batches.push_back({make_span(trace, i), make_span(trace, static_cast<std::uint8_t>(i + 1))});
    const std::string number = std::to_string(i);
    batches.push_back({make_session("s" + std::to_string(i % 2), "{\"i" + number + "\":1}"),
                       make_span(9, i, i % 2 ? "p" : "q"),
                       make_update("s0", "{\"u" + number + "\":1}"),
                       make_created("e" + number, "s1")});
  }
  return batches;
}

constexpr std::uint64_t small_segment = 1'200;
constexpr std::uint64_t one_segment = 1 << 30;

struct Scene {
  explicit Scene(std::uint64_t bytes) : segment_bytes(bytes) {}

  StoreOptions options() {
    StoreOptions all = options_in(folder, files);
    all.segment_bytes = segment_bytes;
    return all;
  }

  const std::uint64_t segment_bytes;
  const TemporaryFolder folder;
  MemoryFileSystem files;
};

using SpanCounts = std::map<std::string, int>;

void add_spans(SpanCounts& counts, const std::vector<Event>& events) {
  for (const Event& event : events) {
    if (event.kind == Event::Kind::span) {
      ++counts[event.project + event.trace_id.hex() + event.span_id.hex()];
    } else if (event.kind == Event::Kind::created) {
      ++counts[event.project + event.event_id];
    }
  }
}

// What a start or an update gives to a session, each something else.
struct Member {
  std::string session;
  std::string text;
};

struct Acknowledged {
  SpanCounts spans;
  std::vector<Member> starts;
  std::vector<Member> updates;

  void add(const std::vector<Event>& events) {
    add_spans(spans, events);
    for (const Event& event : events) {
      if (event.kind != Event::Kind::session && event.kind != Event::Kind::update) continue;
      const std::string& object = event.bucket(Bucket::metadata);
      (event.kind == Event::Kind::session ? starts : updates)
          .push_back({event.event_id, object.substr(1, object.size() - 2)});
    }
  }
};

// What was acknowledged until the power failed.
Acknowledged run_until_crash(const StoreOptions& options) {
  Acknowledged acknowledged;
  auto store = open_store(options);
  if (!store) return acknowledged;
  for (const auto& batch : script()) {
    if (append(**store, batch) == 0) acknowledged.add(batch);
  }
  return acknowledged;
}

SpanCounts stored(Store& store) {
  SpanCounts counts;
  for (const TraceSummary& trace : list_traces(store)) {
    const auto events = *store.trace(trace.project, trace.trace_id);
    CHECK(events.size() == trace.spans);
    add_spans(counts, events);
  }
  add_spans(counts, *store.created_events("p", "s1"));
  return counts;
}

void check_members(Store& store, const std::vector<Member>& members) {
  std::map<std::string, std::string> metadata;
  for (const Member& member : members) {
    if (!metadata.contains(member.session)) {
      const auto session = store.event("p", member.session);
      REQUIRE(session);
      REQUIRE_MESSAGE(*session, member.session);
      metadata[member.session] = (*session)->bucket(Bucket::metadata);
    }
    CHECK_MESSAGE(metadata[member.session].find(member.text) != std::string::npos, member.text);
  }
}

void check_each_once(Store& store, const Acknowledged& acknowledged) {
  const SpanCounts there = stored(store);
  for (const auto& span : there) CHECK(span.second == 1);
  for (const auto& span : acknowledged.spans) CHECK_MESSAGE(there.contains(span.first), span.first);
  check_members(store, acknowledged.starts);
  // Updates are shown with what they change, and may have come before it.
  REQUIRE(append(store, {make_session("s0", "{}")}) == 0);
  check_members(store, acknowledged.updates);
}

struct Expected {
  std::string traces;
  std::string session;
  std::uint64_t operations = 0;
};

Expected clean_run(std::uint64_t segment_bytes) {
  Scene scene(segment_bytes);
  Expected expected;
  run_until_crash(scene.options());
  expected.operations = scene.files.operations();
  const auto store = open_or_fail(scene.options());
  expected.traces = all_traces(*store);
  expected.session = describe(*store->session_events("p", "s1"));
  return expected;
}

enum class Stop { power, process };

struct Failure {
  std::uint64_t at;  // the operation
  Stop stop;
  bool keep_catalog;
};

// Fails, starts again, sends everything again, loses power, and starts again.
void fail_and_recover(Scene&& scene, const Failure& failure, const Expected& expected) {
  MemoryFileSystem& files = scene.files;
  files.stop_at = failure.at;
  const Acknowledged acknowledged = run_until_crash(scene.options());
  failure.stop == Stop::power ? files.crash(static_cast<Tear>(failure.at % 5)) : files.kill();
  if (!failure.keep_catalog) delete_catalog(scene.folder);
  {
    const auto store = open_or_fail(scene.options());
    check_each_once(*store, acknowledged);
    for (const auto& batch : script()) REQUIRE(append(*store, batch) == 0);
    CHECK(all_traces(*store) == expected.traces);
  }
  files.crash(Tear::nothing);
  const auto store = open_or_fail(scene.options());
  CHECK(all_traces(*store) == expected.traces);
  CHECK(describe(*store->session_events("p", "s1")) == expected.session);
}

void fail_everywhere(std::uint64_t segment_bytes, Stop stop) {
  const QuietLog quiet;
  const Expected expected = clean_run(segment_bytes);
  REQUIRE(expected.operations > 80);
  for (std::uint64_t at = 0; at < expected.operations; ++at) {
    CAPTURE(at);
    fail_and_recover(Scene(segment_bytes), {at, stop, at % 2 == 0}, expected);
  }
}

}  // namespace

TEST_SUITE("server/store/crash") {
  TEST_CASE("a power failure at any operation loses no acknowledged event and doubles none") {
    fail_everywhere(small_segment, Stop::power);
    fail_everywhere(one_segment, Stop::power);
  }

  TEST_CASE("a process killed at any operation does not acknowledge what only the cache holds") {
    fail_everywhere(small_segment, Stop::process);
    fail_everywhere(one_segment, Stop::process);
  }
}
