#pragma once

// One client of the listener: its requests one after the other, their answers, streams of events,
// and its deadlines. Thread-safe.

#include <memory>

#include "server/http/connection_set.h"
#include "server/http/listener_core.h"

namespace honeyhive::server {

// `core` outlives it; it leaves the core's set of connections when it ends.
std::shared_ptr<OpenConnection> make_connection(ListenerCore& core, Socket socket);

}  // namespace honeyhive::server
