// honeyhive_bench: measures the SDK and the server. README.md says what and how.

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <string>

#include "pipeline.h"
#include "process.h"
#include "rows.h"
#include "text.h"

namespace {

using honeyhive::bench::Options;
using honeyhive::bench::Row;

constexpr const char* help =
    R"(usage: honeyhive_bench [options] [names]

Measures recording, delivery and ingest, beside opentelemetry-cpp if it is compiled in, else beside
its recorded figures. Names choose rows; without any, all are measured:

  span_empty  span_10attr_2kb  span_unsampled  span_unsampled_10attr
  set_attribute  set_attribute_shared               CPU of the calling thread, and instructions
  span_of_session  attach  inject  extract          the same, of sessions and contexts
  pipeline_1m_a  pipeline_1m_b  pipeline_1m_c       a million spans to a sink: waiting for room at
                                                    full speed; at 800,000/s; dropping at full speed
  sessions_per_s                                    starts with three spans each, to a server
                                                    that answers after 100 ms
  ingest_512  ingest_16  ingest_json_512            durable ingest, so many spans per request

  --json FILE        also writes [{name, value, unit, instructions, peer, peer_value, ratio, ticks}]
  --instructions     counts instructions only (needs valgrind)
  --repetitions N    of the span rows; default 21
  --runs N           of each pipeline row, the best counts; default 5
  --server PROGRAM   the honeyhive program; default beside this one
  --data DIR         where the server's data goes, on a disk; default beside this program

A ratio says how many times better than the peer.
)";

struct CommandLine {
  Options options;
  std::string json;
  bool wants_help = false;
  std::string mistake;  // "" if there is none
};

int positive_number(const std::string& text) {
  const int number = std::atoi(text.c_str());
  return number > 0 && number <= 10'000 ? number : 0;
}

// True if the option took a value.
bool set_option(CommandLine& line, const std::string& name, const std::string& value) {
  if (name == "--json") {
    line.json = value;
  } else if (name == "--server") {
    line.options.server = value;
  } else if (name == "--data") {
    line.options.data = value;
  } else if (name == "--repetitions" || name == "--runs") {
    int& number = name == "--runs" ? line.options.pipeline_runs : line.options.repetitions;
    number = positive_number(value);
    if (number == 0) line.mistake = name + ": \"" + value + "\" is not a number from 1 to 10000";
  } else {
    return false;
  }
  return true;
}

bool is_row(const std::string& name) {
  for (const char* const row :
       {"span_empty", "span_10attr_2kb", "span_unsampled", "span_unsampled_10attr", "set_attribute",
        "set_attribute_shared", "span_of_session", "attach", "inject", "extract", "pipeline_1m_a",
        "pipeline_1m_b", "pipeline_1m_c", "sessions_per_s", "ingest_512", "ingest_16",
        "ingest_json_512"}) {
    if (name == row) return true;
  }
  return false;
}

CommandLine parse(int argc, char** argv) {
  CommandLine line;
  const auto folder = std::filesystem::path(honeyhive::bench::own_path()).parent_path();
  line.options.server = folder / "honeyhive";
  line.options.data = folder;
  for (int i = 1; i < argc && line.mistake.empty(); ++i) {
    const std::string word = argv[i];
    if (word == "-h" || word == "--help") {
      line.wants_help = true;
    } else if (word == "--instructions") {
      line.options.only_instructions = true;
    } else if (word.starts_with("-")) {
      if (i + 1 == argc || !set_option(line, word, argv[i + 1])) {
        line.mistake = word + " is no option, or lacks its value";
      }
      ++i;
    } else if (is_row(word)) {
      line.options.names.push_back(word);
    } else {
      line.mistake = "there is no row \"" + word + "\"";
    }
  }
  return line;
}

// The figures depend on the text: it must be like what models say.
void check_text() {
  using namespace honeyhive::bench;
  const double ratio = gzip_ratio(std::string_view(shared_text()).substr(0, 1 << 20));
  if (ratio < least_gzip_ratio || ratio > most_gzip_ratio) {
    throw std::runtime_error("the text's gzip -1 ratio is " + std::to_string(ratio));
  }
}

int measure(const CommandLine& line) {
  using namespace honeyhive::bench;
  check_text();
  std::vector<Row> rows;
  const Options& options = line.options;
  if (!options.only_instructions) {
    measure_spans(options, rows);
    measure_with_tcmalloc(options, rows);
    measure_latency(options, rows);
  }
  count_instructions(options, rows);
  if (!options.only_instructions) {
    measure_pipelines(options, rows);
    measure_sessions(options, rows);
    measure_ingest(options, rows);
  }
  add_recorded_peer(rows);
  print_table(rows);
  if (line.json.empty() || write_json(rows, line.json)) return 0;
  std::fprintf(stderr, "honeyhive_bench: %s cannot be written\n", line.json.c_str());
  return 1;
}

// The roles in which this program starts itself.
int run_role(int argc, char** argv) {
  const std::string role = argc > 1 ? argv[1] : "";
  if (role == "--sink") return honeyhive::bench::run_sink(argc > 2 ? std::atoi(argv[2]) : 0);
  if (role == "--ops" && argc == 4) return honeyhive::bench::run_ops(argv[2], std::atoll(argv[3]));
  if (role == "--spans" && argc == 4) {
    return honeyhive::bench::run_spans(argv[2], positive_number(argv[3]));
  }
  if (role == "--pipeline" && argc == 5) {
    return honeyhive::bench::run_pipeline(std::string(argv[2]) == "peer",
                                          {.mode = argv[3][0], .url = argv[4]});
  }
  return -1;
}

}  // namespace

bool honeyhive::bench::Options::wants(std::string_view row) const {
  if (names.empty()) return true;
  for (const std::string& name : names) {
    if (row == name || row.starts_with(name + ".")) return true;
  }
  return false;
}

int main(int argc, char** argv) {
  try {
    honeyhive::bench::clear_environment();
    if (const int code = run_role(argc, argv); code >= 0) return code;
    const CommandLine line = parse(argc, argv);
    if (!line.mistake.empty()) {
      std::fprintf(stderr, "honeyhive_bench: %s; --help says more\n", line.mistake.c_str());
      return 2;
    }
    if (line.wants_help) {
      std::fputs(help, stdout);
      return 0;
    }
    return measure(line);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "honeyhive_bench: %s\n", error.what());
    return 1;
  }
}
