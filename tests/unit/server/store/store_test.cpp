// What the store promises to whoever appends and reads, apart from faults.

#include "server/store/store.h"

#include <thread>

#include "otlp/event_id.h"
#include "store_fixture.h"

using namespace honeyhive;
using namespace honeyhive::server;

namespace {

std::string id_of(const Event& span) { return otlp::event_id(span.trace_id, span.span_id).text(); }

struct Fixture {
  const TemporaryFolder folder;
  MemoryFileSystem files;
  std::unique_ptr<Store> store = open_or_fail(options_in(folder, files));

  enum class Catalog { kept, deleted };

  void restart(Catalog catalog = Catalog::kept) {
    store.reset();
    if (catalog == Catalog::deleted) delete_catalog(folder);
    store = open_or_fail(options_in(folder, files));
  }

  std::string trace_text(std::uint8_t n, std::optional<std::string_view> project = "p") {
    const auto events = store->trace(project, trace_id(n));
    REQUIRE(events);
    return describe(*events);
  }

  std::string metadata(std::string_view event_id, std::optional<std::string_view> project = "p") {
    const auto event = store->event(project, event_id);
    REQUIRE(event);
    return *event ? (*event)->bucket(Bucket::metadata) : "no such event";
  }
};

// No field is as a default-made event has it.
Event full_span() {
  Event span = make_span(1, 2);
  span.event_id = "my own id";
  span.session_id = "S";
  span.session_name = "chat";
  span.event_type_text = "Tool!";
  span.source = "production";
  span.error = "boom";
  span.status = Status::error;
  span.status_description = "why";
  span.clock_odd = true;
  span.arrival_ns = noon;
  for (std::size_t i = 0; i < bucket_count; ++i)
    span.buckets[i] = "{\"b\":" + std::to_string(i) + "}";
  span.span_events = "[1]";
  span.links = "[2]";
  span.resource = "{\"r\":1}";
  span.scope = "lib 1";
  span.span_kind = 3;
  span.tokens_in = 1'000'000'007;
  span.tokens_out = 3;
  span.model = "m";
  return span;
}

}  // namespace

