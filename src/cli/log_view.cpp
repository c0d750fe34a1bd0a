#include "cli/log_view.h"

#include <set>
#include <string>

#include "cli/figures.h"

namespace honeyhive::cli {
namespace {

constexpr std::size_t shown_logs = 20;  // of one span, without --full

TextPart part_of(const ShownLog& log, std::int64_t start_ns) {
  TextPart part;
  part.section = log.is_error ? TextPart::Section::failed_log : TextPart::Section::log;
  const bool is_before = log.time_ns < start_ns;
  const std::uint64_t distance =
      is_before ? elapsed_ns(log.time_ns, start_ns) : elapsed_ns(start_ns, log.time_ns);
  part.label = (is_before ? "-" : "+") + took(distance);
  if (!log.severity.empty()) part.label += " " + log.severity;
  part.text = log.message;
  return part;
}

}  // namespace

LogView::LogView(const ShownTree& tree, bool all) : shows_all_(all) {
  std::set<std::pair<std::string_view, std::string_view>> spans;
  for (const ShownSpan& span : tree.spans) spans.emplace(span.trace_id, span.span_id);
  for (const ShownLog& log : tree.logs) {
    const std::pair<std::string_view, std::string_view> span(log.trace_id, log.span_id);
    if (!log.span_id.empty() && spans.contains(span)) {
      of_span_[span].push_back(&log);
    } else {
      of_trace_[log.trace_id].push_back(&log);
    }
  }
}

std::vector<TextPart> LogView::parts_of(const Logs& logs, std::int64_t start_ns) const {
  std::vector<TextPart> parts;
  for (const ShownLog* log : logs) {
    if (!shows_all_ && parts.size() == shown_logs) {
      parts.push_back({TextPart::Section::log, "",
                       grouped(logs.size() - shown_logs) + " more, --full shows all"});
      break;
    }
    parts.push_back(part_of(*log, start_ns));
  }
  return parts;
}

std::vector<TextPart> LogView::below(const ShownSpan& span, std::int64_t start_ns) const {
  const auto found = of_span_.find({span.trace_id, span.span_id});
  return found == of_span_.end() ? std::vector<TextPart>() : parts_of(found->second, start_ns);
}

std::vector<TextPart> LogView::beside(std::string_view trace_id, std::int64_t start_ns) const {
  const auto found = of_trace_.find(trace_id);
  return found == of_trace_.end() ? std::vector<TextPart>() : parts_of(found->second, start_ns);
}

}  // namespace honeyhive::cli
