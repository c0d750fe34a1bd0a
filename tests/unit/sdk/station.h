#pragma once

// A worker that a test steps by hand: virtual time, a scripted network, tracers of its own, and the
// requests decoded by the server's decoder.

#include <doctest/doctest.h>

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fakes/fake_http_client.h"
#include "fakes/gunzip.h"
#include "otlp/decode.h"
#include "otlp/encode.h"
#include "sdk/deliver/worker.h"
#include "sdk/record/entropy.h"
#include "sdk/record/span_writer.h"
#include "sdk/session.h"

namespace honeyhive::testing {

struct WireSpan {
  std::string name;
  std::string span_id;  // raw bytes
  std::string trace_id;
  std::uint64_t start_ns = 0;
  std::uint64_t end_ns = 0;
  std::map<std::string, std::string> text;  // string attributes
  std::map<std::string, bool> flags;        // boolean attributes
  std::map<std::string, std::string> resource;
  std::string scope;
};

inline std::vector<WireSpan> spans_of(const std::string& body) {
  std::vector<WireSpan> out;
  const auto decoded = otlp::decode_trace_request(
      body, [&](const otlp::ResourceView& resource, const otlp::ScopeView& scope,
                const otlp::SpanView& span) {
        WireSpan made;
        made.name = span.name;
        made.span_id = span.span_id;
        made.trace_id = span.trace_id;
        made.start_ns = span.start_ns;
        made.end_ns = span.end_ns;
        for (const auto& item : span.attributes.items) {
          if (item.value.kind == otlp::AnyValue::Kind::string) {
            made.text[std::string(item.key)] = item.value.text;
          }
          if (item.value.kind == otlp::AnyValue::Kind::boolean) {
            made.flags[std::string(item.key)] = item.value.boolean;
          }
        }
        for (const auto& item : resource.attributes.items) {
          made.resource[std::string(item.key)] = item.value.text;
        }
        made.scope = scope.name;
        out.push_back(std::move(made));
      });
  REQUIRE(decoded.has_value());
  return out;
}

class Station {
 public:
  using Tracer = detail::TracerImpl;

  Station()
      : tape(std::make_shared<fakes::HttpTape>()),
        worker(sdk::Recorder::get(), std::make_unique<fakes::FakeHttpClient>(tape)) {}
  ~Station() {
    for (const auto& tracer : tracers_) {
      tracer->close_once();
      worker.drop_tracer(*tracer);
    }
    step(std::chrono::seconds(1));
    worker.stop();  // the last answers are for tracers that are still there
    sdk::Recorder::get().waker().set([](void*) noexcept {}, nullptr);
  }

  static sdk::Settings settings() {
    sdk::Settings made;
    made.project.value = "p";
    made.session_name.value = "s";
    made.source.value = "dev";
    made.sample_rate.value = 1;
    made.buffer_bytes.value = 16 << 20;
    made.export_timeout.value = std::chrono::seconds(5);
    return made;
  }

  // A tracer without a session start, so that its spans wait for nothing; or with one.
  // With `Sharing::yes` the arena is shared out anew, as the runtime does for each tracer.
  enum class Sharing : std::uint8_t { no, yes };
  Tracer& add(const sdk::Settings& from = settings(), bool has_session = false,
              const std::string& server = "http://one", Sharing sharing = Sharing::no) {
    static std::uint32_t next_index = 1000;
    auto& made = *tracers_.emplace_back(std::make_unique<Tracer>());
    made.index = next_index++;
    auto& destination = destinations_[server];
    if (destination == nullptr) destination = &sdk::Recorder::get().add_destination();
    made.destination = destination;
    made.begin(from, sdk::random_uuid().text());
    in_use_.push_back({destination, from.buffer_bytes.value});
    if (sharing == Sharing::yes) {
      share_the_arena();
    } else {
      sdk::Recorder::get().set_limits({in_use_.back()});
    }
    if (has_session) record_session_start(made);
    worker.add_tracer(made, {server, "key", from.project.value}, has_session);
    return made;
  }

  // Halves, as with every other destination active.
  void share_the_arena() { sdk::Recorder::get().set_limits(in_use_); }

  static void record_session_start(Tracer& tracer) {
    const std::string body =
        R"({"session":{"session_id":")" + tracer.session_id + "\"" + session_members + "}}";
    sdk::ThreadState* const thread = sdk::this_thread();
    REQUIRE(thread->slot(tracer)->lane->append({.bytes = static_cast<std::uint32_t>(body.size()),
                                                .type = sdk::RecordType::session_start,
                                                .flags = 0,
                                                .tracer = tracer.index,
                                                .end_ns = 1},
                                               body.data()));
  }

