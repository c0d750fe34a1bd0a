#include "cli/trace_view.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <vector>

#include "cli/figures.h"
#include "cli/log_view.h"
#include "cli/part_view.h"
#include "cli/safe_text.h"
#include "cli/span_order.h"

namespace honeyhive::cli {
namespace {

constexpr std::size_t deepest_indent = 16;  // levels; deeper ones lose their outermost lines
constexpr std::size_t longest_type = 16;
constexpr std::size_t longest_model = 26;
constexpr std::size_t took_width = 8;
constexpr std::size_t gap = 2;
constexpr std::size_t shortest_bar = 10, longest_bar = 44;
constexpr std::size_t narrowest_label = 16, narrowest_name = 8;

struct TimeRange {
  std::int64_t start_ns = std::numeric_limits<std::int64_t>::max();
  std::int64_t end_ns = std::numeric_limits<std::int64_t>::min();

  void include(const ShownSpan& span) {
    start_ns = std::min(start_ns, span.start_ns);
    end_ns = std::max(end_ns, span.end_ns);
  }
  bool is_empty() const { return start_ns > end_ns; }
  std::uint64_t length_ns() const { return elapsed_ns(start_ns, end_ns); }
  std::string text() const { return took(length_ns()); }
};

// Spans whose clock was wrong would stretch the time line: they count only if there is nothing
// else.
TimeRange range_of(const std::vector<const ShownSpan*>& spans) {
  TimeRange trusted, all;
  for (const ShownSpan* span : spans) {
    all.include(*span);
    if (!span->is_clock_odd) trusted.include(*span);
  }
  return trusted.is_empty() ? all : trusted;
}

// One trace: its spans in order, on one time line.
struct Section {
  std::string trace_id;
  TimeRange range;
  std::vector<PlacedSpan> placed;
};

std::vector<Section> sections_of(const ShownTree& tree) {
  std::map<std::string, std::vector<const ShownSpan*>> by_trace;
  for (const ShownSpan& span : tree.spans) by_trace[span.trace_id].push_back(&span);
  std::vector<Section> sections;
  sections.reserve(by_trace.size());
  for (auto& [trace_id, spans] : by_trace) {
    sections.push_back({trace_id, range_of(spans), placed_in_tree(spans)});
  }
  std::stable_sort(sections.begin(), sections.end(), [](const Section& left, const Section& right) {
    return left.range.start_ns < right.range.start_ns;
  });
  return sections;
}

std::string status_text(const ShownSpan& span) {
  if (span.has_failed) return "error";
  return span.status == "unset" ? "" : safe(span.status);
}

// The widths of the columns: label, time line, took, tokens, model, status. 0: not shown.
struct Columns {
  std::size_t type = 0;
  std::size_t label = 0;
  std::size_t bar = 0;
  std::size_t tokens = 0;
  std::size_t model = 0;
};

class TreePrinter {
 public:
  TreePrinter(const ShownTree& tree, const Look& look, const TraceViewOptions& options)
      : tree_(tree),
        look_(look),
        options_(options),
        sections_(sections_of(tree)),
        logs_(tree, options.is_full) {
    choose_columns();
  }

  std::string print() {
    print_head();
    for (const Section& section : sections_) {
      out_ += '\n';
      print_scale(section);
      path_.clear();
      for (const PlacedSpan& placed : section.placed) print_span(section, placed);
      // Those of no trace are the session's, and come last.
      if (section.trace_id.empty()) continue;
      print_logs(logs_.beside(section.trace_id, section.range.start_ns));
    }
    print_other_logs();
    return std::move(out_);
  }

 private:
  void choose_columns();
  void print_head();
  void print_totals(const TimeRange& range);
  std::string project_text() const;
  void print_head_line(std::string_view name, const std::string& text);
  void print_scale(const Section& section);
  void print_span(const Section& section, const PlacedSpan& placed);
  void print_below(const Section& section, const PlacedSpan& placed);
  void print_logs(const std::vector<TextPart>& parts);
  void print_other_logs();
  void print_bar(const TimeRange& range, const ShownSpan& span);
  std::string stem(const PlacedSpan& placed) const;
  std::string margin(const PlacedSpan& placed) const;
  std::string lines_beside(std::size_t depth, std::size_t end) const;

