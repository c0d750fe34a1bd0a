#include "server/ingest/span_event.h"

#include <doctest/doctest.h>

#include "otlp/decode.h"
#include "otlp/event_id.h"
#include "unit/otlp/trace_request.h"

using namespace honeyhive;
using namespace honeyhive::server;
using namespace honeyhive::testing;

TEST_SUITE("server/ingest/span_event") {
  constexpr std::int64_t arrival = 1'700'000'001'000'000'000;  // just after the spans of the tests

  core::Result<Event> map(const SpanFields& fields, const std::vector<Attribute>& resource = {},
                          const std::string& source = "",
                          const std::vector<Attribute>& scope_attributes = {}) {
    const std::string body = encode_request({fields}, resource, scope_attributes);
    core::Result<Event> event = core::Error{};
    SpanMapper mapper(arrival, source);
    const auto decoded = otlp::decode_trace_request(
        body, [&](const otlp::ResourceView& resource_view, const otlp::ScopeView& scope,
                  const otlp::SpanView& span) { event = mapper.map(resource_view, scope, span); });
    REQUIRE(decoded);
    return event;
  }

  Event mapped(const SpanFields& fields, const std::vector<Attribute>& resource = {},
               const std::string& source = "") {
    auto event = map(fields, resource, source);
    REQUIRE(event);
    return *std::move(event);
  }

  Event with(const std::vector<Attribute>& attributes) {
    return mapped({.attributes = attributes});
  }

  TEST_CASE("identity, times and origin are those of the span") {
    const Event event = mapped({.parent_span_id = span_b, .name = "step", .kind = 3},
                               {{"service.name", any("svc")}});
    CHECK(event.kind == Event::Kind::span);
    CHECK(event.trace_id.view() == trace_a);
    CHECK(event.span_id.view() == span_a);
    CHECK(event.parent_span_id.view() == span_b);
    CHECK(event.event_id == otlp::event_id(event.trace_id, event.span_id).text());
    CHECK(event.event_name == "step");
    CHECK(event.start_ns == 1'700'000'000'000'000'000);
    CHECK(event.end_ns == 1'700'000'000'250'000'000);
    CHECK_FALSE(event.clock_odd);
    CHECK(event.span_kind == 3);
    CHECK(event.scope == "lib 1.2");
    CHECK(event.resource == R"({"service.name":"svc"})");
  }

  TEST_CASE("the project is the span's, else the resource's, else default") {
    CHECK(mapped({}).project == "default");
    CHECK(mapped({}, {{"honeyhive.project", any("r")}}).project == "r");
    const SpanFields own = {.attributes = {{"honeyhive.project", any("s")}}};
    CHECK(mapped(own, {{"honeyhive.project", any("r")}}).project == "s");
    CHECK(mapped({.attributes = {{"honeyhive.project", any("")}}}).project == "default");
    CHECK(with({{"honeyhive.project", any(7)}}).project == "7");
    CHECK(mapped({}, {{"honeyhive.project", any(true)}}).project == "true");
    CHECK_FALSE(map({.attributes = {{"honeyhive.project", any(std::string(257, 'p'))}}}));
    CHECK_FALSE(map({.attributes = {{"honeyhive.project", any_bytes(std::string(257, 'p'))}}}));
    CHECK_FALSE(map({.attributes = {{"honeyhive.project", any("a\xff")}}}));
    CHECK_FALSE(map({.attributes = {{"honeyhive.session_id", any("a\x1b[31m")}}}));
  }

  TEST_CASE("the project may be named by its twin, which else stays in metadata if it differs") {
    const Attribute twin = {"traceloop.association.properties.project", any("t")};
    CHECK(with({twin}).project == "t");
    CHECK(with({twin}).bucket(Bucket::metadata) == "");
    CHECK(with({twin, {"honeyhive.project", any("t")}}).bucket(Bucket::metadata) == "");
    const Event other = mapped({.attributes = {twin}}, {{"honeyhive.project", any("r")}});
    CHECK(other.project == "r");
    CHECK(other.bucket(Bucket::metadata) == R"({"traceloop.association.properties.project":"t"})");
  }

  TEST_CASE("the source is the span's, else the resource's, else the request's") {
    CHECK(mapped({}, {}, "header").source == "header");
    CHECK(mapped({}, {{"honeyhive.source", any("r")}}, "header").source == "r");
    CHECK(with({{"honeyhive.source", any("dot")}, {"honeyhive_source", any("line")}}).source ==
          "dot");
    CHECK(with({{"honeyhive_source", any("line")}}).source == "line");
  }

  TEST_CASE("the session is honeyhive.session_id, else its twins") {
    CHECK(with({{"traceloop.association.properties.session_id", any("t")},
                {"honeyhive.session_id", any("h")}})
              .session_id == "h");
    CHECK(with({{"traceloop.association.properties.session_id", any("t")}}).session_id == "t");
    CHECK(with({{"honeyhive_session_id", any("u")}}).session_id == "u");
    CHECK(with({{"honeyhive.session_name", any("chat")}}).session_name == "chat");
    CHECK(with({}).session_id == "");
  }

  TEST_CASE("each bucket's prefix is stripped, dots inside a key stay") {
    const Event event = with({{"honeyhive_inputs.user.id", any(7)},
                              {"honeyhive_outputs.result", any("yes")},
                              {"honeyhive_config.temperature", any(0.25)},
                              {"honeyhive_metadata.tags", any_array({any("a")})},
                              {"honeyhive_metrics.ok", any(true)},
                              {"honeyhive_feedback.rating", any(5)},
                              {"honeyhive_user_properties.plan", any("pro")}});
    CHECK(event.bucket(Bucket::inputs) == R"({"user.id":7})");
    CHECK(event.bucket(Bucket::outputs) == R"({"result":"yes"})");
    CHECK(event.bucket(Bucket::config) == R"({"temperature":0.25})");
    CHECK(event.bucket(Bucket::metadata) == R"({"tags":["a"]})");
    CHECK(event.bucket(Bucket::metrics) == R"({"ok":true})");
    CHECK(event.bucket(Bucket::feedback) == R"({"rating":5})");
    CHECK(event.bucket(Bucket::user_properties) == R"({"plan":"pro"})");
  }

  TEST_CASE("unknown attributes are metadata under their whole key, with their type") {
    CHECK(with({{"attr.int", any(1)},
                {"honeyhive.inputs.prompt", any("p")},
                {"honeyhive_inputs.", any("no key")},
                {"honeyhive_error_type", any("ValueError")},
                {"honeyhive_duration_ms", any(0.5)}})
              .bucket(Bucket::metadata) ==
          R"({"attr.int":1,"honeyhive.inputs.prompt":"p","honeyhive_inputs.":"no key",)"
          R"("honeyhive_error_type":"ValueError","honeyhive_duration_ms":0.5})");
  }

  TEST_CASE("explicit metadata wins over a plain attribute of the same name, which is not lost") {
    CHECK(with({{"honeyhive_metadata.k", any(1)}, {"k", any(2)}}).bucket(Bucket::metadata) ==
          R"({"k":1,"honeyhive.displaced":{"k":2}})");
    CHECK(with({{"k", any(1)}, {"honeyhive_metadata.k", any(1)}}).bucket(Bucket::metadata) ==
          R"({"k":1})");
  }

  TEST_CASE("what metadata shows of the span's ids cannot be overwritten") {
    CHECK(with({{"trace_id", any("mine")}, {"honeyhive_metadata.span_id", any("mine")}})
              .bucket(Bucket::metadata) ==
          R"({"honeyhive.displaced":{"trace_id":"mine","honeyhive_metadata.span_id":"mine"}})");
  }

  TEST_CASE("a known event type is taken, in any case, and a copy stays in metadata") {
    const Event event =
        with({{"honeyhive.event_type", any("tool")}, {"honeyhive_event_type", any("Chain")}});
    CHECK(event.event_type == "chain");
    CHECK(event.event_type_text == "");  // the same type, differently written
    CHECK(event.bucket(Bucket::metadata) ==
          R"({"honeyhive_event_type":"Chain","honeyhive.event_type":"tool"})");
    const Event dotted = with({{"honeyhive.event_type", any("model")}});
    CHECK(dotted.event_type == "model");
    CHECK(dotted.event_type_text == "");
    CHECK(dotted.bucket(Bucket::metadata) == R"({"honeyhive_event_type":"model"})");
  }

  TEST_CASE("an unknown event type keeps its text and is classified") {
    const Event event = with({{"honeyhive_event_type", any("user_authentication")}});
    CHECK(event.event_type == "tool");
    CHECK(event.event_type_text == "user_authentication");
    CHECK(with({{"honeyhive_event_type", any("rag")}, {"gen_ai.operation.name", any("chat")}})
              .event_type == "model");
  }

  TEST_CASE("a name may be given apart from the span's") {
    CHECK(with({{"honeyhive_event_name", any("shown")}}).event_name == "shown");
  }

  TEST_CASE("an error is HoneyHive's, else the status, else the exception") {
    CHECK(with({{"honeyhive_error", any("told")}}).error == "told");
    const SpanFields failed = {
        .attributes = {{"honeyhive_error", any("told")}}, .status = 2, .status_message = "status"};
    CHECK(mapped(failed).error == "told");
    CHECK(mapped({.status = 2, .status_message = "status"}).error == "status");
    const SpanFields thrown = {
        .events = {{1,
                    "exception",
                    {{"exception.type", any("E")}, {"exception.message", any("why")}}}},
        .status = 2};
    CHECK(mapped(thrown).error == "E: why");
    CHECK(mapped(thrown).status == Status::error);
    CHECK(mapped({.status = 2}).error == "error");
    CHECK(mapped({.status = 1, .status_message = "ignored"}).error == "");
    CHECK(mapped({.status = 1}).status == Status::ok);
    CHECK(mapped({.status = 77}).status == Status::unset);
  }

  TEST_CASE("what names an event is bounded, of whatever type it is, and says where it was cut") {
    const std::string large(1 << 20, '\xff');
    const std::string text(1 << 20, 'x');
    const std::vector<std::string> values = {any(text), any_bytes(large), any(large),
                                             any_array({any(text)}),
                                             any_kvlist({{"k", any(text)}})};
    for (std::size_t i = 0; i < values.size(); ++i) {
      CAPTURE(i);
      const Event event = with({{"honeyhive_event_name", values[i]},
                                {"honeyhive_event_type", values[i]},
                                {"honeyhive.session_name", values[i]},
                                {"honeyhive.source", values[i]},
                                {"honeyhive_error", values[i]}});
      for (const std::string* name :
           {&event.event_name, &event.event_type_text, &event.session_name, &event.source}) {
        CHECK(name->size() <= 4096);
        CHECK(name->ends_with("[cut]"));
      }
      CHECK(event.error.size() <= 1 << 20);
      CHECK_FALSE(map({.attributes = {{"honeyhive.session_id", values[i]}}}));
    }
    const Event failed = mapped({.name = text, .status = 2, .status_message = large});
    CHECK(failed.event_name.ends_with("x[cut]"));
    CHECK(failed.error.size() <= 1 << 20);
    CHECK(failed.status_description == failed.error);
  }

  TEST_CASE("events and links are kept as JSON") {
    const Event event = mapped({.events = {{18'446'744'073'709'551'615u, "e", {{"k", any(1)}}}},
                                .links = {{trace_a, span_c}}});
    CHECK(event.span_events ==
          R"([{"time_ns":"18446744073709551615","name":"e","attributes":{"k":1}}])");
    CHECK(event.links == R"([{"trace_id":"0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a",)"
                         R"("span_id":"0303030303030303","attributes":{}}])");
  }

  TEST_CASE("the trace state and the attributes of the scope are in metadata") {
    const SpanFields fields = {.attributes = {{"otel.scope.own", any("span's")}},
                               .links = {{trace_a, span_c}},
                               .trace_state = "vendor=1"};
    const auto event = map(fields, {}, "", {{"team", any("search")}, {"own", any("scope's")}});
    REQUIRE(event);
    CHECK(event->bucket(Bucket::metadata) ==
          R"({"otel.scope.own":"span's","w3c.tracestate":"vendor=1",)"
          R"("otel.scope.team":"search"})");
    CHECK(event->links.find(R"("trace_state":"vendor=1")") != std::string::npos);
    const auto large = map({}, {}, "", {{"text", any(std::string(1 << 20, 'x'))}, {"n", any(1)}});
    REQUIRE(large);
    CHECK(large->bucket(Bucket::metadata) ==
          R"({"otel.scope.n":1,"otel.scope.honeyhive.dropped_attributes":1})");
  }

  TEST_CASE("odd times are stored as sent and marked, and an end before the start is length zero") {
    const Event backwards = mapped({.start = 1'700'000'000'000'000'000, .end = 5});
    CHECK(backwards.end_ns == backwards.start_ns);
    CHECK(backwards.clock_odd);
    CHECK(backwards.arrival_ns == 0);  // its start may well be right
    const Event unset = mapped({.start = 0, .end = 0});
    CHECK(unset.start_ns == 0);
    CHECK(unset.clock_odd);
    CHECK(unset.arrival_ns == arrival);
    const Event ahead = mapped({.start = arrival + 7'200'000'000'000u, .end = UINT64_MAX});
    CHECK(ahead.clock_odd);
    CHECK(ahead.end_ns == INT64_MAX);
    CHECK(ahead.arrival_ns == arrival);
    const Event endless = mapped({.start = 1'700'000'000'000'000'000, .end = UINT64_MAX});
    CHECK(endless.clock_odd);
    CHECK(endless.arrival_ns == 0);
  }

  TEST_CASE("tokens and model come from the first attribute that says so") {
    const Event event = with({{"gen_ai.usage.prompt_tokens", any(3)},
                              {"gen_ai.usage.input_tokens", any(10)},
                              {"gen_ai.usage.output_tokens", any("20")},
                              {"gen_ai.response.model", any("m-2024")},
                              {"gen_ai.request.model", any("m")}});
    CHECK(event.tokens_in == 10);
    CHECK(event.tokens_out == 20);
    CHECK(event.model == "m");
    const Event ours = with({{"honeyhive_metadata.prompt_tokens", any(4.0)},
                             {"honeyhive_metrics.completion_tokens", any(5)},
                             {"honeyhive_config.model", any("c")}});
    CHECK(ours.tokens_in == 4);
    CHECK(ours.tokens_out == 5);
    CHECK(ours.model == "c");
    const Event nonsense =
        with({{"gen_ai.usage.input_tokens", any(-5)}, {"gen_ai.usage.output_tokens", any(1e300)}});
    CHECK(nonsense.tokens_in == 0);
    CHECK(nonsense.tokens_out == 0);
  }

  TEST_CASE("what was left out is counted in metadata") {
    SpanFields fields = {.attributes = {{"", any(1)}}};
    fields.events.resize(1030);
    CHECK(mapped(fields).bucket(Bucket::metadata) ==
          R"({"honeyhive.dropped_attributes":1,"honeyhive.dropped_events":6})");
  }

  TEST_CASE("what the sender left out is counted with what was left out here") {
    SpanFields fields = {.attributes = {{"", any(1)}},
                         .events = {{5, "e", {{"k", any(1)}, {"", any(2)}}, 3}, {6, "f", {}, 4}},
                         .dropped_attributes = 2,
                         .dropped_events = 7,
                         .dropped_links = 9};
    const Event event = mapped(fields);
    CHECK(event.bucket(Bucket::metadata) ==
          R"({"honeyhive.dropped_attributes":3,"honeyhive.dropped_events":7,)"
          R"("honeyhive.dropped_links":9})");
    CHECK(event.span_events ==
          R"([{"time_ns":"5","name":"e","attributes":{"k":1,"honeyhive.dropped_attributes":4}},)"
          R"({"time_ns":"6","name":"f","attributes":{"honeyhive.dropped_attributes":4}}])");
  }

  TEST_CASE("an id given by the program goes with the span, and one that is too long does not") {
    const Event event = with({{"honeyhive_event_id", any("order-17")}});
    CHECK(event.event_id == "order-17");
    CHECK(event.bucket(Bucket::metadata) == R"({"honeyhive_event_id":"order-17"})");
    const Event long_id = with({{"honeyhive_event_id", any(std::string(300, 'x'))}});
    CHECK(long_id.event_id == otlp::event_id(long_id.trace_id, long_id.span_id).text());
  }
}
