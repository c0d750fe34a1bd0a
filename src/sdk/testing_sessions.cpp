#include "sdk/testing_sessions.h"

#include <string>
#include <utility>

#include "sdk/value/json_value.h"

namespace honeyhive::sdk {
namespace {

using honeyhive::testing::SessionData;
using Tracer = honeyhive::detail::TracerImpl;

void merge(Object& into, const Value& from) { into.merge(Object(from)); }

// As the server does it: merged by key, but for the outputs.
void merge_all(SessionData& into, const Value& from) {
  merge(into.inputs, from["inputs"]);
  merge(into.metadata, from["metadata"]);
  merge(into.config, from["config"]);
  merge(into.feedback, from["feedback"]);
  merge(into.metrics, from["metrics"]);
  merge(into.user_properties, from["user_properties"]);
  if (!from["outputs"].is_null()) into.outputs = Object(from["outputs"]);
}

}  // namespace

SessionData& TestSessions::find(const Tracer& tracer, std::string_view id) {
  // Of earlier tracers in this one's slot nobody can ask any more.
  std::erase_if(all_, [&](const Known& known) {
    return known.tracer == &tracer && known.life != tracer.life;
  });
  for (Known& known : all_) {
    if (known.tracer == &tracer && known.session.id == id) {
      return known.session;
    }
  }
  all_.push_back({&tracer, tracer.life, {.id = std::string(id)}});
  return all_.back().session;
}

void TestSessions::start(const Tracer& tracer, std::string_view body) {
  const Value whole = read_json(body).value_or(Value());
  const Value& start = whole["session"];
  SessionData& session = find(tracer, start["session_id"].as_string());
  session.name = start["session_name"].as_string();
  session.source = start["source"].as_string();
  session.created = true;
  merge_all(session, start);
}

void TestSessions::update(const Tracer& tracer, std::string_view record) {
  const std::size_t id_bytes = static_cast<unsigned char>(record[0]) |
                               static_cast<std::size_t>(static_cast<unsigned char>(record[1])) << 8;
  merge_all(find(tracer, record.substr(2, id_bytes)),
            read_json(record.substr(2 + id_bytes)).value_or(Value()));
}

std::vector<SessionData> TestSessions::of(const Tracer* tracer) const {
  std::vector<SessionData> out;
  for (const Known& known : all_) {
    const bool is_wanted =
        tracer == nullptr || (known.tracer == tracer && known.life == tracer->life);
    if (is_wanted) out.push_back(known.session);
  }
  return out;
}

}  // namespace honeyhive::sdk
