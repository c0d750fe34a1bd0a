#include "workload.h"

#include <chrono>
#include <fstream>
#include <thread>

#include "sdk/record/recorder.h"

namespace honeyhive::bench {
namespace {

bool kernel_counts_by_ticks() {
  std::ifstream file("/sys/devices/system/clocksource/clocksource0/current_clocksource");
  std::string name;
  return std::getline(file, name) && name == "tsc";
}

}  // namespace

const std::array<TextAttribute, 9> call_attributes{{
    {"gen_ai.system", "openai"},
    {"gen_ai.request.model", "gpt-4o-mini"},
    {"gen_ai.operation.name", "chat"},
    {"gen_ai.response.finish_reason", "stop"},
    {"deployment.environment", "production"},
    {"conversation.id", "5f0c2f0e9ad34b31b1d9c1f7a3e7c2d85f0c2f0e9ad34b31b1d9c1f7a3e7c2d8"},
    {"user.id", "b6d1e07c44f94e0b8f4f6a2d9a1c3e5fb6d1e07c44f94e0b8f4f6a2d9a1c3e5f"},
    {"gen_ai.response.id", "chatcmpl-9c1b7e5d3f2a48c6b0e4d8f1a7c5936e2b4d6f8091a3c5e7f9b1d3f"},
    {"service.instance", "customer-support-assistant/production/eu-central-1/blue/2026.11a"},
}};

const std::array<std::string, short_attributes> short_keys = [] {
  std::array<std::string, short_attributes> keys;
  for (std::size_t i = 0; i < keys.size(); ++i)
    keys[i] = "attribute.key.1" + std::to_string(10 + i);
  return keys;
}();

HoneyHiveTracer open_tracer(const std::string& url, double sample_rate) {
  using std::chrono::seconds;
  return HoneyHiveTracer::init({.project = "bench",
                                .session_name = "bench",
                                .source = "bench",
                                .server_url = url,
                                .disable_batch = false,
                                .verbose = false,
                                .test_mode = false,
                                .sample_rate = sample_rate,
                                .buffer_bytes = 16 << 20,
                                .export_timeout = seconds(5),
                                .on_full_wait = seconds(10)});
}

bool wait_for_tick_clock() {
  using std::chrono::steady_clock;
  // Where the kernel does not count by ticks, they never come: not worth the wait.
  const auto patience = std::chrono::seconds(kernel_counts_by_ticks() ? 20 : 0);
  const auto end = steady_clock::now() + patience;
  while (!sdk::Recorder::clock.uses_ticks() && steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return sdk::Recorder::clock.uses_ticks();
}

}  // namespace honeyhive::bench
