#pragma once

// The readable text below a span, or of a session: what went in, what came out, what went wrong.
//
// Pure. Text is made safe here.

#include <string>
#include <vector>

#include "cli/look.h"
#include "cli/shown.h"

namespace honeyhive::cli {

struct PartViewOptions {
  bool is_full = false;
  std::string margin;            // begins each line; may hold colours
  std::size_t margin_width = 0;  // its columns
};

void append_parts(std::string& out, const std::vector<TextPart>& parts, const Look& look,
                  const PartViewOptions& options);

}  // namespace honeyhive::cli
