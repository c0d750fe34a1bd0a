// Figures of a peer that is not installed, from recorded.json.

#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "report.h"

namespace honeyhive::bench {

void add_recorded_peer(std::vector<Row>& rows) {
  std::ifstream in(HONEYHIVE_BENCH_RECORDED);
  const auto recorded = nlohmann::json::parse(in, nullptr, /*allow_exceptions=*/false);
  if (!recorded.is_object() || !recorded.contains("rows")) {
    std::fprintf(stderr, "honeyhive_bench: %s cannot be read\n", HONEYHIVE_BENCH_RECORDED);
    return;
  }
  const std::string peer = recorded.value("peer", "") + " (recorded)";
  for (Row& row : rows) {
    const auto& figures = recorded["rows"];
    if (!row.peer.empty() || !figures.contains(row.name)) continue;
    row.peer = peer;
    row.peer_value = figures[row.name].get<double>();
  }
}

}  // namespace honeyhive::bench
