// Traces where the system ends whoever makes a socket. "test-mode": exits with 0 if that is done
// without one. "sending": exits with 0 if a tracer that sends is ended by it.

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <string_view>

#include "honeyhive/honeyhive.h"
#include "honeyhive/testing.h"

using honeyhive::HoneyHiveTracer;

namespace {

bool forbid_sockets() {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_socket, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_socketpair, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
  };
  const sock_fprog filter{sizeof program / sizeof program[0], program};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

// The whole life of a tracer; how many spans were captured.
std::size_t trace(bool test_mode) {
  const auto tracer = HoneyHiveTracer::init({.api_key = "hh_key",
                                             .server_url = "http://127.0.0.1:1",
                                             .disable_batch = true,
                                             .inputs = {{"query", "q"}},
                                             .test_mode = test_mode,
                                             .require_connection = true});
  tracer.trace("outer", [&] { auto inner = tracer.trace("inner"); });
  tracer.flush();
  const std::size_t captured = honeyhive::testing::capture(tracer).size();
  tracer.close();
  return captured;
}

int without_sockets() {
  if (trace(true) != 2) return 1;
  // Nor is there a thread that could make one later.
  const std::filesystem::directory_iterator threads("/proc/self/task"), end;
  return std::distance(threads, end) == 1 ? 0 : 2;
}

int ended_by_a_socket() {
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    if (!forbid_sockets()) ::_exit(3);
    trace(false);
    ::_exit(4);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS ? 0 : 5;
}

}  // namespace

int main(int, char** arguments) {
  const std::string_view how = arguments[1];
  if (how == "sending") return ended_by_a_socket();
  if (!forbid_sockets()) {
    std::puts("this system cannot forbid system calls");
    return 6;
  }
  return without_sockets();
}
