// usage: honeyhive_network_probe SERVER SPANS FLUSH_MS [PROXY]
//
// Sends spans to a server, configured by its environment besides, and prints what became of them as
// JSON. A configuration that is refused is printed as {"refused": "..."}.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "honeyhive/honeyhive.h"

namespace {

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  honeyhive::TracerConfig config{
      .api_key = "hh_probe_key_1234", .project = "probe", .server_url = argv[1]};
  if (argc > 4) config.proxy = argv[4];
  try {
    const auto tracer = honeyhive::HoneyHiveTracer::init(config);
    const int spans = std::atoi(argv[2]);
    for (int i = 0; i < spans; ++i) {
      auto span = tracer.trace("probed");
      span.set_attribute("prompt", "What is asked again and again? " + std::string(500, 'a'));
    }
    const bool is_sent = tracer.flush(std::chrono::milliseconds(std::atoi(argv[3])));
    const auto stats = tracer.stats();
    std::printf(R"({"flushed": %s, "sent": %llu, "retried": %llu, "last_error": %s})"
                "\n",
                is_sent ? "true" : "false", static_cast<unsigned long long>(stats.spans_sent),
                static_cast<unsigned long long>(stats.requests_retried),
                quoted(stats.last_error).c_str());
  } catch (const honeyhive::ConfigError& error) {
    std::printf("{\"refused\": %s}\n", quoted(error.what()).c_str());
  }
  return 0;
}
