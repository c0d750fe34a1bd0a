#include "server/ingest/otlp_traces.h"

#include <doctest/doctest.h>

#include <random>

#include "core/limits.h"
#include "server/store/event_codec.h"
#include "unit/server/ingest/api_fixture.h"

using namespace honeyhive;
using namespace honeyhive::server;
using namespace honeyhive::testing;
using namespace std::chrono_literals;

TEST_SUITE("server/ingest/otlp_traces") {
  struct Partial {
    std::int64_t rejected = 0;
    std::string message;
  };

  Partial partial_success(const std::string& body) {
    Partial partial;
    protozero::pbf_reader response(body);
    while (response.next(field::response::partial_success)) {
      auto reader = response.get_message();
      while (reader.next()) {
        if (reader.tag() == field::partial_success::rejected_spans) {
          partial.rejected = reader.get_int64();
        } else {
          partial.message = reader.get_string();
        }
      }
    }
    return partial;
  }

  std::size_t stored_spans(Api & api) {
    const auto traces = api.store().traces({});
    REQUIRE(traces);
    std::size_t spans = 0;
    for (const auto& trace : *traces) spans += trace.spans;
    return spans;
  }

  std::string four(int n) {
    const std::string digits = std::to_string(n);
    return std::string(4 - digits.size(), '0') + digits;
  }

  const SpanFields child = {.span_id = span_b, .parent_span_id = span_a, .name = "child"};

  TEST_CASE("a request is answered with an empty response when its spans are stored") {
    Api api;
    const auto response = api.post_traces(encode_request({SpanFields{}, child}));
    CHECK(response.status == 200);
    CHECK(response.content_type == "application/x-protobuf");
    CHECK(response.body == "");
    CHECK(stored_spans(api) == 2);
  }

  TEST_CASE("HoneyHive's path is the same endpoint, and spans sent again are not stored again") {
    Api api;
    const std::string body = encode_request({SpanFields{}, child});
    api.post_traces(body);
    CHECK(api.call({"POST", "/opentelemetry/v1/traces", body, "application/x-protobuf"}).status ==
          200);
    CHECK(stored_spans(api) == 2);
  }

  TEST_CASE("each resource of a request speaks for its own spans only") {
    HeldStore store;
    Api api(store);
    api.begin({"POST", "/v1/traces",
               encode_request({SpanFields{}}, {{"honeyhive.project", any("p")}}) +
                   encode_request({child}, {{"honeyhive.project", any("q")}}) +
                   encode_request({SpanFields{.span_id = span_c}}),
               "application/x-protobuf"});
    REQUIRE(store.events.size() == 3);
    CHECK(store.events[0].project == "p");
    CHECK(store.events[1].project == "q");
    CHECK(store.events[1].resource == R"({"honeyhive.project":"q"})");
    CHECK(store.events[2].project == "default");
    CHECK(store.events[2].resource == "");
  }

  TEST_CASE("an empty request is fine") {
    Api api;
    CHECK(api.post_traces("").status == 200);
    CHECK(api.post_traces(encode_request(std::vector<SpanFields>{})).status == 200);
  }

  TEST_CASE("no answer leaves before the disk has it") {
    HeldStore store;
    Api api(store);
    auto answer =
        api.begin({"POST", "/v1/traces", encode_request({SpanFields{}}), "application/x-protobuf"});
    CHECK(answer.wait_for(0s) == std::future_status::timeout);
    CHECK(store.events.size() == 1);
    store.done({});
    CHECK(answer.get().status == 200);
  }

  TEST_CASE("a full queue is 429 and a failed disk 503, both with Retry-After") {
    HeldStore store;
    Api api(store);
    const Call call = {"POST", "/v1/traces", encode_request({SpanFields{}}),
                       "application/x-protobuf"};
    store.is_full = true;
    const auto full = api.call(call);
    CHECK(full.status == 429);
    REQUIRE(full.headers.size() == 1);
    CHECK(full.headers[0].name == "Retry-After");
    CHECK(rpc_status(full.body) == std::pair<int, std::string>(8, "the queue to the disk is full"));

    store.is_full = false;
    auto answer = api.begin(call);
    store.done(core::Error{core::Error::Code::unavailable, "seg-1.log: fdatasync: EIO"});
    const auto failed = answer.get();
    CHECK(failed.status == 503);
    REQUIRE(failed.headers.size() == 1);
    CHECK(failed.headers[0].name == "Retry-After");
    CHECK(rpc_status(failed.body) == std::pair<int, std::string>(14, "seg-1.log: fdatasync: EIO"));
  }

  TEST_CASE("bad spans are refused one by one, by place and reason, and the others are stored") {
    Api api;
    const auto response = api.post_traces(encode_request({
        SpanFields{},
        {.trace_id = std::string(16, '\0')},
        {.span_id = std::string(8, '\0')},
        {.trace_id = "short"},
        {.span_id = span_a + span_b},
        {.parent_span_id = "xyz"},
        {.attributes = {{"honeyhive.project", any(std::string(257, 'p'))}}},
        {.attributes = {{"honeyhive.project", any("a\nb")}}},
        {.attributes = {{"honeyhive.session_id", any(std::string(257, 's'))}}},
        child,
    }));
    CHECK(response.status == 200);
    CHECK(stored_spans(api) == 2);
    const Partial partial = partial_success(response.body);
    CHECK(partial.rejected == 8);
    CHECK(partial.message ==
          "resource_spans[0].scope_spans[0].spans[1]: trace_id is all zeros; "
          "resource_spans[0].scope_spans[0].spans[2]: span_id is all zeros; "
          "resource_spans[0].scope_spans[0].spans[3]: trace_id has 5 bytes, not 16; "
          "resource_spans[0].scope_spans[0].spans[4]: span_id has 16 bytes, not 8; "
          "resource_spans[0].scope_spans[0].spans[5]: parent_span_id has 3 bytes, not 8; "
          "and 3 more");
  }

  TEST_CASE("400 if no span is left, with a status that says why") {
    Api api;
    const auto response = api.post_traces(
        encode_request({{.attributes = {{"honeyhive.project", any("a\x7f")}}},
                        {.attributes = {{"honeyhive.session_id", any(std::string(300, 's'))}}}}));
    CHECK(response.status == 400);
    CHECK(response.content_type == "application/x-protobuf");
    CHECK(rpc_status(response.body) ==
          std::pair<int, std::string>(
              3,
              "resource_spans[0].scope_spans[0].spans[0]: honeyhive.project contains a control "
              "character; resource_spans[0].scope_spans[0].spans[1]: honeyhive.session_id is "
              "longer than 256 bytes"));
  }

  TEST_CASE("malformed framing is 400, names the place, and stores nothing") {
    Api api;
    std::string span = encode_span(child);
    span += "\x4a\x7f";
    const auto response = api.post_traces(encode_request({encode_span({}), span}));
    CHECK(response.status == 400);
    const auto [code, message] = rpc_status(response.body);
    CHECK(code == 3);
    CHECK(message.find("in Span near resource_spans[0].scope_spans[0].spans[1]: a field runs past "
                       "the end of its message") != std::string::npos);
    CHECK(stored_spans(api) == 0);
  }

  TEST_CASE("a request cut at any byte is answered and stores nothing it should not") {
    HeldStore store;
    Api api(store);
    const std::string body = encode_request({SpanFields{}, child});
    for (std::size_t length = 1; length < body.size(); ++length) {
      CAPTURE(length);
      CHECK(api.post_traces(body.substr(0, length)).status == 400);
      CHECK(store.events.empty());
    }
  }

  TEST_CASE("20,000 random mutations are answered, each once") {
    HeldStore store;
    Api api(store);
    const std::string original = encode_request(
        {{.attributes = {{"honeyhive_inputs.q", any("why")},
                         {"honeyhive_metrics.score", any(0.5)},
                         {"list", any_array({any(1), any_kvlist({{"a", any_bytes("x")}})})}},
          .events = {{1, "exception", {{"exception.message", any("boom")}}}},
          .links = {{trace_a, span_c}},
          .status = 2},
         child},
        {{"service.name", any("svc")}, {"honeyhive.project", any("p")}});
    std::mt19937 random(8);
    std::array<int, 600> statuses{};
    for (int round = 0; round < 20'000; ++round) {
      std::string body = original;
      for (auto i = random() % 3 + 1; i > 0; --i) {
        body[random() % body.size()] = static_cast<char>(random());
      }
      auto answer = api.begin({"POST", "/v1/traces", std::move(body), "application/x-protobuf"});
      if (store.done) std::exchange(store.done, nullptr)({});
      REQUIRE(answer.wait_for(0s) == std::future_status::ready);
      ++statuses.at(static_cast<std::size_t>(answer.get().status));
    }
    CHECK(statuses[200] > 1'000);
    CHECK(statuses[400] > 1'000);
    CHECK(statuses[200] + statuses[400] == 20'000);
  }

  TEST_CASE("a span above the bound is refused, the request is not") {
    HeldStore store;
    Api api(store);
    const SpanFields large = {
        .attributes = {{"text", any(std::string(core::limits::received_span_bytes, 'x'))}}};
    auto answer =
        api.begin({"POST", "/v1/traces", encode_request({large, child}), "application/x-protobuf"});
    CHECK(store.events.size() == 1);
    store.done({});
    CHECK(partial_success(answer.get().body).rejected == 1);
  }

  TEST_CASE("a span of ten thousand attributes is stored, and those above the bound are counted") {
    HeldStore store;
    Api api(store);
    SpanFields wide;
    for (int i = 0; i < 10'007; ++i) wide.attributes.emplace_back("k" + std::to_string(i), any(i));
    api.begin({"POST", "/v1/traces", encode_request({wide}), "application/x-protobuf"});
    REQUIRE(store.events.size() == 1);
    const std::string& metadata = store.events[0].bucket(Bucket::metadata);
    CHECK(metadata.find("\"k9998\":9998,") != std::string::npos);
    CHECK(metadata.find("\"k10000\":") == std::string::npos);
    CHECK(metadata.ends_with("\"k9999\":9999,\"honeyhive.dropped_attributes\":7}"));
  }

  std::vector<SpanFields> many_spans(int count) {
    std::vector<SpanFields> spans(static_cast<std::size_t>(count));
    for (int n = 0; n < count; ++n) spans[static_cast<std::size_t>(n)].span_id = "span" + four(n);
    return spans;
  }

  TEST_CASE("a resource and a scope too large to be copied to each span are cut, and say so") {
    HeldStore store;
    Api api(store);
    const std::string large(1'000'000, 'a');
    api.begin({"POST", "/v1/traces",
               encode_request(many_spans(1'500), {{"service.name", any("svc")},
                                                  {"large", any(large)},
                                                  {"honeyhive.source", any(large)}}),
               "application/x-protobuf"});
    REQUIRE(store.events.size() == 1'500);
    CHECK(store.events[0].resource == R"({"service.name":"svc","honeyhive.dropped_attributes":2})");
    CHECK(store.events[0].source.size() == core::limits::name_bytes);
    CHECK(store.events[0].source.ends_with("a[cut]"));
    CHECK(event_bytes(store.events[1'499]) < 8'192);
  }

  TEST_CASE("a request that becomes too large in memory is 413, and nothing of it is stored") {
    HeldStore store;
    Api api(store);
    const auto refuse = [&](const std::string& body) {
      auto response = api.begin({"POST", "/v1/traces", body, "application/x-protobuf"});
      REQUIRE(response.wait_for(0s) == std::future_status::ready);
      return response.get();
    };
    // By what is copied to each span; by characters that JSON writes as six.
    const std::string copied(60'000, 'a');
    std::vector<SpanFields> sixfold = many_spans(4);
    for (SpanFields& span : sixfold) {
      span.attributes = {{"honeyhive_inputs.x", any(std::string(8'000'000, '\x01'))}};
    }
    for (const std::string& body :
         {encode_request(many_spans(3'000), {{"a", any(copied)}}), encode_request(sixfold)}) {
      const Response response = refuse(body);
      CHECK(response.status == 413);
      CHECK(
          rpc_status(response.body) ==
          std::pair<int, std::string>(8, "the request takes more than 128 MB; send less at once"));
      CHECK(store.events.empty());
    }
  }

  TEST_CASE(
      "requests that together take too much memory are 429, and what one took is given back") {
    HeldStore store;
    Budget budget(8'192);
    IngestDeps deps{store, [] { return now; }};
    deps.budget = &budget;
    const auto ask = [&](int spans) {
      Request request;
      request.body = encode_request(many_spans(spans));
      request.add_header("Content-Type", "application/x-protobuf");
      std::optional<Response> answer;
      receive_traces(deps, request, Responder([&](Response response) { answer = response; }));
      CHECK(budget.used() == 0);
      if (!answer) std::exchange(store.done, nullptr)({});
      return *answer;
    };
    CHECK(ask(2).status == 200);
    const Response full = ask(20);
    CHECK(full.status == 429);
    REQUIRE(full.headers.size() == 1);
    CHECK(full.headers[0].name == "Retry-After");
    CHECK(store.events.size() == 2);
  }
}
