#include "sdk/session_calls.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/json_writer.h"
#include "core/limits.h"
#include "core/utf8.h"
#include "sdk/record/entropy.h"
#include "sdk/record/no_cancel.h"
#include "sdk/record/recorder.h"
#include "sdk/record/span_state.h"

namespace honeyhive::sdk {
namespace {

namespace limits = core::limits;
using Tracer = Session::Tracer;

// A call that can never be delivered.
void refuse(Tracer& tracer, const char* why) noexcept {
  tracer.calls_refused.fetch_add(1, std::memory_order_relaxed);
  try {
    tracer.set_last_error(why);
  } catch (...) {  // without memory it is only counted
  }
}

void member(core::JsonWriter& json, const char* name, const Attributes& content) {
  if (content.given()) json.key(name).raw(content.to_object().json());
}

// A session that an evaluation's tracer creates belongs to its run, as the tracer's own does.
Object evaluation_ids(const Settings& settings) {
  Object ids;
  if (!settings.is_evaluation.value) return ids;
  const auto add = [&](const char* name, const Setting<std::string>& id) {
    if (!id.value.empty()) ids[name] = Value(id.value);
  };
  add("run_id", settings.run_id);
  add("dataset_id", settings.dataset_id);
  add("datapoint_id", settings.datapoint_id);
  return ids;
}

std::string start_body(const Tracer& tracer, const SessionText& text,
                       const SessionOptions& options) {
  std::string out;
  core::JsonWriter json(out);
  json.begin_object().key("session").begin_object();
  json.member("session_id", text.id).member("session_name", text.name);
  json.member("source", text.source);
  if (!tracer.settings.project.value.empty()) {
    json.member("project", tracer.settings.project.value);
  }
  member(json, "inputs", options.inputs);
  Object metadata = evaluation_ids(tracer.settings);
  if (options.metadata.given()) metadata.merge(options.metadata.to_object());
  if (!metadata.empty()) json.key("metadata").raw(metadata.json());
  member(json, "user_properties", options.user_properties);
  json.end_object().end_object();
  return out;
}

// Empty if there is nothing to add.
std::string update_body(const Tracer& tracer, std::string_view id, const SessionUpdate& update,
                        const Attributes& pairs) {
  Object metadata = update.metadata.given() ? update.metadata.to_object() : Object();
  if (pairs.given()) metadata.merge(pairs.to_object());
  std::string out;
  core::JsonWriter json(out);
  json.begin_object().member("event_id", id);
  if (!tracer.settings.project.value.empty()) {
    json.member("project", tracer.settings.project.value);
  }
  const std::size_t nothing = out.size();
  if (!metadata.empty()) json.key("metadata").raw(metadata.json());
  member(json, "inputs", update.inputs);
  member(json, "outputs", update.outputs);
  member(json, "config", update.config);
  member(json, "feedback", update.feedback);
  member(json, "metrics", update.metrics);
  member(json, "user_properties", update.user_properties);
  if (out.size() == nothing) return {};
  json.end_object();
  return out;
}

// Takes over a reference of `session`, which may be null. False: there is no room for it.
bool record(Tracer& tracer, SessionCore* session, RecordType type, std::string_view body) noexcept {
  ThreadState* const thread = this_thread();
  TracerSlot* const slot = thread != nullptr ? thread->slot(tracer) : nullptr;
  const bool is_recorded =
      slot != nullptr && slot->lane->append({.bytes = static_cast<std::uint32_t>(body.size()),
                                             .type = type,
                                             .flags = 0,
                                             .tracer = tracer.index,
                                             .end_ns = now_ns(*thread),
                                             .session = session != nullptr ? session->slot : 0},
                                            body.data());
  if (!is_recorded && session != nullptr) release_session(*session);
  return is_recorded;
}

std::string text_or(std::string_view text, std::string fallback) {
  return text.empty() ? std::move(fallback)
                      : std::string(core::cut_at_character(text, limits::name_bytes));
}

std::string new_name() { return "session-" + random_uuid().text().substr(0, 8); }

Session* try_create(Tracer& tracer, const SessionOptions& options) {
  if (!options.session_id.empty() && !is_session_id(options.session_id)) {
    refuse(tracer, "session_id: is longer than 256 bytes, no UTF-8 or has control characters");
    return nullptr;
  }
  SessionText text{text_or(options.session_id, random_uuid().text()),
                   text_or(options.session_name, new_name()),
                   text_or(options.source, tracer.settings.source.value)};
  const bool is_joined = (options.skip_api_call && !options.session_id.empty()) ||
                         tracer.settings.disable_tracing.value;
  const std::string body = is_joined ? std::string() : start_body(tracer, text, options);
  if (body.size() > limits::session_body_bytes) {
    refuse(tracer, "a session is larger than 1 MiB; leave out some of its inputs or metadata");
    return nullptr;
  }
  Session* const made = make_session(tracer, std::move(text), !is_joined);
  if (made == nullptr) {
    refuse(tracer, "there is no memory for a session, or a million of them are in use");
    return nullptr;
  }
  if (is_joined) return made;
  retain_session(*made);
  if (!record(tracer, made, RecordType::session_start, body)) {
    made->start_is_lost.store(true, std::memory_order_release);
    refuse(tracer, "the buffer had no room for a session's start");
  }
  // Its spans wait for the answer: the sooner it is asked for the better.
  Recorder::get().waker().wake_if_asleep();
  return made;
}

Session* wait_for_start(Session* made, std::chrono::milliseconds longest) {
  Recorder::get().waker().wake();
  if (wait_for_session(*made, longest) != Session::Outcome::refused) return made;
  release_session(*made);
  return nullptr;
}

}  // namespace

bool is_session_id(std::string_view id) noexcept {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  return !id.empty() && id.size() <= limits::session_id_bytes && core::is_utf8(id) &&
         std::none_of(id.begin(), id.end(), is_control);
}

Session* create_session(Tracer& tracer, const SessionOptions& options) noexcept {
  if (tracer.closed.load(std::memory_order_relaxed)) {
    tracer.count_late_call();
    return nullptr;
  }
  const NoCancel whole;
  try {
    Session* const made = try_create(tracer, options);
    const bool waits = made != nullptr && options.wait && made->is_created &&
                       !tracer.settings.test_mode.value && !made->start_is_lost.load();
    return waits ? wait_for_start(made, tracer.settings.export_timeout.value) : made;
  } catch (...) {  // memory ran out
    tracer.calls_refused.fetch_add(1, std::memory_order_relaxed);
    return nullptr;
  }
}

void update_session(Tracer& tracer, SessionCore* current, const SessionUpdate& update,
                    const Attributes& metadata) noexcept {
  if (tracer.closed.load(std::memory_order_relaxed)) return tracer.count_late_call();
  if (tracer.settings.disable_tracing.value) return;
  const NoCancel whole;
  Session* session = nullptr;
  try {
    if (!update.session_id.empty()) {
      if (!is_session_id(update.session_id)) {
        return refuse(tracer, "session_id: is too long, no UTF-8 or has control characters");
      }
      session = find_session(tracer, update.session_id);
    } else if (current != nullptr) {
      session = static_cast<Session*>(current);
      retain_session(*session);
    }
    const std::string id = session != nullptr          ? session->text.id
                           : update.session_id.empty() ? tracer.session_id
                                                       : std::string(update.session_id);
    const std::string body = update_body(tracer, id, update, metadata);
    if (body.empty() || body.size() > limits::session_body_bytes) {
      if (!body.empty()) refuse(tracer, "an update of a session is larger than 1 MiB");
      if (session != nullptr) release_session(*session);
      return;
    }
    std::string content;
    content += static_cast<char>(id.size() & 0xff);
    content += static_cast<char>(id.size() >> 8);
    content.append(id).append(body);
    if (!record(tracer, std::exchange(session, nullptr), RecordType::event_update, content)) {
      refuse(tracer, "the buffer had no room for an update of a session");
    }
  } catch (...) {  // memory ran out
    if (session != nullptr) release_session(*session);
    tracer.calls_refused.fetch_add(1, std::memory_order_relaxed);
  }
}

}  // namespace honeyhive::sdk
