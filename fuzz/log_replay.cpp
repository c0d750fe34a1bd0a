// A damaged log: whatever is in a segment, the store opens, keeps what it stored before being
// restarted, stores more, and gives the same answers when its catalogue is made again.
//
// The first byte chooses what the segment holds:
//   0  a real log with ranges overwritten, removed and repeated
//   1  a segment header, then the input
//   2  a segment header, then one commit of frames whose checksums are right and whose contents are
//      the input

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <future>

#include "core/crc32c.h"
#include "core/log.h"
#include "fakes/memory_file_system.h"
#include "require.h"
#include "server/store/compression.h"
#include "server/store/embedded_store.h"
#include "server/store/frame.h"

namespace honeyhive::fuzz {
namespace {

using namespace server;

constexpr std::int64_t noon = 1'795'176'000'000'000'000;  // 2026-11-20T12:00:00Z
const std::string segment_path = "/data/seg/2026-11-20-000001.log";

// SQLite's file, in a folder that is removed at the end.
class Catalog {
 public:
  Catalog() {
    const bool has_memory = std::filesystem::is_directory("/dev/shm");
    std::string name = has_memory ? "/dev/shm/hh_fuzz_XXXXXX" : "/tmp/hh_fuzz_XXXXXX";
    require(::mkdtemp(name.data()) != nullptr, "a folder can be made");
    folder_ = name;
  }
  ~Catalog() { std::filesystem::remove_all(folder_); }
  Catalog(const Catalog&) = delete;
  Catalog& operator=(const Catalog&) = delete;

  std::string path() const { return folder_ + "/catalog.db"; }
  void remove() const {
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path() + suffix);
  }

