#pragma once

// What session starts and updates do to an event when it is read. Pure functions.
//
// Source: HoneyHive's API, PUT /events: buckets merge key by key, outputs are replaced.

#include <string>
#include <string_view>
#include <vector>

#include "core/json_scan.h"
#include "server/store/event.h"

namespace honeyhive::server {

// Of each key the last value, where the first one stood.
void keep_last_of_each_key(std::vector<core::JsonMember>& members);

// The members of both objects at the top level; where both have a key, that of `patch`. Text that
// is no object counts as an empty one.
std::string merge_objects(std::string_view base, std::string_view patch);

// A later start of the same session.
void merge_session_start(Event& session, const Event& start);

void apply_update(Event& event, const Event& update);

// A session's own event: its starts and updates, in the order they were stored; `otherwise` takes
// the place of the first start where none was stored. A start that says what an earlier one said is
// that one sent again, and changes nothing: updates in between stay.
Event merge_session(const std::vector<Event>& records, const Event& otherwise);

}  // namespace honeyhive::server
