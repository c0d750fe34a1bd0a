#pragma once

// `honeyhive serve` as a process: started, asked, signalled, waited for.

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace honeyhive::server::testing {

class ServeProcess {
 public:
  // How it is run, where that is not as the test itself.
  struct Terms {
    rlim_t descriptors = 0;  // 0: as many
    uid_t user = 0;          // 0: the same
    rlim_t file_bytes = 0;   // 0: as large
  };

  explicit ServeProcess(std::vector<std::string> arguments)
      : ServeProcess("serve", std::move(arguments), {}) {}

  // Any command. Its standard output and error are read as one.
  ServeProcess(const std::string& command, std::vector<std::string> arguments, Terms terms) {
    arguments.insert(arguments.begin(), {"honeyhive", command});
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) std::abort();
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(ends[1], STDOUT_FILENO);
      ::dup2(ends[1], STDERR_FILENO);
      if (!accept(terms)) ::_exit(126);
      ::execv(HONEYHIVE_PROGRAM, argv.data());
      ::_exit(127);
    }
    ::close(ends[1]);
    output_ = ends[0];
  }
  ServeProcess(const ServeProcess&) = delete;
  ServeProcess& operator=(const ServeProcess&) = delete;
  ~ServeProcess() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    ::close(output_);
  }

  // Reads on until `text` has come or the output ends.
  const std::string& read_until(const std::string& text) {
    char bytes[4096];
    while (seen_.find(text) == std::string::npos) {
      const ssize_t got = ::read(output_, bytes, sizeof bytes);
      if (got <= 0) break;
      seen_.append(bytes, static_cast<std::size_t>(got));
    }
    return seen_;
  }

  // After the greeting: the port of "listens on http://127.0.0.1:PORT".
  std::uint16_t port() {
    const std::string& greeting = read_until("Ctrl-C stops it.");
    const std::string mark = "http://127.0.0.1:";
    const std::size_t at = greeting.find(mark);
    if (at == std::string::npos) return 0;
    return static_cast<std::uint16_t>(std::atoi(greeting.c_str() + at + mark.size()));
  }

  void signal(int number) const { ::kill(pid_, number); }

  // The exit code; minus the signal that ended it.
  int wait() {
    read_until("\1");  // to its end
    int status = 0;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

  const std::string& seen() const { return seen_; }

 private:
  static bool accept(const Terms& terms) {
    const rlimit limit{terms.descriptors, terms.descriptors};
    if (terms.descriptors != 0 && ::setrlimit(RLIMIT_NOFILE, &limit) != 0) return false;
    const rlimit file{terms.file_bytes, terms.file_bytes};
    if (terms.file_bytes != 0 && ::setrlimit(RLIMIT_FSIZE, &file) != 0) return false;
    return terms.user == 0 ||
           (::setgroups(0, nullptr) == 0 && ::setgid(terms.user) == 0 && ::setuid(terms.user) == 0);
  }

  pid_t pid_ = -1;
  int output_ = -1;
  std::string seen_;
};

struct DataFolder {
  DataFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "honeyhive-serve-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path = name;
  }
  ~DataFolder() { std::filesystem::remove_all(path); }
  std::string path;
};

}  // namespace honeyhive::server::testing
