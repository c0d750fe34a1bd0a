#pragma once

// The groups of rows. Each measures only what is wanted, and appends its rows.
//
// They throw std::runtime_error when a figure would be wrong: spans lost, counts that differ.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "report.h"

namespace honeyhive::bench {

struct Options {
  std::vector<std::string> names;  // of rows; empty: all
  int repetitions = 21;            // of the span rows
  int pipeline_runs = 5;
  bool only_instructions = false;
  std::string server;  // the honeyhive program
  std::string data;    // folder for the server's data

  // "pipeline_1m" wants pipeline_1m_a, "span_empty" wants span_empty.min but not span_empty_x.
  bool wants(std::string_view row) const;
};

void measure_spans(const Options& options, std::vector<Row>& rows);
void measure_with_tcmalloc(const Options& options, std::vector<Row>& rows);
void measure_latency(const Options& options, std::vector<Row>& rows);
void measure_pipelines(const Options& options, std::vector<Row>& rows);
void measure_sessions(const Options& options, std::vector<Row>& rows);
void measure_ingest(const Options& options, std::vector<Row>& rows);

// Adds instruction counts to the span rows (making the rows if they are not there), by callgrind;
// without valgrind there are none. Throws only if `only_instructions`.
void count_instructions(const Options& options, std::vector<Row>& rows);

// `--ops ROW COUNT`: what callgrind looks at.
int run_ops(const std::string& row, long long count);

// `--spans ROW REPETITIONS`: measures the row and prints our figure and the peer's (0: none).
int run_spans(const std::string& name, int repetitions);

}  // namespace honeyhive::bench
