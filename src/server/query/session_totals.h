#pragma once

// What HoneyHive shows of a session's children in its metadata: num_events, num_model_events,
// has_feedback, cost, prompt_tokens, completion_tokens, total_tokens. Made when a session is read
// together with its spans, and stored nowhere: spans may come at any time.

#include <vector>

#include "server/store/event.h"

namespace honeyhive::server {

// Adds them to the sessions among `events`, from the spans of their project among `events`: those
// of one session, of one project or of several. What a session's metadata says itself stays.
void add_session_totals(std::vector<Event>& events);

// The same of one session apart from its events.
void add_session_totals(Event& session, const std::vector<Event>& events);

}  // namespace honeyhive::server
