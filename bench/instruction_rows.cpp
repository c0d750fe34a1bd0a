// Instructions of the calling thread per operation: callgrind's difference between two numbers of
// turns, so that everything else cancels out.

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "cases.h"
#include "process.h"
#include "rows.h"
#include "workload.h"

// What callgrind collects. A name without mangling, so that it can be given on a command line.
extern "C" [[gnu::noinline]] void honeyhive_bench_counted(const honeyhive::bench::Loop& loop,
                                                          std::int64_t count) {
  loop(count);
}

namespace honeyhive::bench {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view peer_prefix = "peer:";
constexpr std::string_view baseline_suffix = ":baseline";
constexpr std::string_view says_ticks = "ticks", says_system = "system";  // the clock of a run
constexpr std::int64_t warm_up_turns = 2'000, few_turns = 500, many_turns = 2'500;

// Lines "totals: N" of the file of thread 1.
double read_total(const fs::path& file) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("totals:")) return std::stod(line.substr(7));
  }
  throw std::runtime_error("callgrind counted nothing");
}

struct Count {
  double instructions = 0;
  bool ticks = false;  // which clock the spans read
};

Count count_turns(const std::string& what, std::int64_t turns) {
  char folder[] = "/tmp/honeyhive-bench-XXXXXX";
  if (mkdtemp(folder) == nullptr) throw std::runtime_error("no temporary folder");
  const std::string out = std::string(folder) + "/callgrind";
  Child child({"valgrind", "--quiet", "--tool=callgrind", "--separate-threads=yes",
               "--toggle-collect=honeyhive_bench_counted", "--callgrind-out-file=" + out,
               own_path(), "--ops", what, std::to_string(turns)});
  Count count;
  count.ticks = child.read_line() == says_ticks;
  const int code = child.wait();
  if (code == 0) count.instructions = read_total(out + "-01");
  fs::remove_all(folder);
  if (code != 0) throw std::runtime_error("valgrind failed for " + what);
  return count;
}

// What two counts differ by; of two clocks the difference would mean nothing.
Count operator-(const Count& more, const Count& less) {
  if (more.ticks != less.ticks) {
    throw std::runtime_error(
        "the tick clock did not start in time: count again, on an idle machine");
  }
  return {more.instructions - less.instructions, more.ticks};
}

Count count_per_turn(const std::string& what) {
  Count count = count_turns(what, many_turns) - count_turns(what, few_turns);
  count.instructions /= static_cast<double>(many_turns - few_turns);
  return count;
}

Count count_per_operation(const SpanCase& work, std::string_view prefix) {
  const std::string what = std::string(prefix) + std::string(work.row);
  Count count = count_per_turn(what);
  if (work.baseline) count = count - count_per_turn(what + std::string(baseline_suffix));
  count.instructions /= work.operations;
  return count;
}

Row& row_of(std::vector<Row>& rows, std::string_view name) {
  const auto found =
      std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.name == name; });
  if (found != rows.end()) return *found;
  return rows.emplace_back(Row{.name = std::string(name),
                               .value = {},
                               .unit = "ns",
                               .instructions = {},
                               .peer = {},
                               .peer_value = {}});
}

bool has_valgrind() {
  try {
    return Child({"valgrind", "--version"}).wait() == 0;
  } catch (const std::runtime_error&) {
    return false;
  }
}

void count_case(const SpanCase& work, const Subject* peer, std::vector<Row>& rows) {
  const Count count = count_per_operation(work, "");
  Row& row = row_of(rows, work.row);
  row.instructions = count.instructions;
  row.ticks = count.ticks;
  Row own{.name = std::string(work.row) + ".instructions",
          .value = count.instructions,
          .unit = "instructions",
          .instructions = count.instructions,
          .peer = {},
          .peer_value = {},
          .ticks = count.ticks};
  if (peer != nullptr) {
    own.peer = peer_name();
    own.peer_value = count_per_operation(work, peer_prefix).instructions;
  }
  rows.push_back(std::move(own));
}

}  // namespace

void count_instructions(const Options& options, std::vector<Row>& rows) {
  if (!has_valgrind()) {
    if (options.only_instructions) throw std::runtime_error("valgrind is not installed");
    std::fprintf(stderr, "valgrind is not installed: no instruction counts\n");
    return;
  }
  Sink sink;
  const auto ours = open_ours(sink.url());
  const auto peer = open_peer(sink.url());
  for (const SpanCase& work : ours->cases()) {
    if (options.wants(work.row)) count_case(work, peer.get(), rows);
  }
}

int run_ops(const std::string& row, long long count) {
  const bool is_peer = row.starts_with(peer_prefix);
  const bool is_baseline = row.ends_with(baseline_suffix);
  std::string name = is_peer ? row.substr(peer_prefix.size()) : row;
  if (is_baseline) name.resize(name.size() - baseline_suffix.size());
  Sink sink;
  const auto subject = is_peer ? open_peer(sink.url()) : open_ours(sink.url());
  if (subject == nullptr) return 1;
  for (const SpanCase& work : subject->cases()) {
    if (work.row != name) continue;
    const Loop& loop = is_baseline ? work.baseline : work.loop;
    std::puts((wait_for_tick_clock() ? says_ticks : says_system).data());
    std::fflush(stdout);
    loop(warm_up_turns);
    if (!subject->settle()) return 1;
    honeyhive_bench_counted(loop, count);
    return subject->settle() ? 0 : 1;
  }
  std::fprintf(stderr, "honeyhive_bench: there is no span row \"%s\"\n", name.c_str());
  return 2;
}

}  // namespace honeyhive::bench
