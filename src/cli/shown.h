#pragma once

// What the commands show, taken out of the server's JSON. All text is as it came: it is made safe
// where it is printed.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace honeyhive::cli {

struct TraceRow {
  std::string project;
  std::string trace_id;
  std::string session_id;
  std::string name;
  std::int64_t start_ns = 0;
  std::uint64_t took_ns = 0;
  std::int64_t spans = 0;
  std::int64_t errors = 0;
  std::int64_t tokens_in = 0;
  std::int64_t tokens_out = 0;
};

// A piece of readable text below a span.
struct TextPart {
  enum class Section : std::uint8_t {
    input,
    output,
    error,
    config,
    metadata,
    metrics,
    feedback,
    user_properties,
    event,
    log,
    failed_log,  // of an error, or worse
  };
  Section section = Section::input;
  std::string label;  // a role, a key, an exception's type; may be empty
  std::string text;

  friend bool operator==(const TextPart&, const TextPart&) = default;
};

struct ShownSpan {
  std::string event_id;
  std::string parent_id;
  std::string trace_id;
  std::string span_id;
  std::string parent_span_id;  // empty: a root
  std::string session_id;
  std::string project;
  std::string type;
  std::string name;
  std::string status;       // "unset", "ok" or "error"
  bool has_failed = false;  // by its status, or by an error it was given; as the server counts
  std::string model;
  std::int64_t start_ns = 0;
  std::int64_t end_ns = 0;
  std::int64_t tokens_in = 0;
  std::int64_t tokens_out = 0;
  bool is_clock_odd = false;
  std::vector<TextPart> parts;
};

// A log record, of a span or not.
struct ShownLog {
  std::string trace_id;
  std::string span_id;
  std::int64_t time_ns = 0;
  std::string severity;
  bool is_error = false;  // or worse
  std::string message;
};

// The spans of a trace, or of all traces of a session.
struct ShownTree {
  std::string project;
  std::vector<std::string> other_projects;  // that have a trace of this id too
  std::string trace_id;                     // empty for a session
  std::string session_id;
  std::string session_name;
  std::vector<TextPart> session_parts;  // what the session itself was given
  std::vector<ShownSpan> spans;
  std::vector<ShownLog> logs;  // by time
  bool has_more_logs = false;  // earlier ones
};

}  // namespace honeyhive::cli
