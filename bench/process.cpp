#include "process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string_view>

namespace honeyhive::bench {
namespace {

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

std::string file_text(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

std::string own_path() {
  char path[PATH_MAX];
  const ssize_t bytes = readlink("/proc/self/exe", path, sizeof path);
  return bytes > 0 ? std::string(path, static_cast<std::size_t>(bytes)) : std::string();
}

void clear_environment() {
  std::vector<std::string> unwanted;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::string_view name = text.substr(0, text.find('='));
    if (name.starts_with("HH_") || name.ends_with("_proxy") || name.ends_with("_PROXY")) {
      unwanted.emplace_back(name);
    }
  }
  for (const std::string& name : unwanted) unsetenv(name.c_str());
}

Child::Child(const std::vector<std::string>& command) {
  int in[2], out[2];
  if (pipe2(in, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  if (pipe2(out, O_CLOEXEC) != 0) {
    close(in[0]);
    close(in[1]);
    throw std::runtime_error("no pipe");
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  std::vector<char*> words;
  words.reserve(command.size() + 1);
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  const int error = posix_spawnp(&pid_, words[0], &actions, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(in[0]);
  close(out[1]);
  input_ = in[1];
  output_ = out[0];
  if (error != 0) {
    pid_ = -1;
    throw std::runtime_error("cannot run " + command.front());
  }
}

Child::~Child() {
  if (is_running()) {
    kill(pid_, SIGKILL);
    wait();
  }
  close_input();
  close(output_);
}

std::string Child::read_line() {
  std::string line;
  for (char c = 0; read(output_, &c, 1) == 1 && c != '\n';) line += c;
  return line;
}

void Child::close_input() {
  if (input_ >= 0) close(input_);
  input_ = -1;
}

void Child::send_signal(int number) const { kill(pid_, number); }

bool Child::is_running() {
  if (pid_ < 0 || exit_code_) return false;
  siginfo_t info{};
  waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT);
  return info.si_pid == 0;
}

int Child::wait() {
  if (!exit_code_) {
    int status = 0;
    waitpid(pid_, &status, 0);
    exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  return *exit_code_;
}

double cpu_seconds(pid_t pid) {
  // Fields 14 and 15, counted from the end of the command's name, which may hold anything.
  const std::string text = file_text("/proc/" + std::to_string(pid) + "/stat");
  const auto name_end = text.rfind(')');
  if (name_end == text.npos) return 0;
  std::istringstream fields(text.substr(name_end + 1));
  std::string skipped;
  for (int i = 3; i < 14; ++i) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double own_cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

double own_peak_megabytes() {
  // Not ru_maxrss: that one is inherited from the process that started this one.
  const std::string text = file_text("/proc/self/status");
  const auto at = text.find("VmHWM:");
  return at == text.npos ? 0 : std::stod(text.substr(at + 6)) / 1024;
}

Sink::Sink(int answer_ms) : child_({own_path(), "--sink", std::to_string(answer_ms)}) {
  url_ = "http://127.0.0.1:" + child_.read_line();
}

Sink::Counts Sink::finish() {
  child_.close_input();
  std::istringstream line(child_.read_line());
  Counts counts;
  line >> counts.spans >> counts.requests >> counts.bytes >> counts.malformed >> counts.starts;
  if (child_.wait() != 0) throw std::runtime_error("the sink failed");
  return counts;
}

}  // namespace honeyhive::bench
