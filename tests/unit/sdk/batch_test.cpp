#include <doctest/doctest.h>

#include "sdk/record/quick_span.h"
#include "station.h"

namespace honeyhive::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_SUITE_BEGIN("sdk/deliver/batch");

TEST_CASE("a batch closes one second after its first span was seen") {
  Station station;
  auto& tracer = station.add();
  station.record(tracer);
  station.step();
  station.step(milliseconds(999));
  CHECK(station.tape->sent.empty());
  station.step(milliseconds(1));
  REQUIRE(station.tape->sent.size() == 1);
  CHECK(station.wire().size() == 1);
}

TEST_CASE("a batch closes at 512 spans") {
  Station station;
  auto& tracer = station.add();
  for (int i = 0; i < 511; ++i) station.record(tracer);
  station.step();
  CHECK(station.tape->sent.empty());
  station.record(tracer);
  station.record(tracer, "first of the next");
  station.step();
  REQUIRE(station.tape->sent.size() == 1);
  CHECK(station.wire().size() == 512);
  station.step(seconds(1));
  CHECK(station.wire().back().name == "first of the next");
  CHECK(tracer.stats().spans_sent == 513);
}

TEST_CASE("a batch closes before it grows above 1 MB") {
  Station station;
  auto& tracer = station.add();
  for (int i = 0; i < 11; ++i) station.record(tracer, "span", 100'000);
  station.step();
  REQUIRE(station.tape->sent.size() == 1);
  CHECK(station.tape->sent[0].body.size() < (1 << 20) + 200);
  CHECK(station.tape->sent[0].body.size() > (1 << 20) - 110'000);
  station.step(seconds(1));
  CHECK(station.wire().size() == 11);
}

TEST_CASE("a request is OTLP with resource, scope and the tracer's constants on each span") {
  Station station;
  auto& tracer = station.add();
  station.record(tracer, "a");
  station.record(tracer, "b");
  station.step();
  station.step(seconds(1));
  REQUIRE(station.tape->sent.size() == 1);
  const auto& sent = station.tape->sent[0];
  CHECK(sent.method == "POST");
  CHECK(sent.url == "http://one/opentelemetry/v1/traces");
  CHECK(sent.has_header("Content-Type: application/x-protobuf"));
  CHECK(sent.has_header("Authorization: Bearer key"));
  CHECK(sent.timeout == seconds(5));
  const auto spans = station.wire();
  REQUIRE(spans.size() == 2);
  for (const auto& span : spans) {
    CHECK(span.scope == "honeyhive");
    CHECK(span.resource.at("telemetry.sdk.name") == "honeyhive-cpp");
    CHECK(span.text.at("honeyhive.project") == "p");
    CHECK(span.text.at("honeyhive.source") == "dev");
    CHECK(span.text.at("honeyhive.session_name") == "s");
    CHECK(span.text.at("honeyhive.session_id") == tracer.session_id);
    CHECK(span.flags.empty());
  }
}

TEST_CASE("a span with a constant's key keeps its own value, and each key is sent once") {
  Station station;
  auto& tracer = station.add();
  sdk::SpanState* const span = sdk::start_span(tracer, "own");
  sdk::SpanWriter(span).text("honeyhive.project", "mine");
  sdk::SpanWriter(span).text("k", "1");
  sdk::SpanWriter(span).text("k", "2");
  sdk::end_span(*span);
  station.step();
  station.step(seconds(1));
  const auto spans = station.wire();
  REQUIRE(spans.size() == 1);
  CHECK(spans[0].text.at("honeyhive.project") == "mine");
  CHECK(spans[0].text.at("k") == "2");
  // The decoder keeps the last of a key: look at the bytes.
  const std::string& body = station.tape->sent[0].body;
  CHECK(body.find("honeyhive.project") == body.rfind("honeyhive.project"));
  CHECK(body.find("\x0a\x01k") == body.rfind("\x0a\x01k"));
}

TEST_CASE("ill-formed bytes become U+FFFD on the wire, and well-formed neighbours stay") {
  Station station;
  auto& tracer = station.add();
  sdk::SpanState* const span = sdk::start_span(tracer, "na\xffme");
  sdk::SpanWriter(span).text("ke\xffy", "a\x80z");
  sdk::SpanWriter(span).text("good", "\xc3\xa9");
  sdk::end_span(*span);
  station.record(tracer, "next");
  station.step();
  station.step(seconds(1));
  const auto spans = station.wire();
  REQUIRE(spans.size() == 2);
  CHECK(spans[0].name == "na\xef\xbf\xbdme");
  CHECK(spans[0].text.at("ke\xef\xbf\xbdy") == "a\xef\xbf\xbdz");
  CHECK(spans[0].text.at("good") == "\xc3\xa9");
  CHECK(spans[0].text.at("honeyhive.project") == "p");
  CHECK(spans[1].name == "next");
}

TEST_CASE("spans of the same destination but different tracers have their own constants") {
  Station station;
  auto& one = station.add();
  auto from = Station::settings();
  from.source.value = "prod";
  auto& two = station.add(from);
  station.record(one, "of one");
  station.record(two, "of two");
  station.step();
  station.step(seconds(1));
  const auto spans = station.wire();
  REQUIRE(spans.size() == 2);
  for (const auto& span : spans) {
    CHECK(span.text.at("honeyhive.source") == (span.name == "of one" ? "dev" : "prod"));
    CHECK(span.text.at("honeyhive.session_id") ==
          (span.name == "of one" ? one.session_id : two.session_id));
  }
}

TEST_CASE("a span during which the clock was set back ends when it started") {
  // A counter that counts nanoseconds; the real one stands far beyond.
  constexpr std::uint64_t second = 1'000'000'000, long_ago = 1'700'000'000 * second;
  const auto tell = [&](std::uint64_t at, std::uint64_t unix_ns) {
    sdk::Recorder::clock.rebase({at * second, at * second, unix_ns + at * second});
  };
  Station station;
  auto& tracer = station.add();
  tell(1, long_ago);
  tell(2, long_ago);
  station.record(tracer);  // leases a chunk: from now on spans can end quickly
  sdk::SpanState* const span = sdk::start_span(tracer, "span");
  tell(3, long_ago - 10 * second);
  sdk::ThreadState* const thread = sdk::this_thread();
  if (!sdk::end_span_quickly(thread, *span)) sdk::end_span(*span);
  sdk::SpanState* const next = sdk::start_span(tracer, "next");
  const bool is_quick = sdk::end_span_quickly(thread, *next);
  if (!is_quick) sdk::end_span(*next);
  CHECK(is_quick == sdk::Recorder::clock.uses_ticks());
  tell(1, long_ago);  // gone back: time comes from the system again
  CHECK_FALSE(sdk::Recorder::clock.uses_ticks());

  station.step();
  station.step(seconds(1));
  const auto spans = station.wire();
  REQUIRE(spans.size() == 3);
  CHECK(spans[1].end_ns == spans[1].start_ns);
  CHECK(spans[2].end_ns > spans[2].start_ns);
}

TEST_CASE("a record that went into a batch is marked, and its header is valid as before") {
  Station station;
  auto& tracer = station.add();
  sdk::Collector collector(*tracer.destination);
  station.record(tracer);
  sdk::Batch batch(tracer);
  int records = 0;
  collector.collect(station.now, [&](const sdk::Record& record) {
    CHECK(record.header->check == sdk::record_check(*record.header));
    batch.add_span(record, tracer.constants[0]);
    CHECK((record.header->flags & sdk::record_flag::finished) != 0);
    CHECK(record.header->check == sdk::record_check(*record.header));
    ++records;
    return true;
  });
  CHECK(records == 1);
  batch.settle(collector);
}

TEST_CASE("with disable_batch every span is a request of its own, at once") {
  Station station;
  auto from = Station::settings();
  from.disable_batch.value = true;
  from.export_timeout.value = milliseconds(1);  // nobody answers while the span ends
  auto& tracer = station.add(from);
  station.record(tracer, "a");
  station.record(tracer, "b");
  station.step();
  REQUIRE(station.tape->sent.size() == 2);
  CHECK(spans_of(station.tape->sent[0].body).size() == 1);
  CHECK(spans_of(station.tape->sent[1].body).size() == 1);
}

TEST_CASE("on the wire an event has each key once, and says how many attributes it lacks") {
  Station station;
  auto& tracer = station.add();
  sdk::SpanState* const span = sdk::start_span(tracer, "span");
  {
    sdk::SpanWriter writer(span);
    sdk::KeyFilter keys;
    REQUIRE(writer.begin_event("e", keys));
    writer.text("twice", std::string(2 << 20, 'x'));
    writer.text("between", "b");
    writer.integer("twice", 2);
    for (int i = 0; i < 2000; ++i) writer.integer("k" + std::to_string(i), i);
    writer.end_event();
  }
  sdk::end_span(*span);
  station.step();
  station.step(std::chrono::seconds(1));
  const std::string& body = station.tape->sent.at(0).body;
  CHECK(body.find("twice") == body.rfind("twice"));
  CHECK(body.find("truncated") == body.npos);
  const auto decoded = otlp::decode_trace_request(
      body, [](const otlp::ResourceView&, const otlp::ScopeView&, const otlp::SpanView& seen) {
        REQUIRE(seen.events.size() == 1);
        CHECK(seen.attributes.dropped_by_sender == 0);
        otlp::EventView event;
        otlp::read_event(seen.events[0], event);
        CHECK(event.attributes.items.size() == 1024);
        CHECK(event.attributes.dropped_by_sender == 2002 - 1024);
        CHECK(event.attributes.text("between") == "b");
      });
  CHECK(decoded.has_value());
  CHECK(tracer.stats().attributes_dropped == 2002 - 1024);
}

TEST_SUITE_END();

}  // namespace
}  // namespace honeyhive::testing
