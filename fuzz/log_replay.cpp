// A damaged log: whatever is in its segments, the store opens or says that a newer version wrote
// them, changes no byte of them, stores more, keeps that over a restart, and gives the same answers
// when its catalogue is made again.
//
// The first byte chooses three things. What the first segment holds, by its remainder of 3:
//   0  a real log with ranges overwritten, removed and repeated
//   1  a segment header, then the input
//   2  a segment header, then one commit of frames whose checksums are right and whose contents are
//      the input
// then, of 4, what follows: 0 nothing, 1 the second segment of the real log, 2 one that names any
// place as the end of the log before it, 3 the same with a number left out between the two;
// then, of 3, the catalogue: 0 none, 1 an old one of the real log, 2 one of another log.

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <map>

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
const std::string first_path = "/data/seg/2026-11-20-000001.log";
const std::string second_path = "/data/seg/2026-11-20-000002.log";
const std::string third_path = "/data/seg/2026-11-20-000003.log";
constexpr std::uint64_t segment_bytes = 500;  // a real log has two

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
  // Nothing: there is none.
  void set(const std::string& bytes) const {
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path() + suffix);
    if (!bytes.empty()) std::ofstream(path(), std::ios::binary) << bytes;
  }
  std::string get() const {
    std::ifstream file(path(), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  std::string folder_;
};

const Catalog& catalog() {
  static const Catalog only;
  return only;
}

core::Result<std::unique_ptr<Store>> try_to_open(MemoryFileSystem& files) {
  return open_store({.path = "/data",
                     .files = files,
                     .now_ns = [] { return noon; },
                     .catalog_path = catalog().path(),
                     .segment_bytes = segment_bytes});
}

std::unique_ptr<Store> open(MemoryFileSystem& files) {
  auto store = try_to_open(files);
  require(store.has_value(), "a store opens over any log");
  return *std::move(store);
}

bool is_newer(const core::Error& error) {
  return error.message.find("newer version") != std::string::npos;
}

// A catalogue that knows nothing: the same as none, and made once.
const std::string& empty_catalog() {
  static const std::string bytes = [] {
    catalog().set({});
    MemoryFileSystem files;
    open(files).reset();
    return catalog().get();
  }();
  return bytes;
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

Event logged(std::uint8_t trace, const char* id) {
  Event event;
  event.kind = Event::Kind::log;
  event.project = "p";
  event.event_id = id;
  if (trace != 0) event.trace_id.bytes.fill(trace);
  event.session_id = "s";
  event.start_ns = event.end_ns = noon;
  event.body = "\"l\"";
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

struct RealLog {
  std::string first;
  std::string second;
  std::string old_catalog;    // of a part of it
  std::string other_catalog;  // of another log
};

RealLog make_real_log() {
  RealLog log;
  catalog().set({});
  MemoryFileSystem files;
  auto store = open(files);
  require(append(*store, {span(1, 1), span(1, 2)}), "spans are stored");
  store.reset();
  log.old_catalog = catalog().get();
  store = open(files);
  require(append(*store, {span(2, 1), span(2, 2)}), "spans are stored");
  require(append(*store, {other(Event::Kind::session)}), "a session is stored");
  require(
      append(*store, {other(Event::Kind::update), span(1, 3), logged(1, "i-1"), logged(0, "i-2")}),
      "an update and log records are stored");
  store.reset();
  log.first = files.bytes(first_path);
  log.second = files.bytes(second_path);
  catalog().set({});
  MemoryFileSystem other_files;
  store = open(other_files);
  require(append(*store, {span(5, 1)}), "spans are stored");
  store.reset();
  log.other_catalog = catalog().get();
  return log;
}

const RealLog& real_log() {
  static const RealLog log = make_real_log();
  return log;
}

std::size_t take_number(std::string_view& input, std::size_t below) {
  const std::size_t high = take_byte(input);
  return (high << 8 | take_byte(input)) % below;
}

std::string damaged_log(std::string_view input) {
  const std::string& whole = real_log().first;
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

std::string empty_segment(std::uint32_t number, const FramePlace& previous_end) {
  return encode_segment_header(
      {.segment = number, .created_ns = noon, .previous_end = previous_end, .salt = 7});
}

constexpr FrameKind kinds[] = {FrameKind::spans, FrameKind::session, FrameKind::update,
                               FrameKind::log, FrameKind::created};

std::string log_with_frames(std::uint32_t number, std::string log, std::string_view input) {
  std::uint32_t frames = 0;
  while (!input.empty() && frames < 8) {
    FrameHeader header;
    header.kind = kinds[take_byte(input) % std::size(kinds)];
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
    append_header(log, header, {number, log.size()});
    log += *payload;
    ++frames;
  }
  append_commit(log, {log.size() - segment_header_bytes, noon, frames}, {number, log.size()});
  return log;
}

std::string first_of(std::uint8_t kind, std::string_view input) {
  if (kind == 0) return damaged_log(input);
  const std::string empty = empty_segment(1, {});
  return kind == 1 ? empty + std::string(input) : log_with_frames(1, empty, input);
}

using Segments = std::map<std::string, std::string>;  // by path

Segments segments_of(std::uint8_t choice, std::string_view input) {
  const std::uint8_t next = choice / 3 % 4;
  Segments made;
  if (next == 1) made[second_path] = real_log().second;
  if (next >= 2) {
    const auto number = static_cast<std::uint32_t>(next);
    const FramePlace end{static_cast<std::uint32_t>(take_number(input, 4)),
                         take_number(input, 2'000)};
    const std::string_view contents = input.substr(0, take_byte(input));
    input.remove_prefix(contents.size());
    made[next == 2 ? second_path : third_path] =
        log_with_frames(number, empty_segment(number, end), contents);
  }
  made[first_path] = first_of(choice % 3, input);
  return made;
}

const std::string& catalog_of(std::uint8_t choice) {
  const std::uint8_t which = choice / 12 % 3;
  if (which == 0) return empty_catalog();
  return which == 1 ? real_log().old_catalog : real_log().other_catalog;
}

void write(MemoryFileSystem& files, const Segments& segments) {
  for (const auto& [path, bytes] : segments) {
    const auto file = files.open(path, FileSystem::Mode::create);
    require(file && (*file)->append(bytes) && (*file)->sync(), "the file is written");
  }
  require(files.sync_directory("/data/seg").has_value(), "the names are written");
}

// A creation that was cut short is removed, and the last segment may go on.
void require_untouched(const MemoryFileSystem& files, const Segments& segments) {
  for (const auto& [path, bytes] : segments) {
    if (!files.exists(path)) require(bytes.size() <= segment_header_bytes, "segments stay");
    if (files.exists(path)) require(files.bytes(path).starts_with(bytes), "no byte is changed");
  }
}

void add_events(std::string& text, const core::Result<std::vector<Event>>& events) {
  if (!events) text += "unreadable";
  if (!events) return;
  for (const Event& event : *events) {
    text += event.event_id + ' ' + event.event_name + ' ' + event.bucket(Bucket::metadata) + '\n';
  }
}

void add_logs(std::string& text, Store& store, const LogQuery& query) {
  const auto logs = store.logs(query);
  if (!logs) text += "unreadable";
  if (!logs) return;
  for (const Event& log : logs->events) {
    text += "log " + log.event_id + ' ' + std::to_string(log.start_ns) + ' ' + log.body + '\n';
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
    add_logs(text, store, {.project = trace.project, .trace_id = trace.trace_id});
  }
  add_logs(text, store, {.session_id = "s"});
  add_logs(text, store, {});
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
  std::string_view input = text_of(data, size);
  const std::uint8_t choice = take_byte(input);
  const Segments segments = segments_of(choice, input);
  const bool is_from_log = &catalog_of(choice) == &empty_catalog();
  MemoryFileSystem files;
  write(files, segments);
  catalog().set(catalog_of(choice));
  std::string before;
  {
    auto opened = try_to_open(files);
    if (!opened) {
      require(is_newer(opened.error()), "a store opens");
      require_untouched(files, segments);
      return 0;
    }
    const auto store = *std::move(opened);
    require(append(*store, {span(9, 9), logged(9, "j-1"), logged(9, "j-1")}),
            "a damaged store stores more");
    require(append(*store, {logged(9, "j-1")}), "a record that is stored is taken again");
    const auto logs = store->logs({.trace_id = logged(9, "").trace_id});
    require(logs && !logs->events.empty(), "what was logged is found");
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
  catalog().set(empty_catalog());
  auto opened = try_to_open(files);
  // An old catalogue knows what was damaged since, or turned into a newer version.
  if (is_from_log) {
    require(opened.has_value(), "a catalogue can be made again");
    require(view_of(**opened) == before, "a catalogue that is made again says the same");
  } else if (!opened) {
    require(is_newer(opened.error()), "a store opens over any log");
  }
  if (opened) (*opened)->close();
  require_untouched(files, segments);
  return 0;
}
