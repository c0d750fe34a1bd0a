#pragma once

// What the server stores: one record per span, session, update or log record, in HoneyHive's shape.
//
// A record is made once, when a request is decoded (server/ingest), and is never changed: updates
// and session merges are records of their own and are applied when an event is read.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/ids.h"

namespace honeyhive::server {

// HoneyHive's buckets, in the order they are printed. Append, never renumber: stored.
enum class Bucket : std::uint8_t {
  inputs = 0,
  outputs = 1,
  config = 2,
  metadata = 3,
  metrics = 4,
  feedback = 5,
  user_properties = 6,
};
inline constexpr std::size_t bucket_count = 7;
inline constexpr std::array<const char*, bucket_count> bucket_names = {
    "inputs", "outputs", "config", "metadata", "metrics", "feedback", "user_properties"};

// OTLP's values. Stored.
enum class Status : std::uint8_t { unset = 0, ok = 1, error = 2 };

struct Event {
  // Append, never renumber: stored.
  enum class Kind : std::uint8_t {
    span = 1,  // keyed by (project, trace, span): the first stored wins
    session =
        2,       // a session start; a second one of the same id merges metadata and user_properties
    update = 3,  // PUT /events: changes the event `event_id`, which may arrive later
    created = 4,  // posted with an id of its own, of no trace: the first of (project, id) wins
    log = 5,      // a log record: of a trace, else of a session, else of its project
  };

  Kind kind = Kind::span;
  std::string project;     // part of every key
  std::string event_id;    // UUID text; of a span: otlp::event_id; of a session: the session id;
                           // of a log: the id that its client keeps it once by, or empty
  core::TraceId trace_id;  // spans; logs, zero: of none
  core::SpanId span_id;    // the same
  core::SpanId parent_span_id;  // zero: a root span
  std::string parent_id;        // of created events: any event's id; may be empty
  std::string session_id;       // may be empty, but not of created events
  std::string session_name;     // of a session; of a span: honeyhive.session_name, if it came along
  std::string event_type;  // "model", "tool", "chain" or "session"; what HoneyHive's API answers
  std::string event_type_text;  // as sent, where that is none of them in any case
  std::string event_name;
  std::string source;
  std::string error;  // empty: none
  Status status = Status::unset;
  std::string status_description;
  std::int64_t start_ns = 0;    // since 1970; as sent
  std::int64_t end_ns = 0;      // >= start_ns
  bool clock_odd = false;       // end before start, or a time that cannot be right
  std::int64_t arrival_ns = 0;  // where `start_ns` cannot be right; else 0
  bool has_start = false;       // updates only: fields that change
  bool has_end = false;
  bool has_duration = false;  // the end becomes the start plus `duration_ns`; `has_end` wins
  std::array<std::string, bucket_count> buckets;  // JSON objects; "" is an empty one
  std::string span_events;     // JSON array of {time_ns, name, attributes}; "" if none
  std::string children_ids;    // JSON array of event ids, as sent; "" if none
  std::string links;           // JSON array of {trace_id, span_id, trace_state, attributes}; ""
  std::string resource;        // JSON object of the resource's attributes; "" if none
  std::string scope;           // "name version" of the instrumentation scope
  std::uint8_t span_kind = 0;  // OTLP's values
  std::uint64_t tokens_in = 0;
  std::uint64_t tokens_out = 0;
  std::string model;
  std::int64_t duration_ns = 0;  // updates only
  std::string record_id;         // of sessions and updates: as `event_id` of a log; may be empty
  std::string body;              // logs only: JSON
  std::string severity_text;     // logs only, as sent
  std::uint8_t severity = 0;     // logs only: OTLP's values, 1 to 24; 0: not known
  std::int64_t observed_ns = 0;  // logs only; 0: not known

  std::string& bucket(Bucket which) { return buckets[static_cast<std::size_t>(which)]; }
  const std::string& bucket(Bucket which) const { return buckets[static_cast<std::size_t>(which)]; }
};

// When an event was, as far as that can be believed.
struct BelievedTimes {
  std::int64_t start_ns = 0;
  std::int64_t end_ns = 0;
  bool is_known = true;  // else it is when the event arrived
};

inline BelievedTimes believed_times(const Event& event) {
  if (!event.clock_odd) return {event.start_ns, event.end_ns};
  if (event.arrival_ns == 0) return {event.start_ns, event.start_ns};  // only its end is odd
  return {event.arrival_ns, event.arrival_ns, false};
}

}  // namespace honeyhive::server
