#include "server/query/event_json.h"

#include <algorithm>
#include <set>

#include "core/json_scan.h"
#include "otlp/event_id.h"
#include "server/query/session_totals.h"
#include "server/store/catalog.h"

namespace honeyhive::server {
namespace {

constexpr std::int64_t ns_per_ms = 1'000'000;
constexpr std::string_view lineage_keys[] = {"trace_id", "span_id", "parent_span_id",
                                             "has_otlp_lineage"};

std::string_view or_empty_object(std::string_view json) { return json.empty() ? "{}" : json; }
std::string_view or_empty_array(std::string_view json) { return json.empty() ? "[]" : json; }

// Members of an object. The names are ours: nothing in them is escaped, nor looked for.
class Members {
 public:
  explicit Members(std::string& out) : out_(out) { out_ += '{'; }
  void end() { out_ += '}'; }

  Members& raw(std::string_view name, std::string_view json) {
    if (!is_first_) out_ += ',';
    is_first_ = false;
    out_ += '"';
    out_.append(name).append("\":").append(json);
    return *this;
  }
  Members& text(std::string_view name, std::string_view text) {
    raw(name, "");
    core::append_json_string(out_, text);
    return *this;
  }
  Members& text_or_null(std::string_view name, std::string_view value) {
    return value.empty() ? raw(name, "null") : text(name, value);
  }
  // Hex digits and the like.
  Members& plain_or_null(std::string_view name, std::string_view value) {
    if (value.empty()) return raw(name, "null");
    raw(name, "\"");
    out_.append(value).append("\"");
    return *this;
  }
  template <typename Integer>
  Members& integer(std::string_view name, Integer value) {
    return raw(name, std::to_string(value));
  }
  Members& number(std::string_view name, double value) {
    raw(name, "");
    core::append_json_number(out_, value);
    return *this;
  }
  Members& boolean(std::string_view name, bool value) {
    return raw(name, value ? "true" : "false");
  }

