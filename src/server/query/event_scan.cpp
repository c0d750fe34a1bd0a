#include "server/query/event_scan.h"

#include <map>
#include <set>
#include <utility>

#include "server/query/parameters.h"
#include "server/query/session_totals.h"
#include "server/store/catalog.h"

namespace honeyhive::server {
namespace {

constexpr std::size_t rows_per_step = 200;

// The text that `field` must be equal to, if a filter says so.
std::optional<std::string> required(const EventQuery& query, std::string_view field) {
  for (const Filter& filter : query.filters) {
    if (filter.field != field || filter.op != Operator::is) continue;
    const bool is_text = filter.type == FilterType::none || filter.type == FilterType::string;
    if (!is_text) continue;  // "1e3" may be meant as a number
    if (auto text = text_of_json_string(filter.value)) return text;
  }
  return std::nullopt;
}

// A list of the store, a page at a time.
template <typename Row, typename Query>
class List {
 public:
  using Fetch = core::Result<std::vector<Row>> (Store::*)(const Query&);

  List(Store& store, Fetch fetch, Query query)
      : store_(store), fetch_(fetch), query_(std::move(query)) {
    query_.limit = rows_per_step;
  }

  // The next row; null at the end.
  core::Result<const Row*> front() {
    if (at_ == page_.size() && !is_last_) {
      auto page = (store_.*fetch_)(query_);
      if (!page) return page.error();
      page_ = *std::move(page);
      at_ = 0;
      is_last_ = page_.size() < rows_per_step;
      if (!page_.empty()) query_.after = page_.back().cursor;
    }
    return at_ < page_.size() ? &page_[at_] : nullptr;
  }
  void pop() { ++at_; }

 private:
  Store& store_;
  const Fetch fetch_;
  Query query_;
  std::vector<Row> page_;
  std::size_t at_ = 0;
  bool is_last_ = false;
};

class Scan {
 public:
  Scan(Store& store, const EventQuery& query, std::size_t max_events, const EventVisitor& visit)
      : store_(store), query_(query), max_events_(max_events), visit_(visit) {}

  // The narrowest way to all events that can match.
  core::Result<ScanEnd> run() {
    if (query_.run) {
      if (auto found = find_run(); !found) return found.error();
    }
    if (const auto id = required(query_, "event_id")) return one_event(*id);
    if (const auto id = required(query_, "metadata.trace_id")) return one_trace(*id);
    if (const auto id = required(query_, "session_id")) return one_session(*id);
    return everything(required(query_, "event_type").value_or(""));
  }

 private:
  std::optional<std::string_view> project() const {
    return query_.project ? std::optional<std::string_view>(*query_.project) : std::nullopt;
  }

  // All events of one trace, in a project or in all.
  void examine(const std::vector<Event>& trace) {
    const Children children(trace);
    for (const Event& event : trace) examine(event, children);
  }

  void examine(const Event& event, const Children& children) {
    ++end_.examined;
    if (is_wanted(event, query_.filters)) visit_(event, children);
  }

  bool is_wanted(const Event& event, const std::vector<Filter>& filters) const {
    return is_in_range(event) && is_of_run(event) && matches(event, filters);
  }

  bool is_of_run(const Event& event) const {
    return !query_.run || matches(event, *query_.run) ||
           run_sessions_.contains({event.project, id_key(event.session_id)});
  }

  // The sessions of the run.
  core::Result<void> find_run() {
    List<SessionSummary, SessionQuery> sessions(store_, &Store::sessions, listed<SessionQuery>());
    for (;; sessions.pop()) {
      const auto row = sessions.front();
      if (!row) return row.error();
      if (*row == nullptr) return {};
      if (end_.examined++ >= max_events_) {
        end_.complete = false;
        return {};
      }
      const auto session = store_.session_event((*row)->project, (*row)->session_id);
      if (!session) {
        if (const auto failed = passed_over(session.error())) return *failed;
      } else if (session->has_value() && matches(**session, *query_.run)) {
        run_sessions_.emplace((*row)->project, id_key((*row)->session_id));
      }
    }
  }

  // Of an event that cannot have been when it says nobody knows: it is wherever its trace is.
  bool is_in_range(const Event& event) const {
    if (!believed_times(event).is_known) return true;
    return event.start_ns >= query_.from_ns.value_or(INT64_MIN) &&
           event.start_ns <= query_.to_ns.value_or(INT64_MAX);
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
    ++end_.examined;
    if (!is_wanted(**event, others)) return end_;
    const auto children = children_around(store_, **event);
    if (!children) return children.error();
    visit_(**event, *children);
    return end_;
  }

  core::Result<ScanEnd> one_trace(const std::string& text) {
    const auto id = parse_trace_id(text);
    if (!id) return end_;  // equal to no trace's id
    const auto events = store_.trace(project(), *id);
    if (!events) return events.error();
    examine(*events);
    return end_;
  }

