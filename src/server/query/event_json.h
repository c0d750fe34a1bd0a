#pragma once

// Events as JSON: HoneyHive's event object, and with `Detail::full` what the CLI and the web page
// need on top of it. The one place that writes them.
//
// Source: the events of HoneyHive's public REST API (POST /v1/events/export), and the attributes
// that its SDK 1.5 writes.

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/json_writer.h"
#include "core/result.h"
#include "server/store/event.h"
#include "server/store/store.h"

namespace honeyhive::server {

enum class Detail : std::uint8_t { honeyhive, full };

// Of a span: the id that its trace and span ids make, also where it was given another one besides.
std::string shown_event_id(const Event& event);

// The event id of the parent: of a span that is a root its session's id; empty if there is none.
std::string parent_event_id(const Event& event);

// Metadata with what is always in it for a span: trace_id, span_id, parent_span_id,
// has_otlp_lineage. A JSON object.
std::string shown_metadata(const Event& event);

// Who is whose child among the events of one answer.
class Children {
 public:
  Children() = default;       // nobody
  static Children unknown();  // then no event says who its children are
  explicit Children(const std::vector<Event>& events);

  bool is_known() const noexcept { return is_known_; }

  // Event ids, in the order of the events.
  const std::vector<std::string>& of(const Event& event) const;

 private:
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> ids_;  // project, parent
  bool is_known_ = true;
};

// Of one event that was read alone: of what is around it. Unknown if that is more than memory
// should hold. A session gets its totals at the same time: all its spans are read.
core::Result<Children> children_around(Store& store, Event& event);

void append_event(core::JsonWriter& json, const Event& event, const Children& children,
                  Detail detail);

// A log record, for the CLI and the web page: no event of HoneyHive's.
void append_log(core::JsonWriter& json, const Event& log);

}  // namespace honeyhive::server
