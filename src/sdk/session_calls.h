#pragma once

// Starts and updates of sessions, on their way to the worker: the bodies of POST /session/start and
// PUT /events, recorded like spans. Thread-safe; nothing here throws or waits, but `create_session`
// where it is asked to.

#include <string>
#include <string_view>

#include "honeyhive/session.h"
#include "sdk/session.h"
#include "sdk/tracer_impl.h"

namespace honeyhive::sdk {

// A session with one reference, the caller's, and its start recorded unless it is only joined. Null
// for what can never be delivered; the reason is the tracer's last error.
Session* create_session(Session::Tracer& tracer, const SessionOptions& options) noexcept;

// To the session `id`; in `current` if that is created or joined here (null: the tracer's own, or
// none of ours).
void update_session(Session::Tracer& tracer, SessionCore* current, const SessionUpdate& update,
                    const Attributes& metadata) noexcept;

// Whether `id` can be the id of a session.
bool is_session_id(std::string_view id) noexcept;

}  // namespace honeyhive::sdk
