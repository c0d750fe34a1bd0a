#pragma once

// `honeyhive serve`: opens the store, listens, waits for a signal, stops in reverse order. Wiring
// only.

#include <string>

namespace honeyhive::server {

struct ServeOptions {
  std::string data;  // empty: $XDG_DATA_HOME/honeyhive, else ~/.local/share/honeyhive
  std::string listen = "127.0.0.1:4318";
  unsigned threads = 0;  // 0: one per core, at least 2
  bool no_auth = false;  // readers need no token
  bool quiet = false;    // nothing on standard output
};

// Returns the program's exit code: 0 after SIGINT or SIGTERM, 1 with one line on standard error if
// it cannot start. A second signal ends the process at once. Call before any thread is started.
int run_serve(const ServeOptions& options);

}  // namespace honeyhive::server
