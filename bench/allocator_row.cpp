// Row span_10attr_2kb once more with tcmalloc, the allocator that serves the peer best: what a
// program pays that has already done what it can.

#include <dlfcn.h>

#include <algorithm>
#include <cstdio>
#include <sstream>
#include <stdexcept>

#include "cases.h"
#include "process.h"
#include "rows.h"

namespace honeyhive::bench {
namespace {

constexpr const char* library = "libtcmalloc_minimal.so.4";
constexpr const char* measured_row = "span_10attr_2kb";

// Loaded aside, which replaces nothing, only to see whether it is there.
bool has_library() {
  void* const handle = dlopen(library, RTLD_LAZY | RTLD_LOCAL);
  if (handle != nullptr) dlclose(handle);
  return handle != nullptr;
}

}  // namespace

void measure_with_tcmalloc(const Options& options, std::vector<Row>& rows) {
  if (!options.wants(measured_row)) return;
  if (!has_library()) {
    std::fprintf(stderr, "%s is not installed: no tcmalloc row\n", library);
    return;
  }
  Child child({"env", std::string("LD_PRELOAD=") + library, own_path(), "--spans", measured_row,
               std::to_string(options.repetitions)});
  std::istringstream line(child.read_line());
  double ours = 0, peer = 0;
  line >> ours >> peer;
  if (child.wait() != 0 || ours <= 0) throw std::runtime_error("the run with tcmalloc failed");
  Row row{.name = std::string(measured_row) + ".tcmalloc",
          .value = ours,
          .unit = "ns",
          .instructions = {},
          .peer = {},
          .peer_value = {}};
  if (peer > 0) {
    row.peer = peer_name();
    row.peer_value = peer;
  }
  rows.push_back(std::move(row));
}

int run_spans(const std::string& name, int repetitions) {
  Options options;
  options.names = {name};
  options.repetitions = repetitions;
  std::vector<Row> rows;
  measure_spans(options, rows);
  const auto row =
      std::find_if(rows.begin(), rows.end(), [&](const Row& r) { return r.name == name; });
  if (row == rows.end()) return 1;
  std::printf("%g %g\n", row->value.value_or(0), row->peer_value.value_or(0));
  return 0;
}

}  // namespace honeyhive::bench
