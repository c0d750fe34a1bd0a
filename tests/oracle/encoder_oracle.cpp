// honeyhive_encoder_oracle DIR [SPANS [SEED]]
//
// Records random spans with a real tracer and writes to DIR the body of every trace request that
// its worker sent (0001.bin, ...), and to spans.jsonl a line per span that says what was set.
// test_encoder.py reads both with protobuf's own classes.

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <vector>

#include "core/json_writer.h"
#include "core/limits.h"
#include "fakes/loopback_server.h"
#include "honeyhive/tracer.h"
#include "oracle/random_attribute.h"
#include "oracle/random_text.h"
#include "sdk/record/thread_state.h"

namespace honeyhive::oracle {
namespace {

struct ExpectedEvent {
  std::string name;
  std::uint64_t time_ns = 0;
  ExpectedAttributes attributes;
};

struct OpenSpan {
  Span span;
  std::string parent_id;  // "" for a root
  std::string name;
  int kind = 1;
  std::uint64_t start_ns = 0;
  int status_code = 0;
  std::string status_message;
  ExpectedAttributes attributes;
  std::vector<ExpectedEvent> events;
};

// What the clock said last on this thread: the recorder reads it once per start, end and event.
std::uint64_t last_time() { return sdk::this_thread()->last_ns; }

void write_attributes(core::JsonWriter& json, const ExpectedAttributes& attributes) {
  json.begin_object();
  for (const auto& [key, value] : attributes) {
    json.key(key).begin_object().member({&value.kind, 1}, value.text).end_object();
  }
  json.end_object();
}

std::string line_of(const OpenSpan& open, const SpanContext& ids, std::uint64_t end_ns) {
  std::string line;
  core::JsonWriter json(line);
  json.begin_object().member("trace_id", ids.trace_id).member("span_id", ids.span_id);
  json.member("parent_span_id", open.parent_id).member("name", open.name);
  json.key("kind").integer(open.kind).key("status_code").integer(open.status_code);
  json.member("status_message", open.status_message);
  json.member("start", std::to_string(open.start_ns)).member("end", std::to_string(end_ns));
  json.key("attributes");
  write_attributes(json, open.attributes);
  json.key("events").begin_array();
  for (const ExpectedEvent& event : open.events) {
    json.begin_object().member("name", event.name);
    json.member("time", std::to_string(event.time_ns)).key("attributes");
    write_attributes(json, event.attributes);
    json.end_object();
  }
  json.end_array().end_object();
  return line + '\n';
}

// Up to five spans are open at once, each the child of the one before.
class Program {
 public:
  Program(const HoneyHiveTracer& tracer, std::ostream& out, std::uint64_t seed)
      : tracer_(tracer), out_(out), random_(seed) {}

  void run(std::uint64_t spans) {
    for (std::uint64_t started = 0; started < spans || !open_.empty();) {
      const bool may_start = started < spans && open_.size() < 5;
      if (open_.empty() || (may_start && random_.one_in(8))) {
        start();
        ++started;
      } else if (random_.one_in(8)) {
        end();
      } else {
        // Mostly the innermost span, but an outer one may be written to as well.
        change(random_.one_in(4) ? open_[random_.below(open_.size())] : open_.back());
      }
    }
  }

 private:
  void start() {
    OpenSpan& open = open_.emplace_back();
    if (open_.size() > 1) open.parent_id = open_[open_.size() - 2].span.context().span_id;
    const Text name = random_length_text(random_, 3'000);
    open.name = name.expected;
    const auto kind = static_cast<int>(random_.below(8));
    open.kind = kind >= 1 && kind <= 5 ? kind : 1;  // what OTLP does not know is internal
    open.span = tracer_.trace(name.given, {.kind = static_cast<SpanKind>(kind)});
    open.start_ns = last_time();
  }

  void change(OpenSpan& open) {
    switch (random_.below(12)) {
      case 0:
        return rename(open);
      case 1:
        return set_status(open);
      case 2:
        return add_event(open);
      default:
        set_random_attribute(open.span, random_, open.attributes);
    }
  }

  void rename(OpenSpan& open) {
    Text name = random_length_text(random_, 3'000);
    if (random_.one_in(50)) name.given = name.expected = std::string(5'000, 'n');
    open.span.update_name(name.given);
    open.name = name.given.size() > core::limits::name_bytes
                    ? name.expected.substr(0, core::limits::name_bytes)
                    : name.expected;
  }

  void set_status(OpenSpan& open) {
    const Text message = random_text(random_, random_.one_in(2) ? 0 : random_.below(300));
    open.status_code = static_cast<int>(random_.below(3));
    open.status_message = message.expected;
    open.span.set_status(static_cast<StatusCode>(open.status_code), message.given);
  }

  void add_event(OpenSpan& open) {
    const Text name = random_text(random_, random_.below(60));
    ExpectedEvent& event = open.events.emplace_back();
    event.name = name.expected;
    add_random_event(open.span, name.given, random_, event.attributes);
    event.time_ns = last_time();
  }

  void end() {
    OpenSpan& open = open_.back();
    const SpanContext ids = open.span.context();
    open.span.end();
    out_ << line_of(open, ids, last_time());
    open_.pop_back();
  }

  const HoneyHiveTracer& tracer_;
  std::ostream& out_;
  Random random_;
  std::vector<OpenSpan> open_;
};

fakes::LoopbackServer::Script store_requests_in(const std::filesystem::path& folder,
                                                std::atomic<int>& stored) {
  return [&stored, folder](const fakes::ReceivedRequest& request) {
    if (request.header("content-type") != "application/x-protobuf") return fakes::Reply{};
    char name[32];
    std::snprintf(name, sizeof name, "%06d.bin", ++stored);
    std::ofstream out(folder / name, std::ios::binary);
    out << request.body;
    return out.flush() ? fakes::Reply{} : fakes::Reply{.status = 400};
  };
}

int run(const std::filesystem::path& folder, std::uint64_t spans, std::uint64_t seed) {
  using std::chrono::seconds;
  std::atomic<int> stored{0};
  fakes::LoopbackServer server(store_requests_in(folder, stored));
  const HoneyHiveTracer tracer = HoneyHiveTracer::init({.project = "oracle",
                                                        .session_name = "oracle",
                                                        .source = "test",
                                                        .server_url = server.url(),
                                                        .disable_batch = false,
                                                        .test_mode = false,
                                                        .sample_rate = 1.0,
                                                        .buffer_bytes = 64 << 20,
                                                        .export_timeout = seconds(60),
                                                        .on_full_wait = seconds(60)});
  std::ofstream out(folder / "spans.jsonl", std::ios::binary);
  Program(tracer, out, seed).run(spans);
  const bool flushed = tracer.flush(seconds(120));
  const TracerStats stats = tracer.stats();
  if (flushed && out.flush() && stats.spans_sent == spans && stats.dropped() == 0) return 0;
  std::fprintf(stderr, "%llu of %llu spans were sent: %s\n",
               static_cast<unsigned long long>(stats.spans_sent),
               static_cast<unsigned long long>(spans), stats.last_error.c_str());
  return 1;
}

}  // namespace
}  // namespace honeyhive::oracle

int main(int argc, char** argv) {
  const std::uint64_t spans = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 100'000;
  const std::uint64_t seed = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 1;
  if (argc < 2 || argc > 4 || spans == 0) {
    std::fprintf(stderr, "usage: honeyhive_encoder_oracle DIR [SPANS [SEED]]\n");
    return 2;
  }
  try {
    return honeyhive::oracle::run(argv[1], spans, seed);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "honeyhive_encoder_oracle: %s\n", error.what());
    return 1;
  }
}
