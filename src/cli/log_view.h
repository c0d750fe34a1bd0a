#pragma once

// The log records of a trace as readable text, below the spans that they belong to.
//
// Pure. Nothing is made safe here: that is done where parts are printed.

#include <cstddef>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/shown.h"

namespace honeyhive::cli {

class LogView {
 public:
  // `all`: otherwise the first few of each span.
  LogView(const ShownTree& tree, bool all);

  // At their times since `start_ns`.
  std::vector<TextPart> below(const ShownSpan& span, std::int64_t start_ns) const;

  // Of no span that is here; of a session those of no trace have an empty `trace_id`.
  std::vector<TextPart> beside(std::string_view trace_id, std::int64_t start_ns) const;

 private:
  using Logs = std::vector<const ShownLog*>;
  std::vector<TextPart> parts_of(const Logs& logs, std::int64_t start_ns) const;

  bool shows_all_;
  std::map<std::pair<std::string_view, std::string_view>, Logs> of_span_;  // trace, span
  std::map<std::string_view, Logs> of_trace_;
};

}  // namespace honeyhive::cli
