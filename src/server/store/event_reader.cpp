#include "server/store/event_reader.h"

#include <algorithm>
#include <future>
#include <map>
#include <set>
#include <tuple>
#include <unordered_set>

#include "core/log.h"
#include "otlp/event_id.h"
#include "server/store/catalog.h"
#include "server/store/event_codec.h"
#include "server/store/event_frames.h"
#include "server/store/merge.h"

namespace honeyhive::server {
namespace {

using core::Error;
using core::Result;

// Above this many compressed bytes a trace is decoded by several threads.
constexpr std::uint64_t parallel_bytes = 4 << 20;
constexpr std::size_t reading_threads = 4;

void append_moved(std::vector<Event>& events, std::vector<Event>&& more) {
  if (events.empty()) {
    events = std::move(more);
    return;
  }
  events.insert(events.end(), std::make_move_iterator(more.begin()),
                std::make_move_iterator(more.end()));
}

// By start from `first` on; events are large, so each is moved once.
void sort_by_start(std::vector<Event>& events, std::size_t first) {
  std::vector<Event*> order;
  order.reserve(events.size() - first);
  for (std::size_t i = first; i < events.size(); ++i) order.push_back(&events[i]);
  const auto before = [](const Event* a, const Event* b) {
    return std::tie(a->start_ns, a->span_id) < std::tie(b->start_ns, b->span_id);
  };
  if (std::is_sorted(order.begin(), order.end(), before)) return;
  std::stable_sort(order.begin(), order.end(), before);
  std::vector<Event> sorted;
  sorted.reserve(events.size());
  for (std::size_t i = 0; i < first; ++i) sorted.push_back(std::move(events[i]));
  for (Event* event : order) sorted.push_back(std::move(*event));
  events.swap(sorted);
}

// The first stored of each span, in the order of `events`. Hardly ever drops one: a frame may hold
// spans that were stored before.
void keep_first_of_each_span(std::vector<Event>& events) {
  std::vector<const Event*> order;
  order.reserve(events.size());
  for (const Event& event : events) order.push_back(&event);
  std::stable_sort(order.begin(), order.end(),
                   [](const Event* a, const Event* b) { return a->span_id < b->span_id; });
  std::unordered_set<const Event*> repeated;
  for (std::size_t i = 1; i < order.size(); ++i) {
    if (order[i]->span_id == order[i - 1]->span_id) repeated.insert(order[i]);
  }
  if (repeated.empty()) return;
  std::vector<Event> kept;
  kept.reserve(events.size() - repeated.size());
  for (Event& event : events) {
    if (!repeated.contains(&event)) kept.push_back(std::move(event));
  }
  events.swap(kept);
}

// Of a session that nobody started.
Event session_of_spans(const SessionSummary& row) {
  Event session;
  session.kind = Event::Kind::session;
  session.project = row.project;
  session.event_id = session.session_id = row.session_id;
  session.event_type = "session";
  session.session_name = row.name;
  session.event_name = row.name.empty() ? "unknown" : row.name;
  session.source = row.source;
  session.start_ns = row.start_ns;
  session.end_ns = row.end_ns;
  return session;
}

}  // namespace

std::pair<std::string, std::string> EventReader::event_id_range(const core::TraceId& trace) {
  constexpr std::size_t shared_characters = 19;  // "aabbccdd-eeff-8899-": the first 8 bytes
  const std::string prefix =
      otlp::event_id(trace, core::SpanId{}).text().substr(0, shared_characters);
  return {prefix, prefix + "~"};
}

// A damaged frame costs its own events only.
Result<void> EventReader::load_into(Events& events, const FrameRef& ref, Room& room) {
  return decode_into(events, segments_.load(ref), room);
}

Result<void> EventReader::decode_into(Events& events, const Result<LoadedFrame>& frame,
                                      Room& room) {
  if (!frame && frame.error().code != Error::Code::malformed_data) return frame.error();
  auto decoded = frame ? decode_frame(*frame) : frame.error();
  if (!decoded) {
    core::log_line(core::LogLevel::error, "damaged: " + decoded.error().message);
    return {};
  }
  // An event that holds next to nothing still takes its own size.
  if (!room.take(frame->records.size() + decoded->size() * sizeof(Event))) {
    return Error{Error::Code::limit_exceeded, "this is more than can be read at once (" +
                                                  std::to_string(most_bytes_ >> 20) + " MB)"};
  }
  append_moved(events, *std::move(decoded));
  return {};
}

Result<std::vector<Event>> EventReader::load_frames(std::span<const FrameRef> frames, Room& room) {
  Events events;
  for (const FrameRef& frame : frames) {
    if (auto loaded = load_into(events, frame, room); !loaded) return loaded.error();
  }
  return events;
}

Result<std::vector<Event>> EventReader::load_in_parallel(std::span<const FrameRef> frames,
                                                         Room& room) {
  const std::size_t part = (frames.size() + reading_threads - 1) / reading_threads;
  std::vector<std::future<Result<Events>>> parts;
  for (; frames.size() > part; frames = frames.subspan(part)) {
    parts.push_back(std::async(std::launch::async, &EventReader::load_frames, this,
                               frames.first(part), std::ref(room)));
  }
  auto last = load_frames(frames, room);
  Events events;
  for (auto& pending : parts) {
    auto loaded = pending.get();
    if (!loaded) return loaded;
    append_moved(events, *std::move(loaded));
  }
  if (!last) return last;
  append_moved(events, *std::move(last));
  return events;
}

Result<std::vector<Event>> EventReader::spans(CatalogReader& catalog, const TraceRef& trace,
                                              Room& room) {
  const auto chunks = catalog.chunks(trace);
  if (!chunks) return chunks.error();
  std::uint64_t bytes = 0;
  for (const FrameRef& chunk : *chunks) bytes += chunk.bytes;
  auto events =
      bytes < parallel_bytes ? load_frames(*chunks, room) : load_in_parallel(*chunks, room);
  if (events) keep_first_of_each_span(*events);
  return events;
}

Result<void> EventReader::apply_updates(CatalogReader& catalog, const TraceRef& trace,
                                        Events& spans, Room& room) {
  const auto [first, last] = event_id_range(trace.trace_id);
  auto frames = catalog.updates_between(trace.project, first, last);
  if (!frames) return frames.error();
  const auto aliases = catalog.aliases(trace);
  if (!aliases) return aliases.error();
  for (const std::string& alias : *aliases) {
    const auto more = catalog.records(trace.project, alias);
    if (!more) return more.error();
    frames->insert(frames->end(), more->begin(), more->end());
  }
  return apply_frames(*std::move(frames), spans, room);
}

Result<void> EventReader::apply_frames(std::vector<FrameRef> frames, Events& events, Room& room) {
  if (frames.empty()) return {};
  std::sort(frames.begin(), frames.end(), [](const FrameRef& a, const FrameRef& b) {
    return std::tie(a.place.segment, a.place.offset) < std::tie(b.place.segment, b.place.offset);
  });
  std::map<std::string, Event*> by_id;  // no hashes: a stranger chooses the ids
  for (Event& event : events) {
    by_id.try_emplace(id_key(event.event_id), &event);
    if (event.kind != Event::Kind::span) continue;
    by_id.try_emplace(otlp::event_id(event.trace_id, event.span_id).text(), &event);
  }
  Events updates;
  for (const FrameRef& frame : frames) {
    if (auto loaded = load_into(updates, frame, room); !loaded) return loaded;
  }
  for (const Event& update : updates) {
    const auto target = by_id.find(id_key(update.event_id));
    if (target != by_id.end() && update.kind == Event::Kind::update) {
      apply_update(*target->second, update);
    }
  }
  return {};
}

Result<std::vector<Event>> EventReader::load_updated(CatalogReader& catalog, const TraceRef& trace,
                                                     Room& room) {
  auto events = spans(catalog, trace, room);
  if (!events) return events;
  for (Event& span : *events) {  // made before its program knew the session
    if (span.session_id.empty()) span.session_id = trace.session_id;
  }
  if (auto applied = apply_updates(catalog, trace, *events, room); !applied) return applied.error();
  return events;
}

Result<std::vector<Event>> EventReader::trace(Project project, const core::TraceId& trace) {
  const auto catalog = catalog_.lease();
  if (!catalog) return catalog.error();
  const auto traces = (*catalog)->find_traces(project, trace.view());
  if (!traces) return traces.error();
  Room room(most_bytes_);
  Events all;
  for (const TraceRef& one : *traces) {
    auto events = load_updated(**catalog, one, room);
    if (!events) return events;
    append_moved(all, *std::move(events));
  }
  sort_by_start(all, 0);
  return all;
}

Result<Event> EventReader::session(CatalogReader& catalog, const SessionSummary& row, Room& room) {
  const auto frames = catalog.records(row.project, row.session_id);
  if (!frames) return frames.error();
  Events records;
  for (const FrameRef& frame : *frames) {
    if (auto loaded = load_into(records, frame, room); !loaded) return loaded.error();
  }
  return merge_session(records, session_of_spans(row));
}

Result<std::optional<Event>> EventReader::session_event(std::string_view project,
                                                        std::string_view session_id) {
  const auto catalog = catalog_.lease();
  if (!catalog) return catalog.error();
  const auto rows = (*catalog)->sessions_of(project, session_id);
  if (!rows) return rows.error();
  if (rows->empty()) return std::optional<Event>();
  Room room(most_bytes_);
  auto found = session(**catalog, rows->front(), room);
  if (!found) return found.error();
  return std::optional<Event>(*std::move(found));
}

// Frames may also hold events that were stored before: then the catalogue knows the others.
Result<std::vector<Event>> EventReader::load_created(std::span<const CreatedRef> wanted,
                                                     Room& room) {
  Events found;
  for (auto first = wanted.begin(); first != wanted.end();) {
    const FramePlace place = first->frame.place;
    const auto last = std::find_if(first, wanted.end(), [&](const CreatedRef& event) {
      return event.frame.place.segment != place.segment || event.frame.place.offset != place.offset;
    });
    std::set<std::string_view> keys;
    for (auto event = first; event != last; ++event) keys.insert(event->key);
    Events events;
    if (auto loaded = load_into(events, first->frame, room); !loaded) return loaded.error();
    for (Event& event : events) {
      if (keys.erase(id_key(event.event_id)) > 0) found.push_back(std::move(event));
    }
    first = last;
  }
  return found;
}

Result<std::vector<Event>> EventReader::created(CatalogReader& catalog, std::string_view project,
                                                std::string_view session_id, Room& room) {
  const auto wanted = catalog.created(project, session_id);
  if (!wanted) return wanted.error();
  auto events = load_created(*wanted, room);
  if (!events) return events;
  auto updates = catalog.created_updates(project, session_id);
  if (!updates) return updates.error();
  if (auto applied = apply_frames(*std::move(updates), *events, room); !applied) {
    return applied.error();
  }
  return events;
}

Result<std::vector<Event>> EventReader::created_events(std::string_view project,
                                                       std::string_view session_id) {
  const auto catalog = catalog_.lease();
  if (!catalog) return catalog.error();
  Room room(most_bytes_);
  auto events = created(**catalog, project, session_id, room);
  if (events) sort_by_start(*events, 0);
  return events;
}

Result<std::vector<Event>> EventReader::session_events(Project project,
                                                       std::string_view session_id) {
  const auto catalog = catalog_.lease();
  if (!catalog) return catalog.error();
  const auto rows = (*catalog)->sessions_of(project, session_id);
  if (!rows) return rows.error();
  Room room(most_bytes_);
  Events events;
  for (const SessionSummary& row : *rows) {
    auto own = session(**catalog, row, room);
    if (!own) return own.error();
    events.push_back(*std::move(own));
  }
  const std::size_t first_span = events.size();
  const auto traces = (*catalog)->session_traces(project, session_id);
  if (!traces) return traces.error();
  const std::string key = id_key(session_id);
  for (const TraceRef& trace : *traces) {
    auto spans = load_updated(**catalog, trace, room);
    if (!spans) return spans;
    for (Event& span : *spans) {
      if (id_key(span.session_id) == key) events.push_back(std::move(span));
    }
  }
  for (const SessionSummary& row : *rows) {
    if (row.created == 0) continue;
    auto posted = created(**catalog, row.project, session_id, room);
    if (!posted) return posted;
    append_moved(events, *std::move(posted));
  }
  sort_by_start(events, first_span);
  return events;
}

}  // namespace honeyhive::server
