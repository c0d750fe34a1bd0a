// The program: reads the command line and calls one command. The only file with CLI11.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <functional>
#include <map>
#include <string>

#include "cli/commands.h"
#include "cli/print.h"
#include "cli/safe_text.h"
#include "server/serve.h"

namespace {

using honeyhive::cli::ColorMode;
using honeyhive::cli::ServerOptions;
using Command = std::function<int()>;

constexpr const char* data_help =
    "Folder of the server's data; default $XDG_DATA_HOME/honeyhive or ~/.local/share/honeyhive";

// What every command that looks at a server takes.
void add_server_options(CLI::App& command, ServerOptions& options, ColorMode& color) {
  command.add_option(
      "--server", options.server,
      "Address of the server; default HH_API_URL, else the server of the data folder");
  command.add_option("--token", options.token,
                     "Token to read with; default the data folder's for its own server,\n"
                     "HH_API_KEY for that of HH_API_URL");
  command.add_option("--data", options.data, data_help);
  static const std::map<std::string, ColorMode> modes = {
      {"auto", ColorMode::automatic}, {"always", ColorMode::always}, {"never", ColorMode::never}};
  command
      .add_option_function<std::string>(
          "--color", [&color](const std::string& mode) { color = modes.at(mode); },
          "auto (default: on a terminal), always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}));
}

void add_serve(CLI::App& program, Command& chosen) {
  static honeyhive::server::ServeOptions options;
  CLI::App& command = *program.add_subcommand("serve", "Receive, store and show traces");
  command.add_option("--data", options.data, data_help);
  command
      .add_option("--listen", options.listen,
                  "Loopback address and port; port 0 takes any free one")
      ->capture_default_str();
  command
      .add_option("--threads", options.threads, "Worker threads; default one per core, at least 2")
      ->check(CLI::Range(1, 256));
  command.add_flag("--no-auth", options.no_auth,
                   "Let everybody on this machine read without token");
  command.add_flag("--quiet", options.quiet, "Print nothing but errors");
  command.footer(
      "Takes OTLP/HTTP at /v1/traces and HoneyHive's REST API. Data is on disk before a request "
      "is\n"
      "answered with 200. The first signal (Ctrl-C) stops it when running requests are done, the\n"
      "second at once.");
  command.callback([&chosen] { chosen = [] { return run_serve(options); }; });
}

void add_traces(CLI::App& program, Command& chosen) {
  static honeyhive::cli::TracesOptions options;
  CLI::App& command = *program.add_subcommand("traces", "List traces, newest first");
  add_server_options(command, options.server, options.color);
  command.add_option("--project", options.project, "Only this project");
  command.add_option("--since", options.since, "90s, 15m, 2h or 1d ago, or a date or time");
  command.add_option("--limit", options.limit, "At most so many")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000));
  command.add_flag("--json", options.json, "JSON instead of a table");
  command.callback([&chosen] { chosen = [] { return run_traces(options); }; });
}

void add_show(CLI::App& program, Command& chosen) {
  static honeyhive::cli::ShowOptions options;
  CLI::App& command = *program.add_subcommand("show", "Show one trace or session as a tree");
  add_server_options(command, options.server, options.color);
  command.add_option("id", options.id, "Trace or session id, or how it begins (8 characters)")
      ->required();
  command.add_option("--project", options.project, "Only this project");
  command.add_flag("--full", options.full, "All text, and config, metadata, metrics and events");
  command.add_flag("--json", options.json, "JSON instead of a tree");
  command.callback([&chosen] { chosen = [] { return run_show(options); }; });
}

void add_tail(CLI::App& program, Command& chosen) {
  static honeyhive::cli::TailOptions options;
  CLI::App& command = *program.add_subcommand("tail", "Show spans as they arrive");
  add_server_options(command, options.server, options.color);
  command.add_option("--project", options.project, "Only this project");
  command.add_flag("--json", options.json, "One JSON object per line");
  command.callback([&chosen] { chosen = [] { return run_tail(options); }; });
}

// One line that says what is wrong and where help is. `word` is the first of the command line.
int complain_of(const CLI::App& program, const CLI::ParseError& error, const std::string& word) {
  const auto commands = program.get_subcommands({});
  const auto is_named = [&](const CLI::App* command) { return command->get_name() == word; };
  std::string text = error.what(), help = "honeyhive";
  if (std::any_of(commands.begin(), commands.end(), is_named)) {
    help += " " + word;
  } else if (!word.empty() && word[0] != '-') {
    text = "there is no command \"" + word + "\"";
  }
  honeyhive::cli::remark(honeyhive::cli::safe(text) + "; `" + help +
                         " --help` shows what there is");
  return honeyhive::cli::exit_usage;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    CLI::App program("honeyhive: traces of LLM programs, received, stored and shown", "honeyhive");
    program.set_version_flag("--version", std::string("honeyhive ") + HONEYHIVE_VERSION);
    program.require_subcommand(1);
    program.get_formatter()->column_width(26);
    program.footer(
        "Start with: honeyhive serve\n"
        "Each command has its own --help.");
    Command chosen;
    add_serve(program, chosen);
    add_traces(program, chosen);
    add_show(program, chosen);
    add_tail(program, chosen);
    try {
      program.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      if (error.get_exit_code() == 0) return program.exit(error);  // --help, --version
      if (argc == 1) {
        std::fputs(program.help().c_str(), stderr);
        return honeyhive::cli::exit_usage;
      }
      return complain_of(program, error, argc > 1 ? argv[1] : "");
    }
    return chosen();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "honeyhive: %s\n", error.what());
    return honeyhive::cli::exit_failed;
  }
}
