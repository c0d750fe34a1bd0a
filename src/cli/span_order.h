#pragma once

// The spans of one trace in the order of a printed tree: parents before children, siblings by
// start. Works on anything a server may send: missing parents, loops, equal ids.

#include <cstddef>
#include <vector>

#include "cli/shown.h"

namespace honeyhive::cli {

struct PlacedSpan {
  const ShownSpan* span = nullptr;
  std::size_t depth = 0;  // 0: a root
  bool is_last = true;    // of its siblings
  bool has_children = false;
  bool is_orphan = false;  // names a parent that is not here
};

// The spans stay where they are; the result refers to them.
std::vector<PlacedSpan> placed_in_tree(const std::vector<const ShownSpan*>& spans);

}  // namespace honeyhive::cli
