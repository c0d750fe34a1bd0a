// One event by its id: the part of event_reader.h that finds it.

#include <algorithm>

#include "core/limits.h"
#include "core/uuid.h"
#include "otlp/event_id.h"
#include "server/store/catalog.h"
#include "server/store/event_codec.h"
#include "server/store/event_reader.h"

namespace honeyhive::server {
namespace {

using core::Error;
using core::Result;

// Ids of traces may begin alike, as 64-bit ids filled up with zeros do: an event is looked for in
// so many of them, about a second's work.
using core::limits::event_candidates;

// They come by project and row.
void newest_first_in_each_project(std::vector<TraceRef>& traces) {
  for (auto first = traces.begin(); first != traces.end();) {
    const auto last = std::find_if(first, traces.end(), [&](const TraceRef& trace) {
      return trace.project != first->project;
    });
    std::reverse(first, last);
    first = last;
  }
}

}  // namespace

// An id that several spans were given is the first one's.
Result<void> EventReader::apply_own_updates(CatalogReader& catalog, const TraceRef& trace,
                                            Events& span, Room& room) {
  const Event& one = span.front();
  const std::string own = otlp::event_id(one.trace_id, one.span_id).text();
  auto frames = catalog.records(trace.project, own);
  if (!frames) return frames.error();
  if (id_key(one.event_id) != own) {
    const auto named = catalog.find_alias(trace.project, one.event_id);
    if (!named) return named.error();
    if (*named && (*named)->trace.row == trace.row && (*named)->span_id == one.span_id) {
      const auto more = catalog.records(trace.project, one.event_id);
      if (!more) return more.error();
      frames->insert(frames->end(), more->begin(), more->end());
    }
  }
  return apply_frames(*std::move(frames), span, room);
}

// The first stored of the spans wanted. Frames are searched by ids; only the one that has it is
// decoded, and takes room.
Result<std::optional<Event>> EventReader::find_in(CatalogReader& catalog, const TraceRef& trace,
                                                  const IsWanted& is_wanted, Room& room) {
  const auto chunks = catalog.chunks(trace);
  if (!chunks) return chunks.error();
  for (const FrameRef& chunk : *chunks) {
    const auto frame = segments_.load(chunk);
    if (frame) {
      const auto ids = decode_span_ids(frame->records);
      if (ids && std::none_of(ids->begin(), ids->end(), is_wanted)) continue;
    }
    Events events;
    if (auto decoded = decode_into(events, frame, room); !decoded) return decoded.error();
    const auto wanted = std::find_if(events.begin(), events.end(),
                                     [&](const Event& span) { return is_wanted(span.span_id); });
    if (wanted == events.end()) continue;
    Events found;
    found.push_back(std::move(*wanted));
    if (found.front().session_id.empty()) found.front().session_id = trace.session_id;
    if (auto applied = apply_own_updates(catalog, trace, found, room); !applied) {
      return applied.error();
    }
    return std::optional<Event>(std::move(found.front()));
  }
  return std::optional<Event>();
}

// By its own id, or by the id that follows from trace and span.
Result<std::optional<Event>> EventReader::find_span(CatalogReader& catalog, Project project,
                                                    std::string_view event_id, Room& room) {
  const auto alias = catalog.find_alias(project, event_id);
  if (!alias) return alias.error();
  if (*alias) {
    const core::SpanId& span = (*alias)->span_id;
    return find_in(
        catalog, (*alias)->trace, [&](const core::SpanId& id) { return id == span; }, room);
  }
  const auto uuid = core::Uuid::parse(event_id);
  if (!uuid) return std::optional<Event>();
  constexpr std::size_t exact_bytes = 6;  // then come the bits of the version
  const std::string prefix(uuid->bytes.begin(), uuid->bytes.begin() + exact_bytes);
  auto candidates = catalog.find_traces(project, prefix);
  if (!candidates) return candidates.error();
  std::erase_if(*candidates, [&](const TraceRef& trace) {
    return !uuid->text().starts_with(event_id_range(trace.trace_id).first);
  });
  newest_first_in_each_project(*candidates);
  const bool has_more = candidates->size() > event_candidates;
  if (has_more) candidates->resize(event_candidates);
  for (const TraceRef& trace : *candidates) {
    const auto is_wanted = [&](const core::SpanId& id) {
      return otlp::event_id(trace.trace_id, id) == *uuid;
    };
    auto found = find_in(catalog, trace, is_wanted, room);
    if (!found || found->has_value()) return found;
  }
  if (!has_more) return std::optional<Event>();
  return Error{Error::Code::limit_exceeded, "more than " + std::to_string(event_candidates) +
                                                " traces begin as the id of this event does; name "
                                                "its project"};
}

Result<std::optional<Event>> EventReader::find_created(CatalogReader& catalog, Project project,
                                                       std::string_view event_id, Room& room) {
  const auto wanted = catalog.find_created(project, event_id);
  if (!wanted) return wanted.error();
  if (!*wanted) return std::optional<Event>();
  auto found = load_created({&**wanted, 1}, room);
  if (!found) return found.error();
  if (found->empty()) return std::optional<Event>();  // damaged
  auto updates = catalog.records((*wanted)->project, event_id);
  if (!updates) return updates.error();
  if (auto applied = apply_frames(*std::move(updates), *found, room); !applied) {
    return applied.error();
  }
  return std::optional<Event>(std::move(found->front()));
}

Result<std::optional<Event>> EventReader::event(Project project, std::string_view event_id) {
  const auto catalog = catalog_.lease();
  if (!catalog) return catalog.error();
  const auto rows = (*catalog)->sessions_of(project, event_id);
  if (!rows) return rows.error();
  Room room(most_bytes_);
  auto row = std::find_if(rows->begin(), rows->end(),
                          [](const SessionSummary& session) { return session.is_started; });
  if (row == rows->end()) {
    auto span = find_span(**catalog, project, event_id, room);
    if (!span || span->has_value()) return span;
    auto posted = find_created(**catalog, project, event_id, room);
    if (!posted || posted->has_value() || rows->empty()) return posted;
    row = rows->begin();
  }
  auto found = session(**catalog, *row, room);
  if (!found) return found.error();
  return std::optional<Event>(*std::move(found));
}

}  // namespace honeyhive::server
