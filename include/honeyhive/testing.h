#pragma once

// For tests: what a tracer in test mode recorded, and a trace as text.
//
//   HoneyHiveTracer tracer = HoneyHiveTracer::init({.test_mode = true});
//   ...
//   CHECK(testing::tree(testing::capture(tracer)) == "parent (chain)\n  child (tool)\n");
//
// Thread-safe.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "honeyhive/span.h"
#include "honeyhive/tracer.h"
#include "honeyhive/value.h"

#pragma GCC visibility push(default)
namespace honeyhive::testing {

struct EventData {
  std::string name;
  Object attributes;
};

// An ended span.
struct SpanData {
  std::string name;
  std::string trace_id;
  std::string span_id;
  std::string parent_id;  // empty: a root span
  std::string session_id;
  std::string project;
  std::string source;
  std::chrono::nanoseconds duration{};
  StatusCode status = StatusCode::unset;
  std::string status_description;
  Object attributes;  // one entry per key; nested values are flattened: "honeyhive_metadata.tags.0"
  std::vector<EventData> events;

  // The attribute; null if absent. "metadata.x" is short for "honeyhive_metadata.x".
  const Value& operator[](std::string_view key) const noexcept;
  std::string_view event_type() const noexcept;
};

// A session as the server would know it.
struct SessionData {
  std::string id = {};
  std::string name = {};
  std::string source = {};
  bool created = false;  // by a call to the server; false if only updated, or joined
  Object inputs = {};
  Object outputs = {};
  Object metadata = {};
  Object config = {};
  Object feedback = {};
  Object metrics = {};
  Object user_properties = {};
};

// The spans ended since the last capture, in the order they started; of one tracer or of all in the
// process.
std::vector<SpanData> capture(const HoneyHiveTracer& tracer);
std::vector<SpanData> capture();

// All sessions so far that were created or updated, in that order; and one by id (an empty one if
// there is none).
std::vector<SessionData> sessions(const HoneyHiveTracer& tracer);
SessionData session(const HoneyHiveTracer& tracer, std::string_view id);
SessionData session(std::string_view id);

// The first span of that name; an empty one if there is none.
const SpanData& find(const std::vector<SpanData>& spans, std::string_view name);

// One line per span, children indented by two spaces below their parent, in the order they started:
// "name (event_type) ERROR: description".
std::string tree(const std::vector<SpanData>& spans);

}  // namespace honeyhive::testing
#pragma GCC visibility pop