TEST_SUITE("server/store") {
  TEST_CASE_FIXTURE(Fixture, "every field of an event comes back as it was stored") {
    const Event span = full_span();
    REQUIRE(append(*store, {span}) == 0);
    restart(Catalog::deleted);
    const auto events = store->trace("p", span.trace_id);
    REQUIRE(events);
    REQUIRE(events->size() == 1);
    const Event& back = events->front();
    CHECK(back.parent_span_id == span.parent_span_id);
    CHECK(back.buckets == span.buckets);
    const auto texts = [](const Event& e) {
      return e.project + '|' + e.event_id + '|' + e.session_id + '|' + e.session_name + '|' +
             e.event_type + '|' + e.event_type_text + '|' + e.event_name + '|' + e.source + '|' +
             e.error + '|' + e.status_description + '|' + e.span_events + '|' + e.links + '|' +
             e.resource + '|' + e.scope + '|' + e.model;
    };
    CHECK(texts(back) == texts(span));
    const auto numbers = [](const Event& e) {
      return std::vector<std::int64_t>{static_cast<int>(e.status),
                                       e.start_ns,
                                       e.end_ns,
                                       e.clock_odd,
                                       e.arrival_ns,
                                       e.span_kind,
                                       static_cast<std::int64_t>(e.tokens_in),
                                       static_cast<std::int64_t>(e.tokens_out)};
    };
    CHECK(numbers(back) == numbers(span));
  }

  TEST_CASE_FIXTURE(Fixture, "a span is stored once, however it is sent again") {
    Event first = make_span(1, 1);
    Event changed = make_span(1, 1);
    changed.event_name = "another name";
    changed.tokens_in = 9;
    REQUIRE(append(*store, {first, make_span(1, 2), changed}) == 0);
    const std::string list = all_traces(*store);
    const std::string text = trace_text(1);
    CHECK(append(*store, {changed}) == 0);
    CHECK(append(*store, {make_span(1, 2), first}) == 0);
    CHECK(trace_text(1) == text);
    const std::uint64_t written = store->stats().bytes_written;
    restart();
    CHECK(append(*store, {make_span(1, 2), changed}) == 0);
    CHECK(store->stats().bytes_written == 0);
    CHECK(store->stats().spans_duplicate == 2);
    CHECK(all_traces(*store) == list);
    restart(Catalog::deleted);
    CHECK(append(*store, {changed, make_span(1, 3), make_span(1, 2)}) == 0);
    CHECK(store->stats().spans_stored == 1);
    CHECK(all_traces(*store).find("spans 3 errors 0 tokens 0+0") != std::string::npos);
    CHECK(written > 0);
  }

  TEST_CASE_FIXTURE(Fixture, "a span is known again when its trace has left memory") {
    store.reset();
    StoreOptions options = options_in(folder, files);
    options.known_spans = 1;
    store = open_or_fail(options);
    for (int round = 0; round < 3; ++round) {
      for (std::uint8_t i = 1; i <= 12; ++i) {
        const auto trace = static_cast<std::uint8_t>(i % 3);
        REQUIRE(append(*store, {make_span(trace, i), make_span(trace, 20)}) == 0);
      }
    }
    CHECK(store->stats().spans_stored == 15);
    CHECK(store->stats().spans_duplicate == 57);
    for (const TraceSummary& trace : list_traces(*store)) CHECK(trace.spans == 5);
  }

  TEST_CASE_FIXTURE(Fixture, "the same ids in two projects are two traces, in either order") {
    for (const bool p_first : {true, false}) {
      const std::uint8_t trace = p_first ? 1 : 2;
      Event in_p = make_span(trace, 1, "p");
      Event in_q = make_span(trace, 1, "q");
      in_q.event_name = "of q";
      REQUIRE(append(*store, {p_first ? in_p : in_q, p_first ? in_q : in_p}) == 0);
      CHECK(trace_text(trace, "p").find("p " + id_of(in_p) + " step 1") == 0);
      CHECK(trace_text(trace, "q").find("q " + id_of(in_q) + " of q") == 0);
      CHECK(store->trace({}, trace_id(trace))->size() == 2);
      CHECK((*store->event("q", id_of(in_p)))->event_name == "of q");
      CHECK_FALSE(*store->event("r", id_of(in_p)));
    }
    CHECK(list_traces(*store).size() == 4);
  }

  TEST_CASE_FIXTURE(Fixture, "spans that many threads send at once are stored once") {
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([this, t] {
        for (std::uint8_t i = 1; i <= 20; ++i) {
          const auto span = static_cast<std::uint8_t>(t % 2 ? i : 21 - i);
          CHECK(append(*store, {make_span(1, span), make_span(2, span, t < 2 ? "p" : "q")}) == 0);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(store->stats().spans_stored == 60);
    CHECK(store->stats().spans_duplicate == 100);
    CHECK(store->trace("p", trace_id(1))->size() == 20);
    for (const TraceSummary& trace : list_traces(*store)) CHECK(trace.spans == 20);
  }

  TEST_CASE_FIXTURE(Fixture, "a trace is summed up and named after its root") {
    Event child = make_span(1, 2);
    child.event_type = "model";
    child.tokens_in = 10;
    child.tokens_out = 5;
    child.start_ns = noon - 5;
    REQUIRE(append(*store, {child}) == 0);
    CHECK(list_traces(*store).front().name == "step 2");
    Event root = make_span(1, 1);
    root.session_id = "S";
    root.status = Status::error;
    REQUIRE(append(*store, {root}) == 0);
    const TraceSummary trace = list_traces(*store).front();
    CHECK(trace.name == "step 1");
    CHECK(trace.session_id == "S");
    CHECK(trace.start_ns == noon - 5);
    CHECK(trace.end_ns == child.end_ns);
    CHECK(trace.spans == 2);
    CHECK(trace.errors == 1);
    CHECK(trace.model_spans == 1);
    CHECK(trace.tokens_in == 10);
    CHECK(trace.tokens_out == 5);
  }

  TEST_CASE_FIXTURE(Fixture, "pages go back in time and meet every trace once") {
    for (std::uint8_t t = 1; t <= 10; ++t) {
      Event span = make_span(t, 1, t % 2 ? "p" : "q");
      span.start_ns = noon + t / 3;  // some start at once
      span.session_id = t > 5 ? "S" : "";
      REQUIRE(append(*store, {span}) == 0);
    }
    const auto pages = [this](TraceQuery query) {
      std::vector<int> seen;
      query.limit = 3;
      while (true) {
        const auto page = *store->traces(query);
        for (const TraceSummary& trace : page) seen.push_back(trace.trace_id.bytes[3]);
        if (page.size() < query.limit) return seen;
        query.after = page.back().cursor;
      }
    };
    TraceQuery query;
    CHECK(pages(query) == std::vector<int>{10, 9, 8, 7, 6, 5, 4, 3, 2, 1});
    query.project = "p";
    CHECK(pages(query) == std::vector<int>{9, 7, 5, 3, 1});
    query.session_id = "S";
    CHECK(pages(query) == std::vector<int>{9, 7});
    query.project.reset();
    query.until_ns = noon + 3;
    CHECK(pages(query) == std::vector<int>{8, 7, 6});
    query.session_id.reset();
    query.since_ns = noon + 2;
    CHECK(pages(query) == std::vector<int>{8, 7, 6});
  }

  TEST_CASE_FIXTURE(Fixture, "a session merges its starts and sums up its spans") {
    const std::string id = "6BA7B810-9dad-41d1-80b4-00c04fd430c8";
    Event span = make_span(1, 1);
    span.session_id = "6ba7b810-9dad-41d1-80b4-00c04fd430c8";
    span.session_name = "from a span";
    span.tokens_in = 4;
    REQUIRE(append(*store, {span, make_span(1, 2)}) == 0);
    CHECK(store->session("p", id).operator*()->name == "from a span");
    REQUIRE(append(*store, {make_session(id, R"({"a":1,"b":{"x":1}})")}) == 0);
    REQUIRE(append(*store, {make_session(id, R"({"b":{"y":2},"c":3})")}) == 0);
    restart(Catalog::deleted);
    const auto session = *store->session("p", id);
    REQUIRE(session);
    CHECK(session->name == "chat");
    CHECK(session->spans == 1);
    CHECK(session->traces == 1);
    CHECK(session->tokens_in == 4);
    CHECK(session->start_ns == noon);
    const auto events = *store->session_events("p", id);
    REQUIRE(events.size() == 3);
    CHECK(events[0].kind == Event::Kind::session);
    CHECK(events[0].bucket(Bucket::metadata) == R"({"a":1,"b":{"y":2},"c":3})");
    CHECK(events[1].span_id == span.span_id);
    CHECK(metadata(id) == R"({"a":1,"b":{"y":2},"c":3})");
    CHECK_FALSE(*store->session("q", id));
  }

  TEST_CASE_FIXTURE(Fixture, "spans without a session belong to the first one their trace names") {
    Event late = make_span(1, 2);
    late.session_id = "s";
    Event other = make_span(1, 3);
    other.session_id = "t";
    REQUIRE(append(*store, {make_span(1, 1)}) == 0);  // before anybody knew the session
    CHECK(store->event("p", id_of(make_span(1, 1))).operator*()->session_id == "");
    REQUIRE(append(*store, {late}) == 0);
    REQUIRE(append(*store, {other, make_span(1, 4), make_span(2, 1)}) == 0);
    for (const Catalog catalog : {Catalog::kept, Catalog::deleted}) {
      restart(catalog);
      std::string names;
      const auto events = store->session_events("p", "s");
      REQUIRE(events);
      for (const Event& event : *events) names += event.event_name + ';';
      CHECK(names == "unknown;step 1;step 2;step 4;");
      CHECK(store->session_events("p", "t")->size() == 2);
      CHECK(store->event("p", id_of(make_span(1, 1))).operator*()->session_id == "s");
      CHECK(store->trace("p", trace_id(2))->front().session_id == "");
    }
  }

  TEST_CASE_FIXTURE(Fixture, "what would not fit into memory is refused, by frames and by events") {
    StoreOptions options = options_in(folder, files);
    options.read_bytes = 64 << 10;
    store.reset();
    store = open_or_fail(options);
    Event large = make_span(1, 1);
    large.bucket(Bucket::inputs) = "{\"text\":\"" + std::string(60 << 10, 'x') + "\"}";
    REQUIRE(append(*store, {large}) == 0);
    REQUIRE(append(*store, {make_span(2, 1)}) == 0);
    CHECK(store->trace("p", trace_id(1))->size() == 1);
    std::vector<Event> small;
    for (std::uint8_t n = 2; n < 12; ++n) small.push_back(make_span(1, n));
    REQUIRE(append(*store, small) == 0);
    const auto refused = store->trace("p", trace_id(1));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == core::Error::Code::limit_exceeded);
    CHECK(store->event("p", id_of(large)).operator*()->bucket(Bucket::inputs).size() > 60'000);
    CHECK(store->trace("p", trace_id(2))->size() == 1);
    REQUIRE(append(*store, {make_span(1, 2)}) == 0);  // still known
    CHECK(store->stats().spans_duplicate == 1);
  }

  TEST_CASE_FIXTURE(Fixture,
                    "updates apply in log order, also those that come before their event") {
    Event span = make_span(1, 1);
    Event named = make_span(1, 2);
    named.event_id = "mine";
    REQUIRE(append(*store, {make_update(id_of(span), R"({"n":"early"})")}) == 0);
    REQUIRE(append(*store, {span, named}) == 0);
    CHECK(metadata(id_of(span)) == R"({"n":"early"})");
    Event update = make_update(id_of(span), R"({"n":"late","k":true})");
    update.bucket(Bucket::outputs) = R"({"answer":42})";
    update.has_duration = true;
    update.duration_ns = 7;
    REQUIRE(append(*store, {update, make_update("mine", R"({"m":1})")}) == 0);
    REQUIRE(append(*store, {make_update(id_of(named), R"({"m":2})")}) == 0);
    REQUIRE(append(*store, {make_update(id_of(span), R"({"n":"of q"})", "q")}) == 0);
    for (const Catalog catalog : {Catalog::kept, Catalog::deleted}) {
      restart(catalog);
      CHECK(metadata(id_of(span)) == R"({"n":"late","k":true})");
      CHECK(metadata("mine") == R"({"n":2,"m":2})");
      CHECK(metadata(id_of(named)) == R"({"n":2,"m":2})");
      const auto read = *store->event({}, id_of(span));
      REQUIRE(read);
      CHECK(read->bucket(Bucket::outputs) == R"({"answer":42})");
      CHECK(read->end_ns == span.start_ns + 7);
      CHECK(store->trace("p", trace_id(1))->front().end_ns == span.start_ns + 7);
    }
  }

  TEST_CASE_FIXTURE(Fixture, "a deleted catalogue is made again with the same answers") {
    for (std::uint8_t i = 1; i < 20; ++i) {
      Event span = make_span(i % 4 + 1, i, i % 3 ? "p" : "q");
      span.session_id = "S" + std::to_string(i % 2);
      REQUIRE(append(*store, {span, make_session(span.session_id, "{\"i\":1}")}) == 0);
    }
    const auto answers = [this] {
      return all_traces(*store) + describe(*store->session_events({}, "S0")) + trace_text(2) +
             describe(*store->trace({}, trace_id(3)));
    };
    const std::string before = answers();
    restart(Catalog::deleted);
    CHECK(store->stats().records_replayed == 38);
    CHECK(answers() == before);
    restart();
    CHECK(store->stats().records_replayed == 0);
    CHECK(answers() == before);
  }

  TEST_CASE_FIXTURE(Fixture, "a catalogue that lost its last transactions catches up") {
    const std::string catalog = folder.path() + "/catalog.db";
    REQUIRE(append(*store, {make_span(1, 1), make_session("S", R"({"a":1})")}) == 0);
    store.reset();
    std::filesystem::copy_file(catalog, catalog + ".old");
    store = open_or_fail(options_in(folder, files));
    REQUIRE(append(*store, {make_span(1, 2), make_span(2, 1)}) == 0);
    REQUIRE(append(*store, {make_session("S", R"({"b":2})"), make_span(1, 1)}) == 0);
    const std::string list = all_traces(*store);
    store.reset();
    std::filesystem::rename(catalog + ".old", catalog);
    store = open_or_fail(options_in(folder, files));
    CHECK(store->stats().records_replayed == 3);
    CHECK(all_traces(*store) == list);
    CHECK(metadata("S") == R"({"a":1,"b":2})");
    CHECK(append(*store, {make_span(1, 2)}) == 0);
    CHECK(all_traces(*store) == list);
  }

  TEST_CASE_FIXTURE(Fixture, "the listener hears of each new event once, before the answer") {
    std::vector<std::string> heard;
    store->on_stored([&heard](const Event& event) { heard.push_back(event.event_name); });
    REQUIRE(append(*store, {make_span(1, 1), make_span(1, 2)}) == 0);
    CHECK(heard == std::vector<std::string>{"step 1", "step 2"});
    REQUIRE(append(*store, {make_span(1, 2), make_span(1, 3)}) == 0);
    CHECK(heard == std::vector<std::string>{"step 1", "step 2", "step 3"});
  }

  TEST_CASE_FIXTURE(Fixture, "events without the ids of their kind are refused, with the field") {
    Event no_trace = make_span(1, 1);
    no_trace.trace_id = {};
    Event no_span = make_span(1, 1);
    no_span.span_id = {};
    const int invalid = static_cast<int>(core::Error::Code::invalid_argument);
    CHECK(append(*store, {no_trace}) == invalid);
    CHECK(append(*store, {no_span}) == invalid);
    CHECK(append(*store, {make_span(1, 1, "")}) == invalid);
    CHECK(append(*store, {make_session("", "")}) == invalid);
    CHECK(append(*store, {make_update(std::string(2'000, 'x'), "")}) == invalid);
    CHECK(append(*store, {}) == 0);
  }

  TEST_CASE_FIXTURE(Fixture, "after close appends are refused and reads still work") {
    REQUIRE(append(*store, {make_span(1, 1)}) == 0);
    store->close();
    store->close();
    CHECK(append(*store, {make_span(1, 2)}) == unavailable);
    CHECK(store->trace("p", trace_id(1))->size() == 1);
    CHECK(store->stats().queued_bytes == 0);
  }
}