  std::string_view glyph(std::string_view unicode, std::string_view ascii) const {
    return look_.has_unicode ? unicode : ascii;
  }

  const ShownTree& tree_;
  const Look& look_;
  const TraceViewOptions& options_;
  std::vector<Section> sections_;
  LogView logs_;
  Columns columns_;
  std::size_t levels_ = deepest_indent;
  std::vector<bool> path_;  // per level above the span: whether a line goes on below it
  std::string out_;
};

void TreePrinter::choose_columns() {
  std::size_t longest_label = narrowest_label, status = 0;
  for (const ShownSpan& span : tree_.spans) {
    columns_.type = std::max(columns_.type, display_width(safe(span.type)));
  }
  columns_.type = std::min(columns_.type, longest_type);
  for (const Section& section : sections_) {
    for (const PlacedSpan& placed : section.placed) {
      const ShownSpan& span = *placed.span;
      const std::size_t stem_width = 3 * std::min(placed.depth, deepest_indent);
      longest_label = std::max(longest_label,
                               stem_width + columns_.type + gap + display_width(safe(span.name)));
      columns_.tokens = std::max(
          columns_.tokens, display_width(tokens_text(look_, span.tokens_in, span.tokens_out)));
      columns_.model = std::max(columns_.model, display_width(safe(span.model)));
      status = std::max(status, display_width(status_text(span)));
    }
  }
  columns_.tokens = columns_.tokens == 0 ? 0 : std::max<std::size_t>(columns_.tokens, 6);
  columns_.model = std::min(columns_.model, longest_model);
  const auto with_gap = [](std::size_t width) { return width == 0 ? 0 : width + gap; };
  const auto left_for_bar = [&] {
    const std::size_t others = columns_.label + gap + took_width + with_gap(columns_.tokens) +
                               with_gap(columns_.model) + with_gap(status) + gap;
    return look_.width > others ? look_.width - others : 0;
  };
  columns_.label = std::min(longest_label, look_.width / 2);
  if (left_for_bar() < shortest_bar) columns_.label = std::min(longest_label, look_.width * 2 / 5);
  if (left_for_bar() < shortest_bar) columns_.model = std::min<std::size_t>(columns_.model, 12);
  columns_.bar = left_for_bar() < shortest_bar ? 0 : std::min(left_for_bar(), longest_bar);
  const std::size_t fixed = columns_.type + gap + narrowest_name;
  levels_ = std::clamp<std::size_t>((std::max(columns_.label, fixed) - fixed) / 3, 2, levels_);
}

void TreePrinter::print_head_line(std::string_view name, const std::string& text) {
  if (text.empty()) return;
  paint(out_, look_, Ink::faint, name);
  pad(out_, 9 - name.size());
  out_ += text;
  out_ += '\n';
}

std::string TreePrinter::project_text() const {
  std::string text = safe(tree_.project);
  if (tree_.other_projects.empty()) return text;
  std::string others;
  for (const std::string& other : tree_.other_projects) {
    others += (others.empty() ? "" : ", ") + safe(other);
  }
  return text + " (also in " + others + ": --project shows it)";
}

void TreePrinter::print_head() {
  TimeRange range;
  for (const Section& section : sections_) {
    range.start_ns = std::min(range.start_ns, section.range.start_ns);
    range.end_ns = std::max(range.end_ns, section.range.end_ns);
  }
  std::string trace, session;
  paint(trace, look_, Ink::strong, safe(tree_.trace_id));
  paint(session, look_, Ink::strong, safe(tree_.session_name));
  if (!session.empty() && !tree_.session_id.empty()) session += "  ";
  session += safe(tree_.session_id);
  print_head_line("trace", trace);
  print_head_line("session", session);
  print_head_line("project", project_text());
  if (!range.is_empty()) print_totals(range);
  PartViewOptions options;
  options.is_full = options_.is_full;
  append_parts(out_, tree_.session_parts, look_, options);
}

void TreePrinter::print_totals(const TimeRange& range) {
  std::int64_t tokens_in = 0, tokens_out = 0;
  std::uint64_t errors = 0;
  for (const ShownSpan& span : tree_.spans) {
    tokens_in += span.tokens_in;
    tokens_out += span.tokens_out;
    errors += span.has_failed ? 1 : 0;
  }
  print_head_line("started", time_for_people(range.start_ns) + " (" +
                                 age(range.start_ns, options_.now_ns) + ")");
  const std::string dot(glyph(" · ", ", "));
  std::string total = range.text();
  const auto traces = std::count_if(sections_.begin(), sections_.end(), [](const Section& section) {
    return !section.trace_id.empty();
  });
  if (tree_.trace_id.empty() && traces > 0) {
    total += dot + counted(static_cast<std::size_t>(traces), "trace", "traces");
  }
  total += dot + counted(tree_.spans.size(), "span", "spans") + dot;
  paint(total, look_, errors == 0 ? Ink::plain : Ink::red, counted(errors, "error", "errors"));
  if (tokens_in > 0 || tokens_out > 0) {
    total += dot + grouped(static_cast<std::uint64_t>(std::max<std::int64_t>(tokens_in, 0))) +
             " tokens in, " +
             grouped(static_cast<std::uint64_t>(std::max<std::int64_t>(tokens_out, 0))) + " out";
  }
  print_head_line("total", total);
}

// The names of the columns; above the time line its two ends.
void TreePrinter::print_scale(const Section& section) {
  if (tree_.trace_id.empty() && !section.trace_id.empty()) {
    print_head_line("trace", safe(section.trace_id));
  }
  std::string line;
  pad(line, columns_.label + gap);
  if (columns_.bar > 0) {
    line += "0" + right_aligned(section.range.text(), columns_.bar - 1);
    pad(line, gap);
  }
  line += right_aligned("took", took_width);
  if (columns_.tokens > 0) line += "  " + right_aligned("tokens", columns_.tokens);
  if (columns_.model > 0) line += "  model";
  paint(out_, look_, Ink::faint, line);
  out_ += '\n';
}

// The lines that go on beside a span: of the levels above it, without the outermost beyond the
// limit.
std::string TreePrinter::lines_beside(std::size_t depth, std::size_t end) const {
  std::string out;
  for (std::size_t level = depth > levels_ ? depth - levels_ : 0; level < end; ++level) {
    out += path_[level] ? glyph("│  ", "|  ") : "   ";
  }
  return out;
}

std::string TreePrinter::stem(const PlacedSpan& placed) const {
  if (placed.depth == 0) return {};
  std::string out = lines_beside(placed.depth, placed.depth - 1);
  return out += placed.is_last ? glyph("└─ ", "`- ") : glyph("├─ ", "|- ");
}

std::string TreePrinter::margin(const PlacedSpan& placed) const {
  std::string out = lines_beside(placed.depth, placed.depth);
  return out += placed.has_children ? glyph("│  ", "|  ") : "   ";
}

void TreePrinter::print_bar(const TimeRange& range, const ShownSpan& span) {
  const auto total = static_cast<double>(std::max<std::uint64_t>(range.length_ns(), 1));
  const auto cells = static_cast<double>(columns_.bar);
  const auto place = [&](std::int64_t time_ns) {
    const auto offset = static_cast<double>(elapsed_ns(range.start_ns, time_ns));
    return std::min(offset / total, 1.0) * cells;
  };
  const double start = std::min(place(span.start_ns), cells - 1);
  const auto first = static_cast<std::size_t>(start);
  const double length = std::max(place(span.end_ns) - static_cast<double>(first), 0.0);
  std::string bar;
  std::size_t width = 0;
  if (look_.has_unicode) {
    constexpr std::string_view eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    const auto count = static_cast<std::size_t>(std::max(std::lround(length * 8), 1L));
    for (std::size_t i = 0; i < count / 8; ++i) bar += "█";
    bar += eighths[count % 8];
    width = (count + 7) / 8;
  } else {
    width = static_cast<std::size_t>(std::max(std::lround(length), 1L));
    bar.assign(width, '=');
  }
  pad(out_, first);
  paint(out_, look_, span.has_failed ? Ink::red : ink_of_type(span.type), bar);
  pad(out_, columns_.bar - std::min(columns_.bar, first + width));
}

void TreePrinter::print_span(const Section& section, const PlacedSpan& placed) {
  const ShownSpan& span = *placed.span;
  path_.resize(placed.depth);
  if (placed.depth > 0) path_[placed.depth - 1] = !placed.is_last;

  const std::string stem_text = stem(placed);
  paint(out_, look_, Ink::faint, stem_text);
  paint(out_, look_, ink_of_type(span.type), fitted(look_, safe(span.type), columns_.type));
  pad(out_, gap);
  const std::size_t used = display_width(stem_text) + columns_.type + gap;
  const std::size_t left = std::max(columns_.label, used + narrowest_name) - used;
  paint(out_, look_, Ink::strong, fitted(look_, safe(span.name), left));
  pad(out_, gap);
  if (columns_.bar > 0) {
    print_bar(section.range, span);
    pad(out_, gap);
  }
  out_ += right_aligned(took(elapsed_ns(span.start_ns, span.end_ns)), took_width);
  if (columns_.tokens > 0) {
    pad(out_, gap);
    out_ += right_aligned(tokens_text(look_, span.tokens_in, span.tokens_out), columns_.tokens);
  }
  if (columns_.model > 0) {
    pad(out_, gap);
    const std::string model = fitted(look_, safe(span.model), columns_.model);
    paint(out_, look_, span.model.empty() ? Ink::plain : Ink::faint, model);
  }
  const std::string status = status_text(span);
  if (!status.empty()) pad(out_, gap);
  paint(out_, look_,
        span.has_failed  ? Ink::red
        : status == "ok" ? Ink::green
                         : Ink::yellow,
        status);
  while (out_.ends_with(' ')) out_.pop_back();
  out_ += '\n';

  print_below(section, placed);
}

// What is odd about it, then its texts, then what was logged in it.
void TreePrinter::print_below(const Section& section, const PlacedSpan& placed) {
  PartViewOptions options;
  options.is_full = options_.is_full;
  const std::string margin_text = margin(placed);
  options.margin_width = display_width(margin_text);
  paint(options.margin, look_, Ink::faint, margin_text);
  const auto note = [&](bool is_so, std::string_view text) {
    if (!is_so) return;
    out_ += options.margin;
    paint(out_, look_, Ink::yellow, text);
    out_ += '\n';
  };
  note(placed.is_orphan, "its parent span has not arrived");
  note(placed.span->is_clock_odd, "its times are off: shown as they were sent");
  append_parts(out_, placed.span->parts, look_, options);
  append_parts(out_, logs_.below(*placed.span, section.range.start_ns), look_, options);
}

void TreePrinter::print_logs(const std::vector<TextPart>& parts) {
  PartViewOptions options;
  options.is_full = options_.is_full;
  append_parts(out_, parts, look_, options);
}

// Of a trace without spans, as they may come first; of the session itself; and that some are
// missing.
void TreePrinter::print_other_logs() {
  if (tree_.logs.empty()) return;
  const std::int64_t start_ns =
      sections_.empty() ? tree_.logs.front().time_ns : sections_.front().range.start_ns;
  if (sections_.empty() && !tree_.trace_id.empty()) {
    print_logs(logs_.beside(tree_.trace_id, start_ns));
  }
  print_logs(logs_.beside({}, start_ns));
  if (!tree_.has_more_logs) return;
  paint(out_, look_, Ink::yellow, "these are not all log records: earlier ones are left out");
  out_ += '\n';
}

}  // namespace

std::string render_tree(const ShownTree& tree, const Look& look, const TraceViewOptions& options) {
  return TreePrinter(tree, look, options).print();
}

}  // namespace honeyhive::cli
