#include "report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

namespace honeyhive::bench {
namespace {

nlohmann::json number(const std::optional<double>& value) {
  return value ? nlohmann::json(*value) : nlohmann::json(nullptr);
}

// Three digits are what these figures are good for.
std::string shown(const std::optional<double>& value) {
  if (!value) return "-";
  char digits[32];
  const int decimals = std::fabs(*value) >= 100 ? 0 : std::fabs(*value) >= 10 ? 1 : 2;
  std::snprintf(digits, sizeof digits, "%.*f", decimals, *value);
  std::string text = digits;
  const std::size_t whole = std::min(text.find('.'), text.size());
  for (std::size_t at = whole; at > 3 && at - 3 > (text[0] == '-' ? 1U : 0U);) {
    text.insert(at -= 3, 1, ',');
  }
  return text;
}

}  // namespace

std::optional<double> Row::ratio() const {
  if (!value || !peer_value || *value == 0 || *peer_value == 0) return std::nullopt;
  return more_is_better ? *value / *peer_value : *peer_value / *value;
}

void print_table(const std::vector<Row>& rows) {
  std::size_t widest = 4;
  for (const Row& row : rows) widest = std::max(widest, row.name.size());
  const int width = static_cast<int>(widest);
  std::printf("%-*s %11s %-13s %9s %11s %7s  %s\n", width, "row", "value", "unit", "instr.", "peer",
              "better", "which peer");
  for (const Row& row : rows) {
    const auto ratio = row.ratio();
    std::printf("%-*s %11s %-13s %9s %11s %7s  %s\n", width, row.name.c_str(),
                shown(row.value).c_str(), row.unit.c_str(), shown(row.instructions).c_str(),
                shown(row.peer_value).c_str(), ratio ? (shown(ratio) + "x").c_str() : "-",
                row.peer.c_str());
  }
}

bool write_json(const std::vector<Row>& rows, const std::string& file) {
  auto all = nlohmann::ordered_json::array();
  for (const Row& row : rows) {
    all.push_back({{"name", row.name},
                   {"value", number(row.value)},
                   {"unit", row.unit},
                   {"instructions", number(row.instructions)},
                   {"peer", row.peer.empty() ? nlohmann::json(nullptr) : nlohmann::json(row.peer)},
                   {"peer_value", number(row.peer_value)},
                   {"ratio", number(row.ratio())},
                   {"ticks", row.ticks ? nlohmann::json(*row.ticks) : nlohmann::json(nullptr)}});
  }
  std::ofstream out(file);
  out << all.dump(1) << '\n';
  return static_cast<bool>(out.flush());
}

double quantile(std::vector<double> samples, double share) {
  std::sort(samples.begin(), samples.end());
  const auto last = static_cast<double>(samples.size() - 1);
  return samples[static_cast<std::size_t>(std::lround(share * last))];
}

}  // namespace honeyhive::bench
