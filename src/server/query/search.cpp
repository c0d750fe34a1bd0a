#include "server/query/search.h"

#include <algorithm>
#include <functional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "core/limits.h"
#include "server/query/export_request.h"

namespace honeyhive::server {
namespace {

struct Found {
  std::int64_t start_ns;
  std::string event_id;
  std::string project;
  std::string text;
};

bool is_later(const Found& a, const Found& b) {
  return std::tie(b.start_ns, a.event_id, a.project) < std::tie(a.start_ns, b.event_id, b.project);
}

// A page of all events that match. They come in another order, and memory holds no more than the
// page: so a first walk learns when they started, and a second one keeps those of the page. What
// fits into one page needs no second.
class Search {
 public:
  Search(Store& store, const ExportRequest& request) : store_(store), request_(request) {}

  core::Result<ScanEnd> run() {
    auto end = scan([this](const Event& event, const Children& children) {
      starts_.push_back(event.start_ns);
      if (starts_.size() <= request_.limit) keep(event, children);
    });
    if (!end || (request_.page == 1 && starts_.size() <= request_.limit)) return end;
    forget_found();
    const std::size_t first = (request_.page - 1) * request_.limit;
    return first < starts_.size() ? read_page(first) : end;
  }

  Response response(const ScanEnd& end) {
    if (is_too_large_) {
      return error_response(413, "limit: a page of " + std::to_string(request_.limit) +
                                     " events is above 64 MB here; ask for fewer");
    }
    std::sort(found_.begin(), found_.end(), is_later);
    const std::size_t first = std::min(skipped_, found_.size());
    const std::size_t last = std::min(first + request_.limit, found_.size());
    std::string events;
    for (std::size_t i = first; i < last; ++i) {
      if (i > first) events += ',';
      events += found_[i].text;
    }
    Response response;
    core::JsonWriter json(response.body);
    json.begin_object().key("events").raw("[" + events + "]");
    json.key("count").unsigned_integer(last - first);
    json.key("totalEvents").unsigned_integer(starts_.size());
    if (!end.complete) json.key("complete").boolean(false);
    json.end_object();
    return response;
  }

 private:
  core::Result<ScanEnd> scan(const EventVisitor& visit) {
    return scan_events(store_, request_.query, core::limits::export_events_examined, visit);
  }

  void forget_found() {
    found_.clear();
    bytes_ = 0;
    is_too_large_ = false;
  }

  // Precondition: there is an event at `first`.
  core::Result<ScanEnd> read_page(std::size_t first) {
    const std::size_t last = std::min(first + request_.limit, starts_.size()) - 1;
    std::sort(starts_.begin(), starts_.end(), std::greater<>());
    const std::int64_t latest = starts_[first];
    const std::int64_t earliest = starts_[last];
    // Of those that started with the first one some are on the page before.
    const auto tied = std::lower_bound(starts_.begin(), starts_.end(), latest, std::greater<>());
    skipped_ = first - static_cast<std::size_t>(tied - starts_.begin());
    return scan([&](const Event& event, const Children& children) {
      if (event.start_ns >= earliest && event.start_ns <= latest) keep(event, children);
    });
  }

  void keep(const Event& event, const Children& children) {
    is_too_large_ = is_too_large_ || bytes_ > core::limits::export_answer_bytes;
    if (is_too_large_) return;
    std::string text;
    core::JsonWriter json(text);
    append_event(json, event, children, Detail::honeyhive);
    bytes_ += text.size();
    found_.push_back({event.start_ns, shown_event_id(event), event.project, std::move(text)});
  }

  Store& store_;
  const ExportRequest& request_;
  std::vector<std::int64_t> starts_;  // of all that match
  std::vector<Found> found_;
  std::size_t bytes_ = 0;
  std::size_t skipped_ = 0;
  bool is_too_large_ = false;
};

}  // namespace

void search_events(const QueryDeps& deps, const Request& request, const Responder& respond) {
  const auto parsed = ExportRequest::parse_search(request.body);
  if (!parsed) return respond(error_response(parsed.error()));
  Search search(deps.store, *parsed);
  const auto end = search.run();
  if (!end) return respond(error_response(end.error()));
  respond(search.response(*end));
}

}  // namespace honeyhive::server
