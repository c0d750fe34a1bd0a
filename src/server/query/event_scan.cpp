#include "server/query/event_scan.h"

#include <set>
#include <utility>

#include "server/query/parameters.h"

namespace honeyhive::server {
namespace {

constexpr std::size_t traces_per_step = 200;

// The text that `field` must be equal to, if a filter says so.
std::optional<std::string> required(const EventQuery& query, std::string_view field) {
  for (const Filter& filter : query.filters) {
    if (filter.field != field || filter.op != Operator::is) continue;
    if (auto text = text_of_json_string(filter.value)) return text;
  }
  return std::nullopt;
}

class Scan {
 public:
  Scan(Store& store, const EventQuery& query, std::size_t max_events, const EventVisitor& visit)
      : store_(store), query_(query), max_events_(max_events), visit_(visit) {}

  // The narrowest way to all events that can match.
  core::Result<ScanEnd> run() {
    if (const auto id = required(query_, "event_id")) return one_event(*id);
    if (const auto id = required(query_, "metadata.trace_id")) return one_trace(*id);
    if (const auto id = required(query_, "session_id")) return one_session(*id);
    if (const auto type = required(query_, "event_type")) wants_spans_ = *type != "session";
    return all_traces();
  }

 private:
  std::optional<std::string_view> project() const {
    return query_.project ? std::optional<std::string_view>(*query_.project) : std::nullopt;
  }

  void examine(const std::vector<Event>& events) { examine(events, query_.filters); }

  void examine(const std::vector<Event>& events, const std::vector<Filter>& filters) {
    const Children children(events);
    for (const Event& event : events) {
      ++end_.examined;
      if (query_.from_ns && event.start_ns < *query_.from_ns) continue;
      if (query_.to_ns && event.start_ns > *query_.to_ns) continue;
      if (matches(event, filters)) visit_(event, children);
    }
  }

  core::Result<ScanEnd> examined(const core::Result<std::vector<Event>>& events) {
    if (!events) return events.error();
    examine(*events);
    return end_;
  }

  core::Result<ScanEnd> one_event(const std::string& id) {
    auto event = store_.event(project(), id);
    if (!event) return event.error();
    if (!event->has_value()) return end_;
    // The store knows more ids of a span than the one it is shown with.
    std::vector<Filter> others = query_.filters;
    std::erase_if(others, [&](const Filter& filter) {
      return filter.field == "event_id" && filter.op == Operator::is &&
             text_of_json_string(filter.value) == id;
    });
    examine({**std::move(event)}, others);
    return end_;
  }

  core::Result<ScanEnd> one_trace(const std::string& text) {
    const auto id = parse_trace_id(text);
    if (!id) return end_;  // equal to no trace's id
    return examined(store_.trace(project(), *id));
  }

  core::Result<ScanEnd> one_session(const std::string& id) {
    return examined(store_.session_events(project(), id));
  }

  core::Result<ScanEnd> all_traces() {
    TraceQuery list;
    list.project = query_.project;
    list.limit = traces_per_step;
    if (query_.to_ns && *query_.to_ns < INT64_MAX) list.until_ns = *query_.to_ns + 1;
    while (true) {
      const auto page = store_.traces(list);
      if (!page) return page.error();
      for (const TraceSummary& trace : *page) {
        if (end_.examined >= max_events_) {
          end_.complete = false;
          return end_;
        }
        if (auto failed = examine_trace(trace)) return *std::move(failed);
      }
      if (page->size() < traces_per_step) return end_;
      list.after = page->back().cursor;
    }
  }

  std::optional<core::Error> examine_trace(const TraceSummary& trace) {
    if (!trace.session_id.empty() && sessions_.emplace(trace.project, trace.session_id).second) {
      auto session = store_.event(trace.project, trace.session_id);
      if (!session) return session.error();
      if (session->has_value()) examine({**std::move(session)});
    }
    ++end_.examined;  // walking a list costs too
    if (!wants_spans_ || (query_.from_ns && trace.end_ns < *query_.from_ns)) return std::nullopt;
    const auto events = store_.trace(trace.project, trace.trace_id);
    if (!events && events.error().code == core::Error::Code::limit_exceeded) {
      end_.complete = false;  // the others can be examined
      return std::nullopt;
    }
    if (!events) return events.error();
    examine(*events);
    return std::nullopt;
  }

  Store& store_;
  const EventQuery& query_;
  const std::size_t max_events_;
  const EventVisitor& visit_;
  bool wants_spans_ = true;
  std::set<std::pair<std::string, std::string>> sessions_;  // examined: project, id
  ScanEnd end_;
};

}  // namespace

core::Result<ScanEnd> scan_events(Store& store, const EventQuery& query, std::size_t max_events,
                                  const EventVisitor& visit) {
  return Scan(store, query, max_events, visit).run();
}

}  // namespace honeyhive::server