 private:
  std::string& out_;
  bool is_first_ = true;
};

std::string hex_unless_zero(const core::SpanId& id) { return id.is_zero() ? "" : id.hex(); }

const char* status_name(Status status) {
  switch (status) {
    case Status::ok:
      return "ok";
    case Status::error:
      return "error";
    case Status::unset:
      break;
  }
  return "unset";
}

// Updates may have brought keys that belong to the lineage; hardly ever do they.
bool may_hold_lineage(std::string_view metadata) {
  return metadata.find("span_id\"") != metadata.npos ||
         metadata.find("trace_id\"") != metadata.npos ||
         metadata.find("has_otlp_lineage\"") != metadata.npos ||
         metadata.find('\\') != metadata.npos;
}

// `metadata` without keys of the lineage, as members: neither braces nor, if empty, anything.
std::string members_without_lineage(const std::string& metadata) {
  std::string out;
  const auto members = core::scan_json_object(metadata);
  if (!members) return out;
  for (const core::JsonMember& member : *members) {
    if (std::find(std::begin(lineage_keys), std::end(lineage_keys), member.key) !=
        std::end(lineage_keys)) {
      continue;
    }
    if (!out.empty()) out += ',';
    core::append_json_string(out, member.key);
    out.append(":").append(member.value);
  }
  return out;
}

void add_times(Members& members, const Event& event) {
  members.integer("start_time", event.start_ns / ns_per_ms);
  members.integer("end_time", event.end_ns / ns_per_ms);
  members.number("duration", static_cast<double>(event.end_ns - event.start_ns) / 1e6);
}

void add_buckets(Members& members, const Event& event) {
  for (std::size_t i = 0; i < bucket_count; ++i) {
    if (static_cast<Bucket>(i) == Bucket::metadata) {
      members.raw(bucket_names[i], shown_metadata(event));
    } else {
      members.raw(bucket_names[i], or_empty_object(event.buckets[i]));
    }
  }
}

void add_own_fields(Members& members, const Event& event) {
  const bool is_span = event.kind == Event::Kind::span;
  members.text("project", event.project);
  members.plain_or_null("trace_id", is_span ? event.trace_id.hex() : "");
  members.plain_or_null("span_id", is_span ? event.span_id.hex() : "");
  members.plain_or_null("parent_span_id", hex_unless_zero(event.parent_span_id));
  members.text("status", status_name(event.status));
  members.text("status_description", event.status_description);
  members.plain_or_null("start_ns", std::to_string(event.start_ns));
  members.plain_or_null("end_ns", std::to_string(event.end_ns));
  members.integer("tokens_in", event.tokens_in).integer("tokens_out", event.tokens_out);
  members.text_or_null("model", event.model);
  members.raw("span_events", or_empty_array(event.span_events));
  members.raw("links", or_empty_array(event.links));
  members.raw("resource", or_empty_object(event.resource));
  members.text("scope", event.scope).boolean("clock_odd", event.clock_odd);
  members.text("event_type_text", event.event_type_text);
}

// Who names the event as parent, then who else it was sent as a child of its own. `sent` is a JSON
// array or empty.
std::string ids_json(const std::vector<std::string>& ids, const std::string& sent) {
  std::string out = "[";
  std::set<std::string> known;
  const auto add = [&](const std::string& id) {
    if (!known.insert(id_key(id)).second) return;
    if (out.size() > 1) out += ',';
    core::append_json_string(out, id);
  };
  for (const std::string& id : ids) add(id);
  if (!sent.empty()) {
    for (const std::string& id : core::json_strings(sent)) add(id);
  }
  return out += ']';
}

}  // namespace

std::string shown_event_id(const Event& event) {
  if (event.kind != Event::Kind::span) return event.event_id;
  return otlp::event_id(event.trace_id, event.span_id).text();
}

std::string parent_event_id(const Event& event) {
  if (event.kind == Event::Kind::created) return event.parent_id;
  if (event.kind != Event::Kind::span) return {};
  if (event.parent_span_id.is_zero()) return event.session_id;
  return otlp::event_id(event.trace_id, event.parent_span_id).text();
}

std::string shown_metadata(const Event& event) {
  const std::string& stored = event.bucket(Bucket::metadata);
  if (event.kind != Event::Kind::span) return std::string(or_empty_object(stored));
  std::string out;
  out.reserve(stored.size() + 160);
  Members members(out);
  members.plain_or_null("trace_id", event.trace_id.hex());
  members.plain_or_null("span_id", event.span_id.hex());
  members.plain_or_null("parent_span_id", hex_unless_zero(event.parent_span_id));
  members.boolean("has_otlp_lineage", true);
  if (may_hold_lineage(stored)) {
    const std::string others = members_without_lineage(stored);
    if (!others.empty()) out.append(",").append(others);
  } else if (stored.size() > 2) {
    out.append(",").append(stored, 1, stored.size() - 2);  // canonical: no white space around
  }
  members.end();
  return out;
}

Children::Children(const std::vector<Event>& events) {
  for (const Event& event : events) {
    std::string parent = id_key(parent_event_id(event));  // a session's in any case
    if (!parent.empty()) ids_[{event.project, std::move(parent)}].push_back(shown_event_id(event));
  }
}

Children Children::unknown() {
  Children children;
  children.is_known_ = false;
  return children;
}

const std::vector<std::string>& Children::of(const Event& event) const {
  static const std::vector<std::string> none;
  const auto found = ids_.find({event.project, id_key(shown_event_id(event))});
  return found == ids_.end() ? none : found->second;
}

core::Result<Children> children_around(Store& store, Event& event) {
  const auto around = event.kind == Event::Kind::span
                          ? store.trace(event.project, event.trace_id)
                          : store.session_events(event.project, event.session_id);
  if (around) {
    if (event.kind == Event::Kind::session) add_session_totals(event, *around);
    return Children(*around);
  }
  if (around.error().code == core::Error::Code::limit_exceeded) return Children::unknown();
  return around.error();
}

void append_event(core::JsonWriter& json, const Event& event, const Children& children,
                  Detail detail) {
  std::string out;
  Members members(out);
  members.text("event_id", shown_event_id(event));
  members.text_or_null("session_id", event.session_id);
  members.text_or_null("parent_id", parent_event_id(event));
  if (children.is_known())
    members.raw("children_ids", ids_json(children.of(event), event.children_ids));
  members.text("event_type", event.event_type).text("event_name", event.event_name);
  members.text("source", event.source.empty() ? "unknown" : event.source);
  members.text("project_id", event.project);
  add_times(members, event);
  add_buckets(members, event);
  members.text_or_null("error", event.error);
  if (detail == Detail::full) add_own_fields(members, event);
  members.end();
  json.raw(out);
}

void append_log(core::JsonWriter& json, const Event& log) {
  std::string out;
  Members members(out);
  members.text_or_null("record_id", log.event_id).text("project", log.project);
  members.plain_or_null("trace_id", log.trace_id.is_zero() ? "" : log.trace_id.hex());
  members.plain_or_null("span_id", hex_unless_zero(log.span_id));
  members.text_or_null("session_id", log.session_id);
  members.plain_or_null("time_ns", std::to_string(log.start_ns));
  members.plain_or_null("observed_ns", log.observed_ns == 0 ? "" : std::to_string(log.observed_ns));
  members.integer("severity_number", unsigned{log.severity});
  members.text("severity_text", log.severity_text).text("event_name", log.event_name);
  members.raw("body", log.body.empty() ? "null" : log.body);
  members.raw("attributes", or_empty_object(log.bucket(Bucket::metadata)));
  members.raw("resource", or_empty_object(log.resource)).text("scope", log.scope);
  members.text("source", log.source).boolean("clock_odd", log.clock_odd);
  members.end();
  json.raw(out);
}

}  // namespace honeyhive::server
