#include <algorithm>
#include <string>
#include <utility>

#include "cli/answers.h"
#include "cli/commands.h"
#include "cli/print.h"
#include "cli/safe_text.h"
#include "cli/trace_list_view.h"
#include "core/shell_word.h"

namespace honeyhive::cli {
namespace {

constexpr std::size_t page_size = 100;

// Pages until there are `options.limit` rows, or no more.
core::Result<TracePage> fetch_traces(const Connection& connection, const TracesOptions& options) {
  TracePage all;
  do {
    const std::size_t wanted = std::min(page_size, options.limit - all.rows.size());
    const auto body = get(connection, target("/api/v0/traces", {{"project", options.project},
                                                                {"since", options.since},
                                                                {"limit", std::to_string(wanted)},
                                                                {"cursor", all.next}}));
    if (!body) return body.error();
    auto page = read_trace_page(*body);
    if (!page) return page.error();
    for (std::size_t i = 0; i < page->rows.size() && all.rows.size() < options.limit; ++i) {
      all.rows.push_back(std::move(page->rows[i]));
      all.json.push_back(std::move(page->json[i]));
    }
    all.next = page->rows.empty() ? "" : page->next;
  } while (!all.next.empty() && all.rows.size() < options.limit);
  return all;
}

std::string json_of(const TracePage& page) {
  std::string out = "{\"traces\":[";
  for (std::size_t i = 0; i < page.json.size(); ++i) {
    out += i == 0 ? "\n" : ",\n";
    out += page.json[i];
  }
  return out + "]}\n";
}

std::string hint(const TracePage& page, const TracesOptions& options, const Look& look) {
  const std::string id = safe(page.rows.front().trace_id).substr(0, 12);
  std::string text = "\nLook at one: honeyhive show " + id;
  if (!options.server.data.empty())
    text += " --data " + safe(core::shell_word(options.server.data));
  if (!options.server.server.empty())
    text += " --server " + safe(core::shell_word(options.server.server));
  if (!page.next.empty()) text += "   (there are older ones: --limit)";
  std::string out;
  paint(out, look, Ink::faint, text);
  return out + "\n";
}

std::string nothing(const Connection& connection, const TracesOptions& options) {
  std::string which;
  if (!options.project.empty()) which += " of project " + safe(options.project);
  if (!options.since.empty()) which += " since " + safe(options.since);
  return "No traces" + which + " at " + connection.url +
         ".\nA program sends its own there when HH_API_URL=" + connection.url + " is set.\n";
}

}  // namespace

int run_traces(const TracesOptions& options) {
  if (options.limit == 0) {
    remark("--limit: 0 is not a number of traces; 1 is the least");
    return exit_usage;
  }
  const auto connection = find_server(options.server, environment_variable);
  if (!connection) return complain(connection.error());
  const auto page = fetch_traces(*connection, options);
  if (!page) return complain(page.error());
  if (options.json) return print(json_of(*page)) ? exit_done : exit_failed;
  const Look look = look_of_stdout(options.color);
  const std::string text = page->rows.empty() ? nothing(*connection, options)
                                              : render_trace_list(page->rows, look, now_unix_ns()) +
                                                    hint(*page, options, look);
  return print(text) ? exit_done : exit_failed;
}

}  // namespace honeyhive::cli
