#include "server/query/export.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/limits.h"
#include "server/query/export_request.h"

namespace honeyhive::server {
namespace {

using Json = nlohmann::ordered_json;

// Copies what `path` leads to, keeping the objects around it.
void project(const Json& from, std::string_view path, Json& to) {
  if (!from.is_object()) return;
  if (const auto whole = from.find(std::string(path)); whole != from.end()) {
    to[std::string(path)] = *whole;
    return;
  }
  for (std::size_t dot = path.find('.'); dot != path.npos; dot = path.find('.', dot + 1)) {
    const std::string head(path.substr(0, dot));
    const auto inner = from.find(head);
    if (inner == from.end()) continue;
    Json part = to.contains(head) && to[head].is_object() ? to[head] : Json::object();
    project(*inner, path.substr(dot + 1), part);
    if (!part.empty()) to[head] = std::move(part);
    return;
  }
}

std::string projected(const std::string& event, const std::vector<std::string>& fields) {
  const Json whole = Json::parse(event, nullptr, /*allow_exceptions=*/false);
  if (!whole.is_object()) return event;
  Json out = {{"event_id", whole["event_id"]}};
  for (const std::string& field : fields) project(whole, field, out);
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// The events of one page, as text.
class Page {
 public:
  explicit Page(const ExportRequest& request)
      : request_(request), first_((request.page - 1) * request.limit) {}

  void add(const Event& event, const Children& children) {
    const std::size_t at = matched_++;
    if (at < first_ || at >= first_ + request_.limit) return;
    is_too_large_ = is_too_large_ || text_.size() > core::limits::export_answer_bytes;
    if (is_too_large_) return;
    if (count_++ > 0) text_ += ',';
    std::string one;
    core::JsonWriter json(one);
    append_event(json, event, children, Detail::honeyhive);
    text_ += request_.projections.empty() ? one : projected(one, request_.projections);
  }

  Response response(const ScanEnd& end) const {
    if (is_too_large_) {
      return error_response(413, "limit: a page of " + std::to_string(request_.limit) +
                                     " events is above 64 MB here; ask for fewer");
    }
    Response response;
    core::JsonWriter json(response.body);
    json.begin_object().key("events").raw("[" + text_ + "]");
    json.key("count").unsigned_integer(count_);
    json.key("totalEvents").unsigned_integer(matched_);
    if (!end.complete) json.key("complete").boolean(false);
    json.end_object();
    return response;
  }

 private:
  const ExportRequest& request_;
  const std::size_t first_;
  std::size_t matched_ = 0;
  std::size_t count_ = 0;
  bool is_too_large_ = false;
  std::string text_;
};

core::Result<std::string> event_text(Store& store, Event& event) {
  const auto children = children_around(store, event);
  if (!children) return children.error();
  std::string text;
  core::JsonWriter json(text);
  append_event(json, event, *children, Detail::honeyhive);
  return text;
}

}  // namespace

void export_events(const QueryDeps& deps, const Request& request, const Responder& respond) {
  const auto parsed = ExportRequest::parse(request.body);
  if (!parsed) return respond(error_response(parsed.error()));
  Page page(*parsed);
  const auto end = scan_events(
      deps.store, parsed->query, core::limits::export_events_examined,
      [&page](const Event& event, const Children& children) { page.add(event, children); });
  if (!end) return respond(error_response(end.error()));
  respond(page.response(*end));
}

void get_event(const QueryDeps& deps, const Request& request, const Responder& respond) {
  const std::string_view id = request.path_value("id");
  auto found = deps.store.event(std::nullopt, id);
  if (!found) return respond(error_response(found.error()));
  if (!found->has_value()) {
    return respond(error_response(404, "event_id: there is no event '" + std::string(id) + "'"));
  }
  const auto event = event_text(deps.store, **found);
  if (!event) return respond(error_response(event.error()));
  Response response;
  response.body = "{\"event\":" + *event + "}";
  respond(std::move(response));
}

void get_session(const QueryDeps& deps, const Request& request, const Responder& respond) {
  const std::string_view id = request.path_value("id");
  const auto known = deps.store.session(std::nullopt, id);
  if (!known) return respond(error_response(known.error()));
  core::Result<std::optional<Event>> found = std::optional<Event>();
  if (known->has_value()) found = deps.store.session_event((*known)->project, id);
  if (!found) return respond(error_response(found.error()));
  if (!found->has_value()) {
    return respond(
        error_response(404, "session_id: there is no session '" + std::string(id) + "'"));
  }
  auto event = event_text(deps.store, **found);
  if (!event) return respond(error_response(event.error()));
  Response response;
  response.body = *std::move(event);
  respond(std::move(response));
}

}  // namespace honeyhive::server
