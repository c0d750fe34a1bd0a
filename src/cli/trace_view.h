#pragma once

// A trace, or all traces of a session, as a picture: what it was, then the tree of its spans, each
// with its place on the time line and below it what went in and came out.
//
// Pure: the same tree, look and time give the same text. All text from outside is made safe here.

#include <cstdint>
#include <string>

#include "cli/look.h"
#include "cli/shown.h"

namespace honeyhive::cli {

struct TraceViewOptions {
  bool is_full = false;     // all text, and config, metadata, metrics, feedback, events too
  std::int64_t now_ns = 0;  // for "3 min ago"
};

std::string render_tree(const ShownTree& tree, const Look& look, const TraceViewOptions& options);

}  // namespace honeyhive::cli
