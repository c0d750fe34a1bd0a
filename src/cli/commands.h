#pragma once

// The commands that look at a server: what a person types, parsed, and what it does.
//
// Each prints to standard output, and what went wrong to standard error, and returns the exit code
// of the program. Parsing the command line is the business of the program's main.

#include <cstddef>
#include <string>

#include "cli/connection.h"
#include "cli/look.h"

namespace honeyhive::cli {

enum ExitCode : int {
  exit_done = 0,
  exit_failed = 1,  // also: not found
  exit_usage = 2,
};

// honeyhive traces [--project P] [--since T] [--limit N] [--json]: what was traced, newest first.
struct TracesOptions {
  ServerOptions server;
  ColorMode color = ColorMode::automatic;
  std::string project;     // empty: all
  std::string since;       // "90s", "15m", "2h", "1d" ago, or a time; empty: from the beginning
  std::size_t limit = 20;  // 1 and more
  bool json = false;
};
int run_traces(const TracesOptions& options);

// honeyhive show ID [--project P] [--full] [--json]: one trace or session, as a tree.
struct ShowOptions {
  ServerOptions server;
  ColorMode color = ColorMode::automatic;
  std::string id;       // of a trace or a session, or its first 8 and more characters
  std::string project;  // empty: any
  bool full = false;    // all text, and config, metadata, metrics, feedback, events
  bool json = false;
};
int run_show(const ShowOptions& options);

// honeyhive tail [--project P] [--json]: spans as they arrive, until Ctrl-C.
struct TailOptions {
  ServerOptions server;
  ColorMode color = ColorMode::automatic;
  std::string project;  // empty: all
  bool json = false;    // one object per line
};
int run_tail(const TailOptions& options);

}  // namespace honeyhive::cli
