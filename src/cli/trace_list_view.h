#pragma once

// Traces as a table, one per line, in the order given. Pure; text is made safe here.

#include <cstdint>
#include <string>
#include <vector>

#include "cli/look.h"
#include "cli/shown.h"

namespace honeyhive::cli {

std::string render_trace_list(const std::vector<TraceRow>& rows, const Look& look,
                              std::int64_t now_ns);

// One line per event as it arrives: time, type, name, and what it took.
std::string render_event_line(const ShownSpan& span, const Look& look);

}  // namespace honeyhive::cli
