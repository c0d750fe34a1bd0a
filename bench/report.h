#pragma once

// What was measured: rows, as a table and as JSON.

#include <optional>
#include <string>
#include <vector>

namespace honeyhive::bench {

struct Row {
  std::string name;
  std::optional<double> value;
  std::string unit;
  std::optional<double> instructions;  // of the calling thread, per operation
  std::string peer;                    // "" if there is none
  std::optional<double> peer_value;
  std::optional<bool> ticks = {};  // of counted rows: our clock was the tick counter
  bool more_is_better = false;

  // How many times better than the peer.
  std::optional<double> ratio() const;
};

// A recorded figure of the peer for each row that has none.
void add_recorded_peer(std::vector<Row>& rows);

void print_table(const std::vector<Row>& rows);

// False if the file cannot be written.
bool write_json(const std::vector<Row>& rows, const std::string& file);

// Least, median and further quantiles of samples.
double quantile(std::vector<double> samples, double share);

}  // namespace honeyhive::bench