  core::Result<ScanEnd> one_session(const std::string& id) {
    auto events = store_.session_events(project(), id);
    if (!events) return events.error();
    add_session_totals(*events);
    const auto partial = partial_traces(id, *events);
    if (!partial) return partial.error();
    const Children children(*events);
    for (const Event& event : *events) {
      const bool is_known = event.kind != Event::Kind::span || !partial->contains(trace_of(event));
      examine(event, is_known ? children : unknown_);
    }
    return end_;
  }

  using Trace = std::pair<std::string, core::TraceId>;  // of a project
  static Trace trace_of(const Event& event) { return {event.project, event.trace_id}; }

  // Those of a session's traces that have other spans too, perhaps children of these.
  core::Result<std::set<Trace>> partial_traces(const std::string& session,
                                               const std::vector<Event>& events) {
    std::map<Trace, std::size_t> spans;
    for (const Event& event : events) {
      if (event.kind == Event::Kind::span) ++spans[trace_of(event)];
    }
    std::set<Trace> partial;
    List<TraceSummary, TraceQuery> traces(store_, &Store::traces,
                                          {.project = query_.project, .session_id = session});
    for (;; traces.pop()) {
      const auto row = traces.front();
      if (!row) return row.error();
      if (*row == nullptr) return partial;
      const Trace trace{(*row)->project, (*row)->trace_id};
      if (spans[trace] != (*row)->spans) partial.insert(trace);
    }
  }

  // Rows that may lead to events in the range.
  template <typename Query>
  Query listed() const {
    Query list;
    list.project = query_.project;
    if (query_.to_ns && *query_.to_ns < INT64_MAX) list.until_ns = *query_.to_ns + 1;
    list.ended_ns = query_.from_ns;  // what ended earlier has no event that started later
    return list;
  }

  // Traces and sessions as one list, newest first. A session may have no trace, and a trace several
  // sessions. `type`: of all events that match; empty if they may be of any.
  core::Result<ScanEnd> everything(const std::string& type) {
    List<TraceSummary, TraceQuery> traces(store_, &Store::traces, listed<TraceQuery>());
    List<SessionSummary, SessionQuery> sessions(store_, &Store::sessions, listed<SessionQuery>());
    while (true) {
      const auto trace = traces.front();
      if (!trace) return trace.error();
      const auto session = sessions.front();
      if (!session) return session.error();
      if (*trace == nullptr && *session == nullptr) return end_;
      if (end_.examined >= max_events_) {
        end_.complete = false;
        return end_;
      }
      const bool is_session =
          *trace == nullptr || (*session != nullptr && (*session)->start_ns >= (*trace)->start_ns);
      const auto failed =
          is_session ? examine_session(**session, type) : examine_trace(**trace, type);
      if (failed) return *failed;
      is_session ? sessions.pop() : traces.pop();
    }
  }

  // Walking a list costs too: each row counts, whether its events are read or not.
  std::optional<core::Error> examine_session(const SessionSummary& row, const std::string& type) {
    ++end_.examined;
    const bool is_wanted = type.empty() || type == "session";
    std::vector<Event> events;
    if (row.created > 0) {
      auto created = store_.created_events(row.project, row.session_id);
      if (!created) return passed_over(created.error());
      events = *std::move(created);
    }
    const Children children(events);
    if (is_wanted) {
      const auto session = store_.session_event(row.project, row.session_id);
      if (!session) return passed_over(session.error());
      // Its children are in all its traces too: too much to read for each.
      const bool has_traces = row.spans > row.created;
      if (session->has_value()) examine(**session, has_traces ? unknown_ : children);
    }
    for (const Event& event : events) examine(event, children);
    return std::nullopt;
  }

  std::optional<core::Error> examine_trace(const TraceSummary& row, const std::string& type) {
    ++end_.examined;
    if (type == "session" && row.session_spans == 0) return std::nullopt;
    const auto events = store_.trace(row.project, row.trace_id);
    if (!events) return passed_over(events.error());
    examine(*events);
    return std::nullopt;
  }

  // What memory cannot hold is left out: the others can be examined.
  std::optional<core::Error> passed_over(const core::Error& error) {
    if (error.code != core::Error::Code::limit_exceeded) return error;
    end_.complete = false;
    return std::nullopt;
  }

  Store& store_;
  const EventQuery& query_;
  const std::size_t max_events_;
  const EventVisitor& visit_;
  const Children unknown_ = Children::unknown();
  std::set<std::pair<std::string, std::string>> run_sessions_;  // projects, keys of their ids
  ScanEnd end_;
};

}  // namespace

core::Result<ScanEnd> scan_events(Store& store, const EventQuery& query, std::size_t max_events,
                                  const EventVisitor& visit) {
  return Scan(store, query, max_events, visit).run();
}

}  // namespace honeyhive::server
