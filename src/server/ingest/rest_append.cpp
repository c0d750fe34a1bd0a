#include "server/ingest/rest_append.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "core/limits.h"
#include "server/ingest/span_event.h"
#include "server/store/event_codec.h"

namespace honeyhive::server {
namespace {

namespace limits = core::limits;

// The events of one request, while they count in what all requests may take together. The store
// counts them on its own once it has them.
struct Posted {
  explicit Posted(Budget* shared) : room(shared ? *shared : own) {}

  Budget own;
  Reservation room;
  std::vector<Event> events;
};

// Null, and answered, if that is too much.
std::shared_ptr<Posted> take(const IngestDeps& deps, std::vector<Event> events,
                             const Responder& respond) {
  auto posted = std::make_shared<Posted>(deps.budget);
  std::size_t bytes = 0;
  for (const Event& event : events) bytes += event_bytes(event);
  if (bytes > limits::request_events_bytes) {
    respond(error_response(413, "the events take more than 128 MB; send fewer at once"));
    return nullptr;
  }
  if (!posted->room.grow(bytes)) {
    respond(retry_response(429, "too many events are being decoded", 1));
    return nullptr;
  }
  posted->events = std::move(events);
  return posted;
}

void append(Store& store, Posted& posted, const Responder& respond, const Response& success) {
  const bool taken =
      store.append(std::move(posted.events), [respond, success](const core::Result<void>& stored) {
        respond(stored ? success : error_response(stored.error()));
      });
  if (!taken) respond(retry_response(429, "the queue to the disk is full", 1));
}

// Where an update's event is, or a posted event's session.
core::Result<std::string> look_up_project(Store& store, const Event& event) {
  std::string project(default_project);
  if (event.kind == Event::Kind::update) {
    const auto known = store.event(std::nullopt, event.event_id);
    if (!known) return known.error();
    if (known->has_value()) project = (*known)->project;
  } else {
    const auto known = store.session(std::nullopt, event.session_id);
    if (!known) return known.error();
    if (known->has_value()) project = (*known)->project;
  }
  return project;
}

core::Result<void> look_up_projects(Store& store, std::vector<Event>& events) {
  std::map<std::string, std::string> known;  // by what is looked up; no hashes: strangers' ids
  for (Event& event : events) {
    if (!event.project.empty()) continue;
    const bool is_update = event.kind == Event::Kind::update;
    const std::string& id = is_update ? event.event_id : event.session_id;
    auto found = known.find(id);
    if (found == known.end()) {
      auto project = look_up_project(store, event);
      if (!project) return project.error();
      found = known.emplace(id, *std::move(project)).first;
    }
    event.project = found->second;
  }
  return {};
}

}  // namespace

void append_all(const IngestDeps& deps, std::vector<Event> events, const Responder& respond,
                Response success) {
  const auto posted = take(deps, std::move(events), respond);
  if (posted) append(deps.store, *posted, respond, success);
}

void append_where_known(const IngestDeps& deps, const Request& request, std::vector<Event> events,
                        const Responder& respond, Response success) {
  const auto names_one = [](const Event& event) { return !event.project.empty(); };
  const auto named = std::find_if(events.begin(), events.end(), names_one);
  if (named != events.end()) {
    const std::string project = named->project;
    for (Event& event : events) {
      if (event.project.empty()) event.project = project;
    }
    return append_all(deps, std::move(events), respond, std::move(success));
  }
  const auto posted = take(deps, std::move(events), respond);
  if (!posted) return;
  const auto find_and_append = [&store = deps.store, posted, respond, success] {
    const auto found = look_up_projects(store, posted->events);
    if (!found) return respond(error_response(found.error()));
    append(store, *posted, respond, success);
  };
  if (deps.lookups == nullptr) return find_and_append();
  deps.lookups->answer(request.method + " " + request.path, respond, find_and_append);
}

}  // namespace honeyhive::server
