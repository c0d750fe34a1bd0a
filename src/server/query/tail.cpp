#include "server/query/tail.h"

#include <utility>

#include "server/query/event_json.h"

namespace honeyhive::server {
namespace {

constexpr int retry_after_seconds = 5;

const char* name_of(Event::Kind kind) {
  switch (kind) {
    case Event::Kind::session:
      return "session";
    case Event::Kind::update:
      return "update";
    case Event::Kind::log:
      return "log";
    case Event::Kind::span:
    case Event::Kind::created:
      break;
  }
  return "span";
}

}  // namespace

void publish_stored(Store& store, EventHub& hub) {
  store.on_stored([&hub](const Event& event) {
    if (!hub.is_watched()) return;
    std::string data;
    core::JsonWriter json(data);
    if (event.kind == Event::Kind::log) {
      append_log(json, event);
    } else {
      append_event(json, event, Children(), Detail::full);
    }
    hub.publish(name_of(event.kind), event.project, data);
  });
}

void tail(const QueryDeps& deps, const Request& request, const Responder& respond) {
  Response response;
  response.content_type = "text/event-stream";
  response.stream = deps.hub.subscribe(request.query_value("project").value_or(""),
                                       request.header("last-event-id"));
  if (response.stream == nullptr) {
    return respond(
        retry_response(503, "all places of the live tail are taken", retry_after_seconds));
  }
  respond(std::move(response));
}

}  // namespace honeyhive::server
