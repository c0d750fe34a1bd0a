#include "server/store/event_frames.h"

#include <algorithm>

#include "core/crc32c.h"
#include "server/store/catalog.h"
#include "server/store/catalog_logs.h"
#include "server/store/compression.h"
#include "server/store/event_codec.h"

namespace honeyhive::server {
namespace {

using core::Error;
using core::Result;

// A trace of one append is split above this, so that reading one frame stays cheap.
constexpr std::size_t target_raw_bytes = 4 << 20;

Result<void> check(const Event& event) {
  const auto refuse = [](const char* what) {
    return Error{Error::Code::invalid_argument, std::string("event: ") + what};
  };
  const auto bad_name = [](const std::string& name) {
    return name.empty() || name.size() > frame_name_bytes;
  };
  if (bad_name(event.project)) return refuse("project is empty or too long");
  if (event.session_id.size() > frame_name_bytes) return refuse("session_id is too long");
  switch (event.kind) {
    case Event::Kind::span:
      if (event.trace_id.is_zero()) return refuse("trace_id is zero");
      if (event.span_id.is_zero()) return refuse("span_id is zero");
      return {};
    case Event::Kind::session:
    case Event::Kind::update:
      if (bad_name(event.event_id)) return refuse("event_id is empty or too long");
      return {};
    case Event::Kind::log:
      if (log_key(event).size() > frame_name_bytes) return refuse("session_id is too long");
      return {};
    case Event::Kind::created:
      if (bad_name(event.event_id)) return refuse("event_id is empty or too long");
      if (event.session_id.empty()) return refuse("session_id is empty");
      return {};
  }
  return refuse("kind is unknown");
}

FrameKind frame_kind(Event::Kind kind) {
  switch (kind) {
    case Event::Kind::span:
      break;
    case Event::Kind::session:
      return FrameKind::session;
    case Event::Kind::update:
      return FrameKind::update;
    case Event::Kind::created:
      return FrameKind::created;
    case Event::Kind::log:
      return FrameKind::log;
  }
  return FrameKind::spans;
}

std::string key_of(const Event& event) {
  if (event.kind == Event::Kind::span) return std::string(event.trace_id.view());
  if (event.kind == Event::Kind::log) return log_key(event);
  return id_key(event.kind == Event::Kind::created ? event.session_id : event.event_id);
}

// A start or an update that may turn out to be applied already is alone in its frame.
bool same_group(const Event& a, const Event& b) {
  if (a.kind != b.kind || a.project != b.project) return false;
  if (!a.record_id.empty() || !b.record_id.empty()) return false;
  return a.kind == Event::Kind::span ? a.trace_id == b.trace_id : key_of(a) == key_of(b);
}

bool group_before(const Event& a, const Event& b) {
  if (a.kind != b.kind) return a.kind < b.kind;
  if (a.project != b.project) return a.project < b.project;
  return a.kind == Event::Kind::span ? a.trace_id < b.trace_id : key_of(a) < key_of(b);
}

Result<void> close_frame(EventFrame& frame, const std::string& raw) {
  if (raw.size() > max_frame_raw_bytes) {
    return Error{Error::Code::limit_exceeded, "event: " + std::to_string(raw.size()) +
                                                  " bytes are above " +
                                                  std::to_string(max_frame_raw_bytes)};
  }
  auto payload = compress(raw);
  if (!payload) return payload.error();
  FrameHeader& header = frame.frame.header;
  const Event& first = frame.events.front();
  header.kind = frame_kind(first.kind);
  header.project = first.project;
  header.key = key_of(first);
  header.records = static_cast<std::uint32_t>(frame.events.size());
  header.raw_bytes = static_cast<std::uint32_t>(raw.size());
  header.payload_bytes = static_cast<std::uint32_t>(payload->size());
  header.payload_crc = core::crc32c(*payload);
  frame.frame.payload = *std::move(payload);
  return {};
}

}  // namespace

Result<std::vector<EventFrame>> build_frames(std::vector<Event> events) {
  std::vector<Event*> order;
  order.reserve(events.size());
  for (Event& event : events) {
    if (auto checked = check(event); !checked) return checked.error();
    order.push_back(&event);
  }
  std::stable_sort(order.begin(), order.end(),
                   [](const Event* a, const Event* b) { return group_before(*a, *b); });
  std::vector<EventFrame> frames;
  std::string raw;
  for (Event* event : order) {
    const bool joins = !frames.empty() && !frames.back().events.empty() &&
                       same_group(frames.back().events.back(), *event) &&
                       raw.size() < target_raw_bytes;
    if (!joins) {
      if (!frames.empty()) {
        if (auto closed = close_frame(frames.back(), raw); !closed) return closed.error();
      }
      frames.emplace_back();
      raw.clear();
    }
    append_event(raw, *event);
    frames.back().events.push_back(std::move(*event));
  }
  if (!frames.empty()) {
    if (auto closed = close_frame(frames.back(), raw); !closed) return closed.error();
  }
  return frames;
}

Result<std::vector<Event>> decode_frame(const LoadedFrame& frame) {
  EventOrigin origin{frame.header.project, {}};
  if (frame.header.kind == FrameKind::spans) {
    const auto trace = core::TraceId::from_bytes(frame.header.key);
    if (!trace) return Error{Error::Code::malformed_data, "frame of spans: bad trace id"};
    origin.trace_id = *trace;
  }
  if (frame.header.kind == FrameKind::log) origin.trace_id = trace_of_log_key(frame.header.key);
  return decode_events(frame.records, origin);
}

}  // namespace honeyhive::server
