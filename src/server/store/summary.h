#pragma once

// Lists of traces and sessions: what is asked, and a row of the answer. No payloads.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "core/ids.h"

namespace honeyhive::server {

// Position in a list, newest first; the next page starts behind it.
struct Cursor {
  std::int64_t start_ns = 0;
  std::int64_t row = 0;
};

struct TraceQuery {
  std::optional<std::string> project = {};
  std::optional<std::string> session_id = {};
  std::optional<std::int64_t> since_ns = {};  // traces that started at or after
  std::optional<std::int64_t> until_ns = {};  // traces that started before
  std::optional<std::int64_t> ended_ns = {};  // traces that ended at or after
  std::size_t limit = 50;
  std::optional<Cursor> after = {};
};

// One row of a list: what the catalogue knows without reading payloads.
struct TraceSummary {
  std::string project;
  core::TraceId trace_id;
  std::string session_id;
  std::string name;  // of the root span; of the earliest one while there is no root
  std::int64_t start_ns = 0;
  std::int64_t end_ns = 0;
  std::uint64_t spans = 0;
  std::uint64_t errors = 0;
  std::uint64_t model_spans = 0;
  std::uint64_t session_spans = 0;  // of the type "session"
  std::uint64_t tokens_in = 0;
  std::uint64_t tokens_out = 0;
  Cursor cursor;
};

struct SessionQuery {
  std::optional<std::string> project;
  std::optional<std::string> session_id;
  std::optional<std::int64_t> until_ns;  // sessions that started before
  std::optional<std::int64_t> ended_ns;  // sessions that ended at or after
  std::size_t limit = 50;
  std::optional<Cursor> after;
};

// What is known of a session that was started, or that spans and posted events named.
struct SessionSummary {
  std::string project;
  std::string session_id;
  std::string name;
  std::string source;
  std::int64_t start_ns = 0;
  std::int64_t end_ns = 0;
  std::uint64_t traces = 0;
  std::uint64_t spans = 0;    // also events that were posted to it
  std::uint64_t created = 0;  // only those
  std::uint64_t errors = 0;
  std::uint64_t tokens_in = 0;
  std::uint64_t tokens_out = 0;
  bool is_started = false;  // a start was stored; else all of it is what its spans came with
  Cursor cursor;
};

}  // namespace honeyhive::server
