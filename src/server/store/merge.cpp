#include "server/store/merge.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <set>
#include <tuple>

#include "core/json_writer.h"
#include "core/keep_last.h"

namespace honeyhive::server {
namespace {

void merge_bucket(Event& event, const Event& change, Bucket which) {
  const std::string& patch = change.bucket(which);
  if (!patch.empty()) event.bucket(which) = merge_objects(event.bucket(which), patch);
}

std::int64_t end_after(std::int64_t start_ns, std::int64_t duration_ns) {
  if (duration_ns <= 0) return start_ns;
  if (start_ns > std::numeric_limits<std::int64_t>::max() - duration_ns) {
    return std::numeric_limits<std::int64_t>::max();
  }
  return start_ns + duration_ns;
}

// By what a client says of its session, apart from times: those it leaves out are the server's.
struct StartBefore {
  bool operator()(const Event* a, const Event* b) const {
    const auto said = [](const Event& start) {
      return std::tie(start.session_name, start.event_name, start.source, start.error,
                      start.buckets);
    };
    return said(*a) < said(*b);
  }
};

}  // namespace

void keep_last_of_each_key(std::vector<core::JsonMember>& members) {
  core::keep_last_of_each_key(
      members, [](core::JsonMember& first, core::JsonMember& later) { first.value = later.value; });
}

std::string merge_objects(std::string_view base, std::string_view patch) {
  std::vector<core::JsonMember> members;
  for (const std::string_view text : {base, patch}) {
    auto scanned = core::scan_json_object(text);
    if (!scanned) continue;
    members.insert(members.end(), std::make_move_iterator(scanned->begin()),
                   std::make_move_iterator(scanned->end()));
  }
  keep_last_of_each_key(members);
  std::string out;
  core::JsonWriter writer(out);
  writer.begin_object();
  for (const core::JsonMember& member : members) writer.key(member.key).raw(member.value);
  writer.end_object();
  return out;
}

void merge_session_start(Event& session, const Event& start) {
  merge_bucket(session, start, Bucket::metadata);
  merge_bucket(session, start, Bucket::user_properties);
}

void apply_update(Event& event, const Event& update) {
  for (const Bucket which : {Bucket::inputs, Bucket::config, Bucket::metadata, Bucket::metrics,
                             Bucket::feedback, Bucket::user_properties}) {
    merge_bucket(event, update, which);
  }
  if (!update.bucket(Bucket::outputs).empty()) {
    event.bucket(Bucket::outputs) = update.bucket(Bucket::outputs);
  }
  if (!update.error.empty()) event.error = update.error;
  if (!update.children_ids.empty()) event.children_ids = update.children_ids;
  if (update.has_start) event.start_ns = update.start_ns;
  if (update.has_end) {
    event.end_ns = update.end_ns;
  } else if (update.has_duration) {
    event.end_ns = end_after(event.start_ns, update.duration_ns);
  }
  if (event.end_ns < event.start_ns) {
    event.end_ns = event.start_ns;
    event.clock_odd = true;
  }
}

Event merge_session(const std::vector<Event>& records, const Event& otherwise) {
  const auto first = std::find_if(records.begin(), records.end(), [](const Event& record) {
    return record.kind == Event::Kind::session;
  });
  Event session = first == records.end() ? otherwise : *first;
  std::set<const Event*, StartBefore> starts;
  for (const Event& record : records) {
    if (record.kind == Event::Kind::update) {
      apply_update(session, record);
    } else if (starts.insert(&record).second && starts.size() > 1) {
      merge_session_start(session, record);
    }
  }
  return session;
}

}  // namespace honeyhive::server
