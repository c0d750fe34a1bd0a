// A program that traces and ends, in the way its first argument says. exit_test.cpp runs it.

#include <arpa/inet.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

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

// 0 if children let sessions go that they have from a parent whose threads look for others.
int fork_among_sessions(const HoneyHiveTracer& tracer) {
  const auto open = [&] {
    return tracer.with_session({.session_id = "joined", .skip_api_call = true});
  };
  std::atomic<bool> is_over{false};
  std::vector<std::thread> busy(3);
  for (auto& thread : busy) {
    thread = std::thread([&] {
      while (!is_over) tracer.enrich_session({.session_id = "unknown"});
    });
  }
  int status = 0;
  for (int i = 0; i < 200 && status == 0; ++i) {
    std::optional<honeyhive::Context> context;
    {
      const auto block = open();
      context = honeyhive::Context::current();
    }
    const pid_t child = ::fork();
    if (child == 0) {
      ::alarm(10);
      context.reset();
      std::_Exit(0);
    }
    ::waitpid(child, &status, 0);
  }
  is_over = true;
  for (auto& thread : busy) thread.join();
  return status == 0 ? 0 : 8;
}

void leave_little_address_space() {
  const rlimit little{256 << 20, 256 << 20};
  ::setrlimit(RLIMIT_AS, &little);
}

// 0 if a program that was refused its tracer for want of memory can still fork.
int fork_when_refused() {
  leave_little_address_space();
  try {
    auto refused = HoneyHiveTracer::init({.buffer_bytes = 512 << 20});
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

// 0 if a child that no handler was told about ends on its own.
int child_of_raw_fork(const HoneyHiveTracer& tracer) {
  record(tracer, 5);
  const auto child = static_cast<pid_t>(::syscall(SYS_fork));
  if (child == 0) {
    tracer.close();
    std::exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 4;
}

struct CancellationPoint {
  friend honeyhive::Object honeyhive_value(const CancellationPoint&) {
    pthread_testcancel();
    return {{"v", 1}};
  }
};

// 0 if a thread that was cancelled while it traced ends as cancelled threads do.
int cancelled_thread(const HoneyHiveTracer& tracer) {
  pthread_t thread{};
  const auto body = [](void* given) -> void* {
    pthread_cancel(pthread_self());
    auto span = static_cast<const HoneyHiveTracer*>(given)->trace("work");
    span.set_attribute("k", CancellationPoint());
    span.set_attributes({{"k", CancellationPoint()}});
    span.add_event("e", {{"k", CancellationPoint()}});
    honeyhive::enrich_span({{"k", CancellationPoint()}});
    span.end();
    pthread_testcancel();
    return nullptr;
  };
  auto* const given = const_cast<HoneyHiveTracer*>(&tracer);
  pthread_create(&thread, nullptr, body, given);
  void* result = nullptr;
  pthread_join(thread, &result);
  return result == PTHREAD_CANCELED ? 0 : 8;
}

// Tells the server that the process is about to end.
void say_goodbye() {
  const char* const url = std::getenv("HH_API_URL");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(std::strrchr(url, ':') + 1)));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int connection = ::socket(AF_INET, SOCK_STREAM, 0);
  const int failed =
      ::connect(connection, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  constexpr std::string_view request = "GET /goodbye HTTP/1.1\r\nHost: localhost\r\n\r\n";
  char answer[256];
  if (failed == 0 && ::write(connection, request.data(), request.size()) > 0) {
    [[maybe_unused]] const auto got = ::read(connection, answer, sizeof answer);
  }
  ::close(connection);
}

// The program ends while another thread is still closing its tracer.
int end_while_closing(HoneyHiveTracer& tracer) {
  record(tracer, 10);
  static const HoneyHiveTracer& kept = *new HoneyHiveTracer(tracer);
  std::atexit(say_goodbye);  // before the library's own
  std::thread([] { kept.close(); }).detach();
  while (kept.trace("until it is closed").is_recording()) {
  }
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  const std::string_view how = count > 1 ? arguments[1] : "";
  if (how == "no keys") return trace_without_keys();
  if (how == "refused") return fork_when_refused();
  if (how == "little") leave_little_address_space();
  static HoneyHiveTracer tracer = HoneyHiveTracer::init();
  if (how == "return" || how == "little") {
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
  if (how == "quick") {
    record(tracer, 10);
    std::quick_exit(0);
  }
  if (how == "many") {
    static std::vector<HoneyHiveTracer> more;
    for (int i = 0; i < 10; ++i) more.push_back(HoneyHiveTracer::init());
    for (const auto& one : more) record(one, 1);
    return 0;
  }
  if (how == "closing") return end_while_closing(tracer);
  if (how == "cancelled") return cancelled_thread(tracer);
  if (how == "raw fork") return child_of_raw_fork(tracer);
  if (how == "fork") return child_of_fork(tracer);
  if (how == "fork in sessions") return fork_among_sessions(tracer);
  if (how == "verbose") {
    record(tracer, 1);
    return tracer.flush() ? 0 : 5;
  }
  return 2;
}
