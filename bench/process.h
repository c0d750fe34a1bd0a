#pragma once

// Child processes: this program again in another role, or the server.

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace honeyhive::bench {

std::string own_path();  // of this program's file

// Nothing of the caller's environment shall change what is measured: HH_* variables and proxies go.
void clear_environment();

class Child {
 public:
  // Runs `command` with pipes for its input and output. Throws std::runtime_error.
  explicit Child(const std::vector<std::string>& command);
  ~Child();  // kills it if it runs
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const noexcept { return pid_; }
  std::string read_line();  // without its end; "" at the end of the output
  void close_input();       // how a sink is told to end
  void send_signal(int number) const;
  bool is_running();
  int wait();  // the exit code; 128 + number for a signal

 private:
  pid_t pid_ = -1;
  int input_ = -1;
  int output_ = -1;
  std::optional<int> exit_code_;
};

// User and system time so far, of a child that runs.
double cpu_seconds(pid_t pid);

// Of this process: user and system time; and the most memory it ever held.
double own_cpu_seconds();
double own_peak_megabytes();

// A sink process that answers every request with 200, so many milliseconds after it came, and
// counts spans and starts of sessions.
class Sink {
 public:
  struct Counts {
    unsigned long long spans = 0, requests = 0, bytes = 0, malformed = 0, starts = 0;
  };

  explicit Sink(int answer_ms = 0);
  const std::string& url() const noexcept { return url_; }
  Counts finish();  // ends it

 private:
  Child child_;
  std::string url_;
};

// The sink's side: runs until its input ends, then prints its counts.
int run_sink(int answer_ms);

}  // namespace honeyhive::bench
