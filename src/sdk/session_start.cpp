#include "sdk/session_start.h"

#include "core/json_writer.h"

namespace honeyhive::sdk {
namespace {

// Without what is null, as everywhere; "" if nothing is left.
std::string inputs_json(const Object& inputs) {
  std::string out;
  core::JsonWriter json(out);
  json.begin_object();
  bool is_empty = true;
  for (const Member& member : inputs) {
    if (member.value.is_null()) continue;
    json.key(member.key).raw(member.value.json());
    is_empty = false;
  }
  json.end_object();
  return is_empty ? std::string() : out;
}

// `left_out`: the bytes of inputs that do not fit; 0: they are in it.
std::string body(const Settings& settings, const std::string& session_id, const std::string& inputs,
                 std::size_t left_out) {
  std::string out;
  core::JsonWriter json(out);
  const auto text = [&](const char* name, const std::string& value) {
    if (!value.empty()) json.member(name, value);
  };
  json.begin_object().key("session").begin_object();
  text("session_id", session_id);
  text("session_name", settings.session_name.value);
  text("source", settings.source.value);
  text("project", settings.project.value);
  if (!inputs.empty() && left_out == 0) json.key("inputs").raw(inputs);
  const bool has_metadata = !settings.run_id.value.empty() || !settings.dataset_id.value.empty() ||
                            !settings.datapoint_id.value.empty() || left_out > 0;
  if (has_metadata) {
    json.key("metadata").begin_object();
    text("run_id", settings.run_id.value);
    text("dataset_id", settings.dataset_id.value);
    text("datapoint_id", settings.datapoint_id.value);
    if (left_out > 0) {
      json.key("inputs.truncated_bytes").unsigned_integer(left_out);
    }
    json.end_object();
  }
  json.end_object().end_object();
  return out;
}

}  // namespace

bool has_session_start(const Settings& settings) {
  const bool adds = !settings.inputs.value.empty() || !settings.run_id.value.empty() ||
                    !settings.dataset_id.value.empty() || !settings.datapoint_id.value.empty();
  return settings.session_id.value.empty() || adds;
}

std::string session_start_body(const Settings& settings, const std::string& session_id,
                               std::size_t max_bytes) {
  const std::string inputs = inputs_json(settings.inputs.value);
  std::string whole = body(settings, session_id, inputs, 0);
  return whole.size() <= max_bytes ? whole : body(settings, session_id, inputs, inputs.size());
}

}  // namespace honeyhive::sdk
