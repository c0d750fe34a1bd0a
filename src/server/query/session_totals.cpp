#include "server/query/session_totals.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <map>
#include <string_view>

#include "core/json_scan.h"
#include "core/json_writer.h"
#include "server/store/merge.h"

namespace honeyhive::server {
namespace {

struct Totals {
  std::uint64_t events = 0, model_events = 0, tokens_in = 0, tokens_out = 0;
  bool has_feedback = false;
  bool has_cost = false;
  double cost = 0;

  void add(const Event& event);
  std::string json() const;
};

// 0 where it is not a number: a sum is as good as what can be added.
double cost_of(const Event& event) {
  const std::string& metadata = event.bucket(Bucket::metadata);
  if (metadata.find("\"cost\":") == metadata.npos) return 0;
  const auto members = core::scan_json_object(metadata);
  if (!members) return 0;
  for (const core::JsonMember& member : *members) {
    if (member.key != "cost") continue;
    double cost = 0;
    const char* const end = member.value.data() + member.value.size();
    const auto parsed = std::from_chars(member.value.data(), end, cost);
    return parsed.ec == std::errc() && parsed.ptr == end && std::isfinite(cost) ? cost : 0;
  }
  return 0;
}

void Totals::add(const Event& event) {
  ++events;
  model_events += event.event_type == "model" ? 1 : 0;
  tokens_in += event.tokens_in;
  tokens_out += event.tokens_out;
  has_feedback = has_feedback || event.bucket(Bucket::feedback).size() > 2;
  const double one = cost_of(event);
  has_cost = has_cost || one != 0;
  cost += one;
}

std::string Totals::json() const {
  std::string out;
  core::JsonWriter json(out);
  json.begin_object();
  json.key("num_events").unsigned_integer(events);
  json.key("num_model_events").unsigned_integer(model_events);
  json.key("has_feedback").boolean(has_feedback);
  if (has_cost) json.key("cost").number(cost);
  if (tokens_in + tokens_out > 0) {
    json.key("prompt_tokens").unsigned_integer(tokens_in);
    json.key("completion_tokens").unsigned_integer(tokens_out);
    json.key("total_tokens").unsigned_integer(tokens_in + tokens_out);
  }
  json.end_object();
  return out;
}

bool is_child(const Event& event) {
  return event.kind != Event::Kind::session && event.kind != Event::Kind::log;
}

void put(const Totals& totals, Event& session) {
  Totals all = totals;
  all.has_feedback = all.has_feedback || session.bucket(Bucket::feedback).size() > 2;
  std::string& metadata = session.bucket(Bucket::metadata);
  metadata = merge_objects(all.json(), metadata);
}

}  // namespace

void add_session_totals(std::vector<Event>& events) {
  std::map<std::string_view, Totals> totals;  // by project: nearly always one
  for (const Event& event : events) {
    if (is_child(event)) totals[event.project].add(event);
  }
  for (Event& event : events) {
    if (event.kind == Event::Kind::session) put(totals[event.project], event);
  }
}

void add_session_totals(Event& session, const std::vector<Event>& events) {
  Totals totals;
  for (const Event& event : events) {
    if (is_child(event) && event.project == session.project) totals.add(event);
  }
  put(totals, session);
}

}  // namespace honeyhive::server