 private:
  std::string folder_;
};

const Catalog& catalog() {
  static const Catalog only;
  return only;
}

std::unique_ptr<Store> open(MemoryFileSystem& files) {
  auto store = open_store({.path = "/data",
                           .files = files,
                           .now_ns = [] { return noon; },
                           .catalog_path = catalog().path()});
  require(store.has_value(), "a store opens over any log");
  return *std::move(store);
}

std::unique_ptr<Store> open_from_log(MemoryFileSystem& files) {
  catalog().remove();
  return open(files);
}

Event span(std::uint8_t trace, std::uint8_t number) {
  Event event;
  event.project = "p";
  event.trace_id.bytes.fill(trace);
  event.span_id.bytes.fill(number);
  event.event_type = "tool";
  event.event_name = "step";
  event.session_id = "s";
  event.start_ns = event.end_ns = noon;
  event.bucket(Bucket::metadata) = R"({"a":1})";
  return event;
}

Event other(Event::Kind kind) {
  Event event;
  event.kind = kind;
  event.project = "p";
  event.event_id = event.session_id = "s";
  event.event_type = "session";
  event.start_ns = event.end_ns = noon;
  event.bucket(Bucket::metadata) = R"({"b":2})";
  return event;
}

bool append(Store& store, std::vector<Event> events) {
  std::promise<bool> stored;
  const bool taken = store.append(std::move(events), [&](const core::Result<void>& result) {
    stored.set_value(result.has_value());
  });
  return taken && stored.get_future().get();
}

std::string real_log() {
  MemoryFileSystem files;
  const auto store = open_from_log(files);
  for (std::uint8_t trace = 1; trace < 4; ++trace) {
    require(append(*store, {span(trace, 1), span(trace, 2)}), "spans are stored");
  }
  require(append(*store, {other(Event::Kind::session)}), "a session is stored");
  require(append(*store, {other(Event::Kind::update)}), "an update is stored");
  store->close();
  return files.bytes(segment_path);
}

std::size_t take_number(std::string_view& input, std::size_t below) {
  const std::size_t high = take_byte(input);
  return (high << 8 | take_byte(input)) % below;
}

std::string damaged_log(std::string_view input) {
  static const std::string whole = real_log();
  std::string log = whole;
  while (!input.empty() && log.size() < 1 << 16) {
    const std::uint8_t what = take_byte(input);
    const std::size_t at = take_number(input, log.size() + 1);
    const std::string_view bytes = input.substr(0, take_byte(input));
    if (what % 4 == 0) log.replace(at, bytes.size(), bytes);
    if (what % 4 == 1) log.erase(at, bytes.size() * 4);
    if (what % 4 == 2) log.insert(at, whole.substr(at / 2, bytes.size() * 8));
    if (what % 4 == 3) log.resize(at);
    input.remove_prefix(bytes.size());
  }
  return log;
}

std::string log_with_frames(std::string_view input) {
  std::string log = encode_segment_header({.segment = 1, .created_ns = noon, .previous_end = {}});
  std::uint32_t frames = 0;
  while (!input.empty() && frames < 8) {
    FrameHeader header;
    header.kind = static_cast<FrameKind>(1 + take_byte(input) % 3);
    header.project = "p";
    const std::string_view key = input.substr(0, take_byte(input) % 24);
    header.key = key;
    input.remove_prefix(key.size());
    header.records = take_byte(input) % 4;
    const std::string_view records = input.substr(0, take_number(input, 1024));
    input.remove_prefix(records.size());
    const auto payload = compress(records);
    require(payload.has_value(), "anything can be compressed");
    header.raw_bytes = static_cast<std::uint32_t>(records.size());
    header.payload_bytes = static_cast<std::uint32_t>(payload->size());
    header.payload_crc = core::crc32c(*payload);
    append_header(log, header, {1, log.size()});
    log += *payload;
    ++frames;
  }
  append_commit(log, {log.size() - segment_header_bytes, noon, frames}, {1, log.size()});
  return log;
}

std::string log_of(std::string_view input) {
  const std::uint8_t kind = take_byte(input) % 3;
  if (kind == 0) return damaged_log(input);
  if (kind == 2) return log_with_frames(input);
  return encode_segment_header({.segment = 1, .created_ns = noon, .previous_end = {}}) +
         std::string(input);
}

void add_events(std::string& text, const core::Result<std::vector<Event>>& events) {
  if (!events) text += "unreadable";
  if (!events) return;
  for (const Event& event : *events) {
    text += event.event_id + ' ' + event.event_name + ' ' + event.bucket(Bucket::metadata) + '\n';
  }
}

// What a reader can see.
std::string view_of(Store& store) {
  std::string text;
  TraceQuery query;
  query.limit = 100;
  const auto traces = store.traces(query);
  require(traces.has_value(), "traces can be listed");
  for (const TraceSummary& trace : *traces) {
    text += trace.project + ' ' + trace.trace_id.hex() + ' ' + trace.name + ' ' +
            std::to_string(trace.spans) + '\n';
    add_events(text, store.trace(trace.project, trace.trace_id));
  }
  add_events(text, store.session_events("p", "s"));
  return text;
}

}  // namespace
}  // namespace honeyhive::fuzz

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  honeyhive::core::set_log_sink([](honeyhive::core::LogLevel, std::string_view) {});
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace honeyhive;
  using namespace honeyhive::fuzz;
  MemoryFileSystem files;
  const std::string log = log_of(text_of(data, size));
  {
    const auto file = files.open(segment_path, FileSystem::Mode::create);
    require(file && (*file)->append(log) && (*file)->sync() && files.sync_directory("/data/seg"),
            "the file is written");
  }
  std::string before;
  {
    const auto store = open_from_log(files);
    require(append(*store, {span(9, 9)}), "a damaged store stores more");
    const core::TraceId id = span(9, 9).trace_id;
    const auto trace = store->trace("p", id);
    require(trace && !trace->empty(), "what was stored is found");
    before = view_of(*store);
    store->close();
  }
  {
    const auto store = open(files);
    require(view_of(*store) == before, "a restart changes nothing");
    store->close();
  }
  const auto store = open_from_log(files);
  require(view_of(*store) == before, "a catalogue that is made again says the same");
  store->close();
  return 0;
}
