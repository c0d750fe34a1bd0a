#include "server/ingest/event_body.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "core/json_writer.h"
#include "core/limits.h"
#include "server/ingest/event_type.h"
#include "server/ingest/rest_fields.h"
#include "server/store/catalog.h"
#include "server/store/merge.h"

namespace honeyhive::server {
namespace {

namespace limits = core::limits;

void require_v1(JsonFields& fields) {
  static constexpr auto names = std::to_array<std::string_view>(
      {"event_type", "inputs", "event_id", "session_id", "parent_id", "event_name", "source",
       "project_id", "children_ids", "config", "outputs", "metadata", "feedback", "metrics",
       "user_properties", "error", "start_time", "end_time", "duration"});
  fields.allow_only(names);
  const std::string type = fields.text("event_type", limits::name_bytes);
  if (type != "model" && type != "tool" && type != "chain" && type != "session") {
    fields.refuse("event_type", "model, tool, chain or session");
  }
  if (!fields.has("inputs")) fields.refuse("inputs", "an object");
  if (fields.has("error")) fields.text("error", limits::value_bytes);
}

// A session's start tolerates what is no time, an event does not.
void require_times(JsonFields& fields) {
  for (const char* const name : {"start_time", "end_time"}) {
    if (fields.has(name) && !fields.milliseconds_as_ns(name)) {
      fields.refuse(name, "milliseconds since 1970");
    }
  }
  if (fields.has("duration") && !fields.milliseconds_as_ns("duration")) {
    fields.refuse("duration", "milliseconds");
  }
}

// Whatever of `names` is there, as members of an object.
using Renamed = std::pair<std::string_view, std::string_view>;  // from, to
template <std::size_t N>
std::string members_of(const JsonFields& fields, const std::array<Renamed, N>& names) {
  std::string out;
  core::JsonWriter json(out);
  json.begin_object();
  for (const auto& [from, to] : names) {
    if (fields.has(from)) json.key(to).raw(fields.raw(from));
  }
  json.end_object();
  return out;
}

// What a bucket says itself wins.
void add_below(Event& event, Bucket which, const std::string& more) {
  if (more.empty() || more == "{}") return;
  event.bucket(which) = merge_objects(more, event.bucket(which));
}

void set_model_fields(JsonFields& fields, Event& event) {
  static constexpr auto config = std::to_array<Renamed>({{"model_name", "model"},
                                                         {"model_version", "version"},
                                                         {"provider", "provider"},
                                                         {"hyperparameters", "hyperparameters"},
                                                         {"template", "template"},
                                                         {"tools", "tools"},
                                                         {"tool_choice", "tool_choice"},
                                                         {"response_format", "response_format"}});
  static constexpr auto older = std::to_array<Renamed>({{"model", "model"}});
  static constexpr auto cost = std::to_array<Renamed>({{"cost", "cost"}});
  static constexpr auto history = std::to_array<Renamed>({{"messages", "chat_history"}});
  for (const char* const name : {"model_name", "model_version", "model", "provider"}) {
    fields.text(name, limits::name_bytes);
  }
  fields.items("messages");
  add_below(event, Bucket::config, members_of(fields, config));
  add_below(event, Bucket::config, members_of(fields, older));
  add_below(event, Bucket::inputs, fields.object("template_inputs"));
  add_below(event, Bucket::inputs, members_of(fields, history));
  add_below(event, Bucket::metadata, fields.object("usage"));
  add_below(event, Bucket::metadata, members_of(fields, cost));
  if (!fields.has("outputs")) event.bucket(Bucket::outputs) = any_object(fields, "response");
}

// Sums over many events must not overflow: no call has more tokens than this.
std::uint64_t count_of(const std::string& json) {
  constexpr std::uint64_t most_tokens = std::uint64_t{1} << 40;
  std::uint64_t count = 0;
  for (const char digit : json) {
    if (digit < '0' || digit > '9') return 0;
    count = count * 10 + static_cast<std::uint64_t>(digit - '0');
    if (count > most_tokens) return 0;
  }
  return count;
}

std::uint64_t tokens_of(const Event& event, std::array<std::string_view, 2> names) {
  for (const Bucket which : {Bucket::metadata, Bucket::metrics}) {
    const auto bucket = JsonFields::parse(event.bucket(which), "");
    if (!bucket) continue;
    for (const std::string_view name : names) {
      if (bucket->has(name)) return count_of(bucket->raw(name));
    }
  }
  return 0;
}

void set_tokens_and_model(Event& event) {
  event.tokens_in = tokens_of(event, {"input_tokens", "prompt_tokens"});
  event.tokens_out = tokens_of(event, {"output_tokens", "completion_tokens"});
  auto config = JsonFields::parse(event.bucket(Bucket::config), "");
  if (config) event.model = config->text("model", limits::name_bytes);
}

std::string inferred_type(const Event& event) {
  if (!event.model.empty()) return "model";
  otlp::SpanView named;
  named.name = event.event_name;
  return std::string(infer_event_type(named));
}

void set_type(JsonFields& fields, EventForm form, Event& event) {
  const std::string sent = fields.text("event_type", limits::name_bytes);
  if (form == EventForm::model) {
    event.event_type = "model";
  } else if (const auto known = known_event_type(sent)) {
    event.event_type = *known;
  } else {
    event.event_type = inferred_type(event);
    event.event_type_text = sent;
  }
}

void set_ids(JsonFields& fields, Event& event, const std::optional<std::string>& session_id) {
  const bool may_be_session = event.event_type == "session";
  event.event_id = id_field(fields, "event_id");
  event.session_id = id_field(fields, "session_id");
  if (session_id) event.session_id = *session_id;
  if (may_be_session && event.event_id.empty()) event.event_id = event.session_id;
  if (event.event_id.empty()) event.event_id = new_id();
  if (may_be_session && event.session_id.empty()) event.session_id = event.event_id;
  if (event.session_id.empty()) event.session_id = new_id();
  if (may_be_session && id_key(event.event_id) == id_key(event.session_id)) {
    event.kind = Event::Kind::session;
    event.event_id = event.session_id;
    event.session_name = event.event_name;
    return;
  }
  event.parent_id = id_field(fields, "parent_id");
  if (event.parent_id.empty()) event.parent_id = event.session_id;
  if (id_key(event.parent_id) == id_key(event.event_id)) event.parent_id.clear();
}

}  // namespace

Event posted_event(JsonFields& fields, EventForm form, std::int64_t now_ns,
                   const std::optional<std::string>& session_id) {
  if (form == EventForm::v1) require_v1(fields);
  require_times(fields);
  Event event;
  event.kind = Event::Kind::created;
  event.project = project_field(fields);
  set_common(fields, event, now_ns);
  if (form == EventForm::model) set_model_fields(fields, event);
  set_tokens_and_model(event);
  set_type(fields, form, event);
  set_ids(fields, event, session_id);
  return event;
}

}  // namespace honeyhive::server