  // A span with a text of `bytes` bytes; whether it found room.
  static bool record(Tracer& tracer, std::string_view name = "span", std::size_t bytes = 0) {
    sdk::SpanState* const span = sdk::start_span(tracer, name);
    REQUIRE(span != nullptr);
    if (bytes > 0) sdk::SpanWriter(span).text("text", std::string(bytes, 'x'));
    return sdk::end_span(*span);
  }

  // -- created sessions: what a recording thread does, each record with its reference

  // With the reference of whoever created it, for `release_session`.
  static sdk::Session& create(Tracer& tracer, const std::string& id, bool is_created = true) {
    sdk::Session* const made = sdk::make_session(tracer, {id, "named " + id, ""}, is_created);
    REQUIRE(made != nullptr);
    return *made;
  }
  static bool record_start(sdk::Session& session) {
    const std::string body = R"({"session":{"session_id":")" + session.text.id + "\"}}";
    return append(session.tracer, &session, sdk::RecordType::session_start, body);
  }
  // The usual beginning: with its start, and without a name of its own.
  static sdk::Session& begin(Tracer& tracer, const std::string& id = sdk::random_uuid().text()) {
    sdk::Session& made = create(tracer, id);
    CHECK(record_start(made));
    return made;
  }
  static bool record_in(sdk::Session& session, std::string_view name = "span",
                        std::uint16_t flags = 0) {
    namespace field = otlp::field;
    static std::atomic<std::uint64_t> span_id{0};
    std::string record(otlp::record_frame_bytes, '\0');
    const auto put = [&](std::uint32_t number, std::string_view bytes) {
      record += otlp::tag_byte(number, otlp::Wire::bytes);
      record += static_cast<char>(bytes.size());
      record += bytes;
    };
    put(field::span::trace_id, std::string(16, 't'));
    const std::uint64_t id = ++span_id;
    put(field::span::span_id, {reinterpret_cast<const char*>(&id), sizeof id});
    put(field::span::name, name);
    return append(session.tracer, &session, sdk::RecordType::span, record, flags);
  }
  static bool record_update(sdk::TracerCore& tracer, sdk::Session* session, std::string_view id,
                            std::string_view more) {
    std::string record{static_cast<char>(id.size() & 255), static_cast<char>(id.size() >> 8)};
    record += id;
    record += R"({"event_id":")" + std::string(id) + "\"," + std::string(more) + "}";
    return append(tracer, session, sdk::RecordType::event_update, record);
  }
  static bool update(sdk::Session& session, std::string_view more = R"("metadata":{"k":1})") {
    return record_update(session.tracer, &session, session.text.id, more);
  }

  static bool append(sdk::TracerCore& tracer, sdk::Session* session, sdk::RecordType type,
                     std::string_view record, std::uint16_t flags = 0) {
    if (session != nullptr) sdk::retain_session(*session);
    const bool has_room = sdk::this_thread()->slot(tracer)->lane->append(
        {.bytes = static_cast<std::uint32_t>(record.size()),
         .type = type,
         .flags = flags,
         .tracer = tracer.index,
         .end_ns = 1,
         .session = session != nullptr ? session->slot : 0},
        record.data());
    if (!has_room && session != nullptr) sdk::release_session(*session);
    return has_room;
  }

  void step(std::chrono::milliseconds later = {}) {
    now += later;
    worker.run_once(now, false);
  }

  // All spans of all requests to `server`, answered or not, in the order they were sent.
  std::vector<WireSpan> wire(const std::string& server = "http://one") const {
    std::vector<WireSpan> out;
    for (const std::size_t at : tape->to("/opentelemetry/v1/traces")) {
      if (!tape->sent[at].url.starts_with(server)) continue;
      const fakes::SentRequest& sent = tape->sent[at];
      const bool is_gzip = sent.has_header("Content-Encoding: gzip");
      const auto body = is_gzip ? fakes::gunzip(sent.body) : sent.body;
      REQUIRE(body.has_value());
      for (auto& span : spans_of(*body)) out.push_back(std::move(span));
    }
    return out;
  }

  static inline std::string session_members;  // further ones, of the sessions that are recorded
  std::shared_ptr<fakes::HttpTape> tape;
  sdk::Worker worker;
  sdk::SteadyTime now = std::chrono::steady_clock::now();

 private:
  std::vector<std::unique_ptr<Tracer>> tracers_;
  std::map<std::string, sdk::Destination*> destinations_;
  std::vector<sdk::Recorder::Use> in_use_;
};

}  // namespace honeyhive::testing
