#include "cli/trace_list_view.h"

#include <algorithm>
#include <array>

#include "cli/figures.h"
#include "cli/safe_text.h"
#include "core/time_text.h"

namespace honeyhive::cli {
namespace {

constexpr std::size_t short_id = 12;  // characters; `show` takes 8 and more
constexpr std::size_t width_for_whole_ids = 132;
constexpr std::size_t longest_project = 20;
constexpr std::size_t narrowest_name = 8;
constexpr std::size_t gap = 2;

struct Column {
  std::string title;
  bool is_number = false;
  Ink ink = Ink::plain;
  std::size_t width = 0;
  std::vector<std::string> cells = {};  // safe
};

std::uint64_t count(std::int64_t number) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(number, 0));
}

std::vector<Column> columns_of(const std::vector<TraceRow>& rows, const Look& look,
                               std::int64_t now_ns) {
  Column started{"started"}, trace{"trace", false, Ink::strong}, project{"project"}, name{"name"};
  Column duration{"took", true}, spans{"spans", true}, errors{"errors", true, Ink::red};
  Column tokens{"tokens", true};
  for (const TraceRow& row : rows) {
    started.cells.push_back(age(row.start_ns, now_ns));
    const std::string id = safe(row.trace_id);
    trace.cells.push_back(look.width >= width_for_whole_ids ? id : id.substr(0, short_id));
    project.cells.push_back(safe(row.project));
    name.cells.push_back(safe(row.name));
    duration.cells.push_back(took(row.took_ns));
    spans.cells.push_back(grouped(count(row.spans)));
    errors.cells.push_back(row.errors > 0 ? grouped(count(row.errors)) : "");
    tokens.cells.push_back(tokens_text(look, row.tokens_in, row.tokens_out));
  }
  return {std::move(started),  std::move(trace), std::move(project), std::move(name),
          std::move(duration), std::move(spans), std::move(errors),  std::move(tokens)};
}

std::size_t line_width_of(const std::vector<Column>& columns) {
  std::size_t total = gap * (columns.size() - 1);
  for (const Column& column : columns) total += column.width;
  return total;
}

void widen_to_fit(std::vector<Column>& columns) {
  for (Column& column : columns) {
    column.width = column.title.size();
    for (const std::string& cell : column.cells) {
      column.width = std::max(column.width, display_width(cell));
    }
    if (column.title == "project") column.width = std::min(column.width, longest_project);
  }
}

// Where the line would be too long the name gives way, then whole columns.
void choose_widths(std::vector<Column>& columns, std::size_t line_width) {
  const auto titled = [&](std::string_view title) {
    return std::find_if(columns.begin(), columns.end(),
                        [&](const Column& column) { return column.title == title; });
  };
  widen_to_fit(columns);
  const std::size_t whole_name = titled("name")->width;
  for (const std::string_view expendable : {"", "tokens", "project", "spans", "started"}) {
    if (!expendable.empty()) columns.erase(titled(expendable));
    std::size_t& name = titled("name")->width;
    const std::size_t others = line_width_of(columns) - name;
    const std::size_t left = line_width - std::min(line_width, others);
    name = std::min(whole_name, std::max(left, narrowest_name));
    if (name <= left) return;
  }
}

std::string cell_text(const Column& column, std::string_view cell, const Look& look) {
  return column.is_number ? right_aligned(cell, column.width) : fitted(look, cell, column.width);
}

void end_line(std::string& out) {
  while (out.ends_with(' ')) out.pop_back();
  out += '\n';
}

// "08:13:01.250"
std::string time_of_day(std::int64_t unix_ns) { return core::iso_time(unix_ns).substr(11, 12); }

}  // namespace

std::string render_trace_list(const std::vector<TraceRow>& rows, const Look& look,
                              std::int64_t now_ns) {
  std::vector<Column> columns = columns_of(rows, look, now_ns);
  choose_widths(columns, look.width);
  std::string head;
  for (const Column& column : columns) {
    if (!head.empty()) pad(head, gap);
    head += cell_text(column, column.title, look);
  }
  end_line(head);
  head.pop_back();
  std::string out;
  paint(out, look, Ink::faint, head);
  out += '\n';
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (i > 0) pad(out, gap);
      paint(out, look, columns[i].ink, cell_text(columns[i], columns[i].cells[row], look));
    }
    end_line(out);
  }
  return out;
}

std::string render_event_line(const ShownSpan& span, const Look& look) {
  std::string out;
  paint(out, look, Ink::faint, time_of_day(span.end_ns));
  pad(out, gap);
  paint(out, look, ink_of_type(span.type), fitted(look, safe(span.type), 8));
  paint(out, look, Ink::strong, safe(span.name));
  const auto add = [&](Ink ink, const std::string& text) {
    if (text.empty()) return;
    pad(out, gap);
    paint(out, look, ink, text);
  };
  const std::uint64_t elapsed = elapsed_ns(span.start_ns, span.end_ns);
  if (elapsed > 0) add(Ink::plain, took(elapsed));
  add(Ink::plain, tokens_text(look, span.tokens_in, span.tokens_out));
  add(Ink::plain, safe(span.model));
  if (span.has_failed) add(Ink::red, "error");
  add(Ink::faint, safe(span.project));
  add(Ink::faint,
      safe(span.trace_id.empty() ? span.session_id : span.trace_id.substr(0, short_id)));
  out += '\n';
  return out;
}

}  // namespace honeyhive::cli
