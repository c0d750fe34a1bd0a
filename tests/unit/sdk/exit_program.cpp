// A program that traces and ends, in the way its first argument says. exit_test.cpp runs it.

#include <pthread.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <thread>

#include "honeyhive/honeyhive.h"

using honeyhive::HoneyHiveTracer;

namespace {

// Its destructor runs at exit.
HoneyHiveTracer global = nullptr;  // NOLINT

void record(const HoneyHiveTracer& tracer, int count) {
  for (int i = 0; i < count; ++i) auto span = tracer.trace("work");
}

// 0 if the child records nothing, and ends on its own.
int child_of_fork(const HoneyHiveTracer& tracer) {
  auto open = tracer.trace("open at the fork");
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    record(tracer, 100);
    open.set_attribute("in", "child");
    open.end();
    bool refused = false;
    try {
      auto again = HoneyHiveTracer::init();
    } catch (const honeyhive::ConfigError&) {
      refused = true;
    }
    const bool flushed = tracer.flush(std::chrono::seconds(5));
    (void)tracer.stats();
    tracer.close();
    std::exit(refused && !flushed ? 0 : 3);  // runs exit handlers
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  open.end();
  record(tracer, 5);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 4;
}

// 0 if a program that was refused its tracer for want of memory can still fork.
int fork_when_refused() {
  const rlimit little{256 << 20, 256 << 20};
  ::setrlimit(RLIMIT_AS, &little);
  try {
    auto refused = HoneyHiveTracer::init();
    return 6;
  } catch (const honeyhive::ConfigError&) {
  }
  const pid_t child = ::fork();
  if (child == 0) std::_Exit(0);
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 4;
}

// 0 if a program that has taken every key for threads keeps what it stored under them.
int trace_without_keys() {
  pthread_key_t first{}, other{};
  ::pthread_key_create(&first, nullptr);
  while (::pthread_key_create(&other, nullptr) == 0) {
  }
  int mine = 0;
  ::pthread_setspecific(first, &mine);
  const auto tracer = HoneyHiveTracer::init({.test_mode = true});
  record(tracer, 3);
  const auto stats = tracer.stats();
  const bool counted = stats.spans_started == 3 && stats.spans_ended == 3 && stats.dropped() == 3;
  return ::pthread_getspecific(first) == &mine && counted ? 0 : 7;
}

}  // namespace

int main(int count, char** arguments) {
  const std::string_view how = count > 1 ? arguments[1] : "";
  if (how == "no keys") return trace_without_keys();
  if (how == "refused") return fork_when_refused();
  static HoneyHiveTracer tracer = HoneyHiveTracer::init();
  if (how == "return") {
    record(tracer, 10);
    return 0;
  }
  if (how == "global") {
    global = tracer;
    tracer = nullptr;
    record(global, 10);
    return 0;
  }
  if (how == "thread") {
    record(tracer, 10);
    std::thread([] { std::exit(0); }).join();
  }
  if (how == "leaked") {
    static const auto* const kept = new HoneyHiveTracer(tracer);  // no destructor ever runs
    (void)kept;
    record(tracer, 10);
    std::exit(0);
  }
  if (how == "busy") {
    // Threads that record, and tracers that come and go, while the process ends. The threads'
    // handle is never destroyed: using one that is would be a fault of the program.
    static const auto& kept = *new HoneyHiveTracer(tracer);
    static std::atomic<int> rounds{0};
    for (int i = 0; i < 3; ++i) {
      std::thread([i] {
        while (true) {
          if (i == 0) {
            const auto other = HoneyHiveTracer::init();
            record(other, 3);
            ++rounds;
            rounds.notify_one();
          } else {
            record(kept, 1);
          }
          std::this_thread::sleep_for(std::chrono::microseconds(50));  // not a load test
        }
      }).detach();
    }
    record(tracer, 10);
    tracer.flush();
    for (int seen = 0; seen < 10; seen = rounds) rounds.wait(seen);
    std::exit(0);
  }
  if (how == "fork") return child_of_fork(tracer);
  if (how == "verbose") {
    record(tracer, 1);
    return tracer.flush() ? 0 : 5;
  }
  return 2;
}
