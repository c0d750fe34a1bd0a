#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "cli/answers.h"
#include "cli/commands.h"
#include "cli/print.h"
#include "cli/safe_text.h"
#include "cli/trace_view.h"
#include "core/ids.h"

namespace honeyhive::cli {
namespace {

constexpr std::size_t shortest_prefix = 8;
constexpr std::size_t recent_traces = 1000;  // that a prefix is looked for in
constexpr std::size_t page_size = 100;

using Code = core::Error::Code;

enum class What { trace, session };

core::Result<std::string> fetch_one(const Connection& connection, const ShowOptions& options,
                                    What what, const std::string& id) {
  const std::string path = (what == What::trace ? "/api/v0/traces/" : "/api/v0/sessions/");
  return get(connection, target(path + percent_encoded(id), {{"project", options.project}}));
}

// Hex digits and dashes in any case, as whole ids are found; other ids as they are.
bool begins_like(std::string_view id, std::string_view prefix) {
  if (id.starts_with(prefix)) return true;
  if (id.size() < prefix.size()) return false;
  return std::equal(prefix.begin(), prefix.end(), id.begin(), [](char a, char b) {
    const auto is_hex_or_dash = [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == '-';
    };
    return a == b || (is_hex_or_dash(a) && is_hex_or_dash(b) && (a | 0x20) == (b | 0x20));
  });
}

// The recent traces and sessions whose ids begin like that.
struct Matches {
  std::set<std::string> traces;
  std::set<std::string> sessions;
};

core::Result<Matches> find_matches(const Connection& connection, const ShowOptions& options) {
  Matches matches;
  std::string cursor;
  for (std::size_t seen = 0; seen < recent_traces;) {
    const auto body =
        get(connection, target("/api/v0/traces", {{"project", options.project},
                                                  {"limit", std::to_string(page_size)},
                                                  {"cursor", cursor}}));
    if (!body) return body.error();
    const auto page = read_trace_page(*body);
    if (!page) return page.error();
    for (const TraceRow& row : page->rows) {
      if (begins_like(row.trace_id, options.id)) matches.traces.insert(row.trace_id);
      if (begins_like(row.session_id, options.id)) matches.sessions.insert(row.session_id);
    }
    seen += page->rows.size();
    cursor = page->next;
    if (cursor.empty() || page->rows.empty()) break;
  }
  return matches;
}

core::Error not_found(const Connection& connection, const ShowOptions& options) {
  std::string message = "no trace or session " + safe(options.id) + " at " + connection.url;
  if (!options.project.empty()) message += " in project " + safe(options.project);
  if (options.id.size() < shortest_prefix) {
    message += "; the beginning of an id needs at least 8 characters";
  }
  return {Code::not_found, message + ". `honeyhive traces` lists what there is"};
}

core::Error ambiguous(const ShowOptions& options, const Matches& matches) {
  std::string message = safe(options.id) + " is the beginning of several ids:";
  for (const std::set<std::string>* ids : {&matches.traces, &matches.sessions}) {
    for (const std::string& id : *ids) message += "\n  " + safe(id);
  }
  return {Code::invalid_argument, std::move(message)};
}

core::Result<std::string> fetch_by_prefix(const Connection& connection,
                                          const ShowOptions& options) {
  if (options.id.size() < shortest_prefix) return not_found(connection, options);
  const auto matches = find_matches(connection, options);
  if (!matches) return matches.error();
  const std::size_t count = matches->traces.size() + matches->sessions.size();
  if (count == 0) return not_found(connection, options);
  if (count > 1) return ambiguous(options, *matches);
  const bool is_trace = !matches->traces.empty();
  return fetch_one(connection, options, is_trace ? What::trace : What::session,
                   is_trace ? *matches->traces.begin() : *matches->sessions.begin());
}

// By its whole id as a trace or as a session, else by the beginning of its id.
core::Result<std::string> fetch_shown(const Connection& connection, const ShowOptions& options) {
  const auto is_missing = [](const core::Result<std::string>& answer) {
    return !answer && answer.error().code == Code::not_found;
  };
  if (core::TraceId::from_hex(options.id)) {
    auto trace = fetch_one(connection, options, What::trace, options.id);
    if (!is_missing(trace)) return trace;
  }
  auto session = fetch_one(connection, options, What::session, options.id);
  if (!is_missing(session)) return session;
  return fetch_by_prefix(connection, options);
}

}  // namespace

int run_show(const ShowOptions& options) {
  if (options.id.empty()) {
    remark("show needs the id of a trace or session; `honeyhive traces` lists them");
    return exit_usage;
  }
  const auto connection = find_server(options.server, environment_variable);
  if (!connection) return complain(connection.error());
  const auto body = fetch_shown(*connection, options);
  if (!body) return complain(body.error());
  if (options.json) {
    const auto json = read_json(*body);
    if (!json) return complain(json.error());
    return print(*json + "\n") ? exit_done : exit_failed;
  }
  const auto tree = read_tree(*body);
  if (!tree) return complain(tree.error());
  TraceViewOptions view;
  view.is_full = options.full;
  view.now_ns = now_unix_ns();
  return print(render_tree(*tree, look_of_stdout(options.color), view)) ? exit_done : exit_failed;
}

}  // namespace honeyhive::cli
