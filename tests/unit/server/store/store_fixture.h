#pragma once

// What the tests of the store share: a folder for the catalogue, events, and appends that are
// waited for.

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <future>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "core/log.h"
#include "fakes/memory_file_system.h"
#include "server/store/embedded_store.h"

namespace honeyhive::server {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "hh_store_XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Damage and cut tails are reported; the tests cause many.
class QuietLog {
 public:
  QuietLog() : before_(core::set_log_sink([](core::LogLevel, std::string_view) {})) {}
  ~QuietLog() { core::set_log_sink(before_); }
  QuietLog(const QuietLog&) = delete;
  QuietLog& operator=(const QuietLog&) = delete;

 private:
  core::LogSink before_;
};

inline constexpr std::int64_t noon = 1'795'176'000'000'000'000;  // 2026-11-20T12:00:00Z

inline core::TraceId trace_id(std::uint8_t n) {
  core::TraceId id;
  id.bytes.fill(0x11);
  id.bytes[3] = n;
  return id;
}

inline core::SpanId span_id(std::uint8_t n) {
  core::SpanId id;
  id.bytes.fill(0x22);
  id.bytes[7] = n;
  return id;
}

// Starts `span` seconds after noon and takes one.
inline Event make_span(std::uint8_t trace, std::uint8_t span, std::string project = "p") {
  Event event;
  event.project = std::move(project);
  event.trace_id = trace_id(trace);
  event.span_id = span_id(span);
  if (span > 1) event.parent_span_id = span_id(1);
  event.event_type = "tool";
  event.event_name = "step " + std::to_string(span);
  event.start_ns = noon + span * std::int64_t{1'000'000'000};
  event.end_ns = event.start_ns + 1'000'000'000;
  event.bucket(Bucket::metadata) = R"({"n":)" + std::to_string(span) + "}";
  return event;
}

// Several pages of the disk, however it is compressed.
inline Event make_large_span(std::uint8_t trace, std::uint8_t span) {
  Event event = make_span(trace, span);
  std::string noise;
  std::minstd_rand random(1 + trace * 256 + span);
  for (int i = 0; i < 30'000; ++i) noise += "0123456789abcdef"[random() / 64 % 16];
  event.bucket(Bucket::inputs) = "{\"noise\":\"" + noise + "\"}";
  return event;
}

inline Event make_session(std::string id, std::string metadata, std::string project = "p") {
  Event event;
  event.kind = Event::Kind::session;
  event.project = std::move(project);
  event.event_id = event.session_id = std::move(id);
  event.event_type = "session";
  event.session_name = "chat";
  event.start_ns = event.end_ns = noon;
  event.bucket(Bucket::metadata) = std::move(metadata);
  return event;
}

inline Event make_update(std::string id, std::string metadata, std::string project = "p") {
  Event event;
  event.kind = Event::Kind::update;
  event.project = std::move(project);
  event.event_id = std::move(id);
  event.bucket(Bucket::metadata) = std::move(metadata);
  return event;
}

// Posted with an id of its own: starts and ends a second after noon.
inline Event make_created(std::string id, std::string session, std::string project = "p") {
  Event event;
  event.kind = Event::Kind::created;
  event.project = std::move(project);
  event.event_id = std::move(id);
  event.parent_id = event.session_id = std::move(session);
  event.event_type = "tool";
  event.event_name = "posted";
  event.start_ns = event.end_ns = noon + 1'000'000'000;
  return event;
}

// The error's code, or 0 for success.
inline int append(Store& store, std::vector<Event> events) {
  std::promise<int> answer;
  const bool taken = store.append(std::move(events), [&answer](core::Result<void> result) {
    answer.set_value(result ? 0 : static_cast<int>(result.error().code));
  });
  if (!taken) return -1;
  return answer.get_future().get();
}

inline constexpr int unavailable = static_cast<int>(core::Error::Code::unavailable);

inline StoreOptions options_in(const TemporaryFolder& folder, MemoryFileSystem& files) {
  return {.path = "/data",
          .files = files,
          .now_ns = [] { return noon; },
          .catalog_path = folder.path() + "/catalog.db"};
}

inline std::unique_ptr<Store> open_or_fail(StoreOptions options) {
  auto store = open_store(std::move(options));
  const std::string why = store ? "" : store.error().message;
  REQUIRE_MESSAGE(store, why);
  return *std::move(store);
}

inline void delete_catalog(const TemporaryFolder& folder) {
  for (const char* suffix : {"", "-wal", "-shm"}) {
    std::filesystem::remove(folder.path() + "/catalog.db" + suffix);
  }
}

// One line per event: what a reader sees of it.
inline std::string describe(const std::vector<Event>& events) {
  std::string text;
  for (const Event& event : events) {
    text += event.project + ' ' + event.event_id + ' ' + event.event_name + ' ' +
            std::to_string(event.end_ns - noon) + ' ' + event.bucket(Bucket::metadata) + '\n';
  }
  return text;
}

inline std::string describe(const std::vector<TraceSummary>& traces) {
  std::string text;
  for (const TraceSummary& trace : traces) {
    text += trace.project + ' ' + trace.trace_id.hex() + ' ' + trace.name + ' ' + trace.session_id +
            " spans " + std::to_string(trace.spans) + " errors " + std::to_string(trace.errors) +
            " tokens " + std::to_string(trace.tokens_in) + '+' + std::to_string(trace.tokens_out) +
            '\n';
  }
  return text;
}

inline std::vector<TraceSummary> list_traces(Store& store) {
  TraceQuery query;
  query.limit = 1'000;
  auto traces = store.traces(query);
  REQUIRE(traces);
  return *std::move(traces);
}

inline std::string all_traces(Store& store) { return describe(list_traces(store)); }

// A store whose disk the test breaks.
struct FaultFixture {
  const QuietLog quiet;
  const TemporaryFolder folder;
  MemoryFileSystem files;
  std::unique_ptr<Store> store = open_or_fail(options_in(folder, files));

  void restart() {
    store.reset();
    store = open_or_fail(options_in(folder, files));
  }

  void restart_from_log() {
    store.reset();
    delete_catalog(folder);
    store = open_or_fail(options_in(folder, files));
  }

  std::string spans(std::uint8_t trace) {
    const auto events = store->trace("p", trace_id(trace));
    REQUIRE(events);
    std::string text;
    for (const Event& event : *events) text += event.event_name + ';';
    return text;
  }
};

inline const std::string first_segment = "/data/seg/2026-11-20-000001.log";
inline const std::string second_segment = "/data/seg/2026-11-20-000002.log";
inline const std::string third_segment = "/data/seg/2026-11-20-000003.log";

}  // namespace honeyhive::server
