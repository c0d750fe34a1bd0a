// Durable ingest: gzip'ed OTLP from several connections into a real `honeyhive serve`, whose data
// is on a disk.

#include <signal.h>
#include <sys/stat.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>

#include "ingest.h"
#include "process.h"
#include "rows.h"

namespace honeyhive::bench {
namespace {

namespace fs = std::filesystem;

struct IngestCase {
  const char* row;
  std::size_t requests;
  std::size_t spans_per_request;
  IngestEncoding encoding = IngestEncoding::protobuf;
};
constexpr IngestCase cases[] = {{"ingest_512", 400, 512},
                                {"ingest_json_512", 400, 512, IngestEncoding::json},
                                {"ingest_16", 4'000, 16}};
constexpr std::size_t connections = 8;
constexpr int runs = 3;

// A folder of its own, gone at the end.
class DataFolder {
 public:
  explicit DataFolder(const std::string& parent) {
    std::string pattern = parent + "/honeyhive-bench-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) {
      throw std::runtime_error("no folder can be made in " + parent);
    }
    path_ = pattern;
  }
  ~DataFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  DataFolder(const DataFolder&) = delete;
  DataFolder& operator=(const DataFolder&) = delete;
  const fs::path& path() const noexcept { return path_; }

  // As du counts: what the files take on the disk.
  double bytes_on_disk() const {
    double bytes = 0;
    for (const auto& entry : fs::recursive_directory_iterator(path_)) {
      struct stat info {};
      if (lstat(entry.path().c_str(), &info) == 0)
        bytes += 512.0 * static_cast<double>(info.st_blocks);
    }
    return bytes;
  }

 private:
  fs::path path_;
};

std::uint16_t wait_for_port(Child& server, const fs::path& data) {
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (server.is_running() && std::chrono::steady_clock::now() < patience) {
    std::ifstream in(data / "server.json");
    const auto about = nlohmann::json::parse(in, nullptr, /*allow_exceptions=*/false);
    if (about.is_object() && about.contains("address")) {
      std::string address = about["address"].get<std::string>();
      while (address.ends_with('/')) address.pop_back();
      return static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  throw std::runtime_error("the server did not start");
}

struct Figures {
  double spans_per_second = 0, cpu_us = 0, disk_bytes = 0, p50_ms = 0, p95_ms = 0;
};

Figures run_once(const Options& options, const IngestLoad& load) {
  const DataFolder data(options.data);
  Child server({options.server, "serve", "--listen", "127.0.0.1:0", "--quiet", "--data",
                data.path().string()});
  const std::uint16_t port = wait_for_port(server, data.path());
  const double cpu_before = cpu_seconds(server.pid());
  const IngestTimes times = send_load(load, port, connections);
  const double cpu = cpu_seconds(server.pid()) - cpu_before;
  server.send_signal(SIGTERM);
  if (server.wait() != 0) throw std::runtime_error("the server did not end well");
  if (times.refused > 0) {
    throw std::runtime_error(std::to_string(times.refused) + " requests were refused");
  }
  const auto spans = static_cast<double>(load.spans);
  return {spans / times.wall_seconds, cpu * 1e6 / spans, data.bytes_on_disk() / spans,
          quantile(times.answer_seconds, 0.5) * 1e3, quantile(times.answer_seconds, 0.95) * 1e3};
}

void measure(const Options& options, const IngestCase& of, std::vector<Row>& rows) {
  const IngestLoad load = make_ingest_load(of.requests, of.spans_per_request, of.encoding);
  Figures best;
  for (int run = 0; run < runs; ++run) {
    const Figures figures = run_once(options, load);
    if (figures.spans_per_second > best.spans_per_second) best = figures;
  }
  const auto add = [&](const char* suffix, const char* unit, double value) {
    rows.push_back({.name = std::string(of.row) + suffix,
                    .value = value,
                    .unit = unit,
                    .instructions = {},
                    .peer = {},
                    .peer_value = {}});
  };
  add("", "spans/s", best.spans_per_second);
  add(".cpu", "us/span", best.cpu_us);
  add(".disk", "B/span", best.disk_bytes);
  add(".wire", "B/span", static_cast<double>(load.bytes) / static_cast<double>(load.spans));
  add(".p50", "ms", best.p50_ms);
  add(".p95", "ms", best.p95_ms);
}

}  // namespace

void measure_ingest(const Options& options, std::vector<Row>& rows) {
  for (const IngestCase& of : cases) {
    if (options.wants(of.row)) measure(options, of, rows);
  }
}

}  // namespace honeyhive::bench
