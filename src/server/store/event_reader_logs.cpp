// Log records out of the log.

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "server/store/catalog_logs.h"
#include "server/store/event_reader.h"

namespace honeyhive::server {
namespace {

using core::Error;
using core::Result;

// In the order they were stored. A frame may hold some that were stored before.
void keep_first_of_each_id(std::vector<Event>& logs) {
  std::set<std::pair<std::string, std::string>> seen;  // no hashes: strangers choose the ids
  std::erase_if(logs, [&](const Event& log) {
    return !log.event_id.empty() && !seen.emplace(log.project, log.event_id).second;
  });
}

}  // namespace

// Frames are read from the last one back, until there are enough or memory ends.
Result<Logs> EventReader::logs(const LogQuery& query) {
  const auto catalog = catalog_.lease();
  if (!catalog) return catalog.error();
  const std::string key = log_key(query.trace_id, query.session_id);
  const auto frames = (*catalog)->log_chunks(query.project, key, query.limit + 1);
  if (!frames) return frames.error();
  Room room(most_bytes_);
  Logs found;
  std::vector<Events> parts;
  std::size_t count = 0;
  for (const FrameRef& frame : *frames) {
    if (count > query.limit) break;
    Events part;
    if (auto loaded = load_into(part, frame, room); !loaded) {
      if (loaded.error().code != Error::Code::limit_exceeded || count == 0) return loaded.error();
      break;
    }
    count += part.size();
    parts.push_back(std::move(part));
  }
  found.has_more = parts.size() < frames->size();
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
    std::move(part->begin(), part->end(), std::back_inserter(found.events));
  }
  keep_first_of_each_id(found.events);
  if (found.events.size() > query.limit) {
    found.has_more = true;
    const std::size_t more = found.events.size() - query.limit;
    found.events.erase(found.events.begin(),
                       found.events.begin() + static_cast<std::ptrdiff_t>(more));
  }
  std::stable_sort(found.events.begin(), found.events.end(),
                   [](const Event& a, const Event& b) { return a.start_ns < b.start_ns; });
  return found;
}

}  // namespace honeyhive::server
