#include "otlp/decode.h"

#include <doctest/doctest.h>

#include <random>

#include "core/limits.h"
#include "otlp/any_value_json.h"
#include "unit/otlp/trace_request.h"

using namespace honeyhive;
using namespace honeyhive::testing;

TEST_SUITE("otlp/decode") {
  // Everything of a request as text, so that a test compares one string.
  struct Decoded {
    core::Result<void> result;
    std::string text;
    std::size_t spans = 0;
  };

  std::string hex(std::string_view bytes) {
    std::string out;
    for (const char c : bytes) {
      static constexpr char digits[] = "0123456789abcdef";
      out += digits[static_cast<unsigned char>(c) >> 4];
      out += digits[static_cast<unsigned char>(c) & 15];
    }
    return out;
  }

  void print(std::string & out, const otlp::ResourceView& resource, const otlp::ScopeView& scope,
             const otlp::SpanView& span) {
    out += otlp::place_of(resource, scope, span) + ' ';
    otlp::append_json(out, resource.attributes);
    out.append(" ").append(scope.name).append("@").append(scope.version).append(" ");
    out += hex(span.trace_id) + '/' + hex(span.span_id) + '<' + hex(span.parent_span_id) + ' ';
    out.append(span.name).append(" kind=").append(std::to_string(span.kind)).append(" ");
    out += std::to_string(span.start_ns) + '-' + std::to_string(span.end_ns) + ' ';
    otlp::append_json(out, span.attributes);
    otlp::EventView event;
    for (const auto encoded : span.events) {
      otlp::read_event(encoded, event);
      out.append(" event ").append(event.name).append("@").append(std::to_string(event.time_ns));
      otlp::append_json(out, event.attributes);
    }
    otlp::LinkView link;
    for (const auto encoded : span.links) {
      otlp::read_link(encoded, link);
      out += " link " + hex(link.trace_id) + '/' + hex(link.span_id);
      otlp::append_json(out, link.attributes);
    }
    out += " status=" + std::to_string(span.status_code) + ':';
    out.append(span.status_message).append("\n");
  }

  Decoded decode(std::string_view body) {
    Decoded decoded;
    decoded.result = otlp::decode_trace_request(
        body, [&](const otlp::ResourceView& resource, const otlp::ScopeView& scope,
                  const otlp::SpanView& span) {
          ++decoded.spans;
          print(decoded.text, resource, scope, span);
        });
    return decoded;
  }

  const SpanFields full = {.parent_span_id = span_b,
                           .name = "answer",
                           .attributes = {{"n", any(1)}, {"s", any("x")}},
                           .events = {{5, "exception", {{"m", any("boom")}}}},
                           .links = {{trace_a, span_c}},
                           .status = 2,
                           .status_message = "bad"};

  TEST_CASE("every field of a span arrives") {
    const auto decoded =
        decode(encode_request({full, SpanFields{}}, {{"service.name", any("svc")}}));
    REQUIRE(decoded.result);
    CHECK(decoded.text ==
          "resource_spans[0].scope_spans[0].spans[0] {\"service.name\":\"svc\"} lib@1.2 "
          "0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a/0101010101010101<0202020202020202 answer kind=1 "
          "1700000000000000000-1700000000250000000 {\"n\":1,\"s\":\"x\"} "
          "event exception@5{\"m\":\"boom\"} "
          "link 0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a/0303030303030303{} status=2:bad\n"
          "resource_spans[0].scope_spans[0].spans[1] {\"service.name\":\"svc\"} lib@1.2 "
          "0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a/0101010101010101< step kind=1 "
          "1700000000000000000-1700000000250000000 {} status=0:\n");
  }

  TEST_CASE("an empty request and empty messages are fine") {
    CHECK(decode("").result);
    CHECK(decode(std::string("\x0a\x00", 2)).result);
    const auto decoded = decode(encode_request({std::string()}));
    CHECK(decoded.result);
    CHECK(decoded.spans == 1);
  }

  TEST_CASE("resource and scope may stand behind the spans they belong to") {
    std::string body;
    {
      pbf_writer request(body);
      pbf_writer resource_spans(request, field::request::resource_spans);
      {
        pbf_writer scope_spans(resource_spans, field::resource_spans::scope_spans);
        scope_spans.add_message(field::scope_spans::spans, encode_span({}));
        pbf_writer scope(scope_spans, field::scope_spans::scope);
        scope.add_string(field::scope::name, "late");
      }
      pbf_writer resource(resource_spans, field::resource_spans::resource);
      resource.add_message(field::resource::attributes, key_value("k", any(1)));
    }
    const auto decoded = decode(body);
    REQUIRE(decoded.result);
    CHECK(decoded.text.find("{\"k\":1} late@ ") != std::string::npos);
  }

  TEST_CASE("a scalar that comes again wins, a message that comes again is merged") {
    std::string span = encode_span({.name = "first", .status = 2, .status_message = "kept"});
    pbf_writer writer(span);
    writer.add_string(field::span::name, "second");
    {
      pbf_writer status(writer, field::span::status);
      status.add_enum(field::status::code, 1);
    }
    const auto decoded = decode(encode_request({span}));
    REQUIRE(decoded.result);
    CHECK(decoded.text.find(" second kind=1 ") != std::string::npos);
    CHECK(decoded.text.find(" status=1:kept") != std::string::npos);
  }

  TEST_CASE("unknown fields, and known ones of another wire type, are skipped") {
    std::string span = encode_span({});
    pbf_writer writer(span);
    writer.add_string(99, "future");
    writer.add_uint64(field::span::name, 7);
    writer.add_string(field::span::start_time, "12345678");
    writer.add_fixed32(field::span::flags, 0x101);
    CHECK(decode(encode_request({span})).text == decode(encode_request({SpanFields{}})).text);
  }

  TEST_CASE("one request may carry many resources and scopes") {
    const std::string one = encode_request({SpanFields{}}, {{"r", any(1)}});
    const auto decoded = decode(one + encode_request({SpanFields{}, SpanFields{}}));
    REQUIRE(decoded.result);
    CHECK(decoded.spans == 3);
    CHECK(decoded.text.find("resource_spans[1].scope_spans[0].spans[1] {} ") != std::string::npos);
  }

  TEST_CASE("places count from zero in each scope") {
    std::string body;
    {
      pbf_writer request(body);
      pbf_writer resource_spans(request, field::request::resource_spans);
      for (int i = 0; i < 2; ++i) {
        pbf_writer scope_spans(resource_spans, field::resource_spans::scope_spans);
        scope_spans.add_message(field::scope_spans::spans, encode_span({}));
      }
    }
    const auto decoded = decode(body);
    REQUIRE(decoded.result);
    CHECK(decoded.text.find("scope_spans[0].spans[0] ") != std::string::npos);
    CHECK(decoded.text.find("scope_spans[1].spans[0] ") != std::string::npos);
  }

  TEST_CASE("an error names the byte and the message where it happened") {
    std::string body = encode_request({full});
    body[1] = 127;  // the length of the first ResourceSpans
    const auto decoded = decode(body.substr(0, 100));
    REQUIRE_FALSE(decoded.result);
    CHECK(decoded.result.error().code == core::Error::Code::malformed_data);
    CHECK(decoded.result.error().message ==
          "trace request: byte 0, in ExportTraceServiceRequest near "
          "resource_spans[0].scope_spans[0].spans[0]: a field runs past the end of its message");

    std::string span = encode_span({});
    span += "\x4a\x7f";  // an attribute of 127 bytes that are not there
    const auto second = decode(encode_request({encode_span({}), span}));
    REQUIRE_FALSE(second.result);
    CHECK(second.spans == 1);
    CHECK(second.result.error().message.find(
              ", in Span near resource_spans[0].scope_spans[0].spans[1]: a field runs past") !=
          std::string::npos);
  }

  TEST_CASE("a request cut at any byte is an error or a shorter request, never more") {
    const std::string body = encode_request({full, full}, {{"service.name", any("svc")}});
    for (std::size_t length = 0; length < body.size(); ++length) {
      CAPTURE(length);
      const std::string cut = body.substr(0, length);
      CHECK(decode(cut).result.has_value() == (length == 0));
    }
    CHECK(decode(body).result);
  }

  TEST_CASE("20,000 random mutations end in an answer") {
    const std::string original = encode_request(
        {full, SpanFields{.attributes = {{"l", any_array({any(1), any_kvlist({{"a", any(2.5)}})})},
                                         {"b", any_bytes("xyz")}}}},
        {{"service.name", any("svc")}});
    std::mt19937 random(20261120);
    std::size_t accepted = 0;
    for (int round = 0; round < 20'000; ++round) {
      std::string body = original;
      for (auto i = random() % 4 + 1; i > 0; --i) {
        body[random() % body.size()] = static_cast<char>(random());
      }
      if (random() % 4 == 0) body.resize(random() % body.size());
      accepted += decode(body).result.has_value();
    }
    CHECK(accepted > 1'000);  // changes of text and numbers
    CHECK(accepted < 19'000);
  }

  TEST_CASE("long keys are cut at a character, attributes without a key are counted") {
    const std::string key = std::string(1023, 'k') + "\xc3\xa4" + std::string(9'000, 'k');
    std::uint64_t dropped = 0;
    std::string seen;
    const std::string body =
        encode_request({SpanFields{.attributes = {{key, any(1)}, {"", any(2)}}}});
    const auto result = otlp::decode_trace_request(
        body, [&](const otlp::ResourceView&, const otlp::ScopeView&, const otlp::SpanView& span) {
          REQUIRE(span.attributes.items.size() == 1);
          seen = span.attributes.items[0].key;
          dropped = span.attributes.dropped;
        });
    REQUIRE(result);
    CHECK(seen == std::string(1023, 'k'));
    CHECK(dropped == 1);
  }

  TEST_CASE("of long keys that are alike once they are cut, those that are lost are counted") {
    const std::string start(1024, 'k');
    for (const std::size_t others : {0u, 30u}) {  // few are compared, many are sorted
      CAPTURE(others);
      std::vector<Attribute> attributes = {{start + "a", any(1)},
                                           {start + "b", any(2)},
                                           {start + "b", any(3)},
                                           {"x", any(1)},
                                           {"x", any(2)}};
      for (std::size_t i = 0; i < others; ++i) attributes.push_back({std::to_string(i), any(0)});
      std::uint64_t dropped = 0;
      std::int64_t kept = 0;
      REQUIRE(otlp::decode_trace_request(
          encode_request({SpanFields{.attributes = attributes}}),
          [&](const otlp::ResourceView&, const otlp::ScopeView&, const otlp::SpanView& span) {
            dropped = span.attributes.dropped;
            kept = span.attributes.find(start)->integer;
          }));
      CHECK(dropped == 1);
      CHECK(kept == 3);
    }
  }

  TEST_CASE("lists are bounded, what is above is counted") {
    SpanFields fields;
    for (int i = 0; i < 10'050; ++i)
      fields.attributes.emplace_back("k" + std::to_string(i), any(i));
    fields.events.resize(core::limits::events_per_span + 3);
    fields.links.resize(core::limits::links_per_span + 4, {trace_a, span_a});
    const std::string body = encode_request({fields});
    const auto result = otlp::decode_trace_request(
        body, [&](const otlp::ResourceView&, const otlp::ScopeView&, const otlp::SpanView& span) {
          CHECK(span.attributes.items.size() == 10'000);
          CHECK(span.attributes.dropped == 50);
          CHECK(span.events.size() == core::limits::events_per_span);
          CHECK(span.dropped_events == 3);
          CHECK(span.links.size() == core::limits::links_per_span);
          CHECK(span.dropped_links == 4);
        });
    CHECK(result);
  }

  TEST_CASE("a body above the bound is refused unread") {
    // NOLINTNEXTLINE(bugprone-string-constructor): so long on purpose
    const std::string body(100'000'000, 'x');
    const auto decoded = decode(body);
    REQUIRE_FALSE(decoded.result);
    CHECK(decoded.result.error().code == core::Error::Code::limit_exceeded);
    CHECK(decoded.result.error().message ==
          "trace request: 100000000 bytes, at most 67108864 are taken");
  }

  TEST_CASE("a request of too many tiny spans is refused") {
    const auto decoded =
        decode(encode_request(std::vector<std::string>(core::limits::items_per_request + 1, "")));
    REQUIRE_FALSE(decoded.result);
    CHECK(decoded.result.error().code == core::Error::Code::limit_exceeded);
    CHECK(decoded.spans == core::limits::items_per_request);
  }
}
