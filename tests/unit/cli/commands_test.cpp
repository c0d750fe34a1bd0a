// The commands as a person runs them, against a scripted server.
#include "cli/commands.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <functional>
#include <thread>

#include "fakes/loopback_server.h"

namespace honeyhive::cli {
namespace {

using fakes::LoopbackServer;
using fakes::ReceivedRequest;
using fakes::Reply;

const std::string trace_a = "4bf92f3577b34da6a3ce929d0e0e4736";
const std::string trace_b = "4bf92f35aaaaaaaaaaaaaaaaaaaaaaaa";
const std::string session = "6ba7b810-9dad-41d1-80b4-00c04fd430c8";

// Takes what is written to a descriptor meanwhile.
class Captured {
 public:
  explicit Captured(int descriptor) : descriptor_(descriptor), before_(::dup(descriptor)) {
    std::fflush(nullptr);
    memory_ = ::memfd_create("captured", MFD_CLOEXEC);
    ::dup2(memory_, descriptor_);
  }
  ~Captured() {
    std::fflush(nullptr);
    ::dup2(before_, descriptor_);
    ::close(before_);
    ::close(memory_);
  }
  Captured(const Captured&) = delete;
  Captured& operator=(const Captured&) = delete;

  std::string text() const {
    std::fflush(nullptr);
    std::string all(static_cast<std::size_t>(::lseek(memory_, 0, SEEK_END)), '\0');
    const ssize_t count = ::pread(memory_, all.data(), all.size(), 0);
    return all.substr(0, count < 0 ? 0 : static_cast<std::size_t>(count));
  }

 private:
  int descriptor_;
  int before_;
  int memory_;
};

struct Run {
  int code = -1;
  std::string out;
  std::string error;
};

Run captured(const std::function<int()>& command) {
  const Captured out(STDOUT_FILENO), error(STDERR_FILENO);
  Run run;
  run.code = command();
  run.out = out.text();
  run.error = error.text();
  return run;
}

std::string row(const std::string& trace_id) {
  return R"({"project":"demo","trace_id":")" + trace_id + R"(","session_id":")" + session +
         R"(","name":"ask","start_ns":"1795162400000000000","duration_ms":12,"spans":1})";
}

Reply api(const ReceivedRequest& request) {
  const std::string path = request.target.substr(0, request.target.find('?'));
  if (path == "/api/v0/traces") {
    if (request.target.find("cursor=") != std::string::npos) {
      return {.body = "{\"traces\":[" + row(trace_b) + "],\"next\":null}"};
    }
    return {.body = "{\"traces\":[" + row(trace_a) + "],\"next\":\"c1\"}"};
  }
  if (path == "/api/v0/traces/" + trace_a || path == "/api/v0/sessions/" + session) {
    return {.body = R"({"project":"demo","trace_id":")" + trace_a +
                    R"(","events":[{"span_id":"1","event_type":"tool","event_name":"ask"}]})"};
  }
  return {.status = 404, .body = R"({"error":{"code":"not_found","message":"none"}})"};
}

ShowOptions show(const LoopbackServer& server, const std::string& id) {
  ShowOptions options;
  options.server.server = server.url();
  options.id = id;
  return options;
}

}  // namespace

TEST_SUITE("cli/commands") {
  TEST_CASE("traces follows pages up to the limit and says how to show one") {
    LoopbackServer server(api);
    TracesOptions options;
    options.server.server = server.url();
    options.project = "de mo";
    const Run run = captured([&] { return run_traces(options); });
    CHECK(run.code == exit_done);
    CHECK(run.out.find("4bf92f3577b3  demo") != std::string::npos);
    CHECK(run.out.find("4bf92f35aaaa  demo") != std::string::npos);
    CHECK(run.out.find("Look at one: honeyhive show 4bf92f3577b3 --server http://") !=
          std::string::npos);
    REQUIRE(server.requests().size() == 2);
    CHECK(server.requests()[0].target == "/api/v0/traces?project=de%20mo&limit=20");
    CHECK(server.requests()[1].target == "/api/v0/traces?project=de%20mo&limit=19&cursor=c1");

    options.limit = 1;
    options.json = true;
    const Run json = captured([&] { return run_traces(options); });
    CHECK(json.out == "{\"traces\":[\n" + row(trace_a) + "]}\n");
    options.limit = 0;
    CHECK(captured([&] { return run_traces(options); }).code == exit_usage);
  }

  TEST_CASE("no traces is no error, and says how to send some") {
    LoopbackServer server(
        [](const ReceivedRequest&) { return Reply{.body = "{\"traces\":[],\"next\":null}"}; });
    TracesOptions options;
    options.server.server = server.url();
    const Run run = captured([&] { return run_traces(options); });
    CHECK(run.code == exit_done);
    CHECK(run.out.find("HH_API_URL=" + server.url()) != std::string::npos);
  }

  std::string upper_case(std::string text) {
    for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return text;
  }

  TEST_CASE("show takes a trace, a session, or the beginning of one id") {
    LoopbackServer server(api);
    for (const std::string& id : {trace_a, session, trace_a.substr(0, 9), session.substr(0, 8),
                                  upper_case(trace_a.substr(0, 9))}) {
      CAPTURE(id);
      const Run run = captured([&] { return run_show(show(server, id)); });
      CHECK(run.code == exit_done);
      CHECK(run.out.find("tool  ask") != std::string::npos);
    }
    const Run json = captured([&] {
      ShowOptions options = show(server, trace_a);
      options.json = true;
      return run_show(options);
    });
    CHECK(json.out.starts_with("{\"project\":\"demo\""));
  }

  TEST_CASE("show says when an id is unknown, too short or not the only one") {
    LoopbackServer server(api);
    const Run unknown = captured([&] { return run_show(show(server, "ffffffff")); });
    CHECK(unknown.code == exit_failed);
    CHECK(unknown.out == "");
    CHECK(unknown.error.find("no trace or session ffffffff at " + server.url()) !=
          std::string::npos);
    const Run brief = captured([&] { return run_show(show(server, "4bf")); });
    CHECK(brief.error.find("at least 8 characters") != std::string::npos);
    const Run several = captured([&] { return run_show(show(server, "4bf92f35")); });
    CHECK(several.code == exit_failed);
    CHECK(several.error.find(trace_a) != std::string::npos);
    CHECK(several.error.find(trace_b) != std::string::npos);
    CHECK(captured([&] { return run_show(show(server, "")); }).code == exit_usage);
  }

  TEST_CASE("tail prints events, comes back where it was, and ends with 0 on Ctrl-C") {
    sigset_t interrupt, before;  // before the server's threads, which inherit it
    sigemptyset(&interrupt);
    sigaddset(&interrupt, SIGINT);
    pthread_sigmask(SIG_BLOCK, &interrupt, &before);
    {
      LoopbackServer server([](const ReceivedRequest& request) {
        const std::string head =
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";
        if (request.number == 1) {  // stopped before there was any event
          Reply silent = Reply::bytes(head);
          silent.hangs_up = true;
          return silent;
        }
        Reply reply = Reply::bytes(
            head + ": hello\n\nid: " + std::to_string(request.number) +
            "\nevent: span\ndata: {\"event_type\":\"tool\",\"event_name\":\"e\\u001b" +
            std::to_string(request.number) + "\"}\n\nevent: gap\ndata: {\"missed\":3}\n\n");
        reply.hangs_up = request.number == 2;
        return reply;
      });
      std::thread person([&] {
        server.wait_for_requests(3);
        ::kill(::getpid(), SIGINT);
      });
      TailOptions options;
      options.server.server = server.url();
      options.project = "demo";
      const Run run = captured([&] { return run_tail(options); });
      person.join();
      CHECK(run.code == exit_done);
      CHECK(run.out.find("tool    e\\x1b2\n") != std::string::npos);
      CHECK(run.error.find("the connection ended; trying again") != std::string::npos);
      CHECK(run.error.find("events were missed") != std::string::npos);
      REQUIRE(server.requests().size() == 3);
      CHECK(server.requests()[0].target == "/api/v0/tail?project=demo");
      CHECK(server.requests()[1].header("last-event-id") == "");
      CHECK(server.requests()[2].header("last-event-id") == "2");
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }

  TEST_CASE("tail ends with 1 when there is no server, or it refuses") {
    TailOptions options;
    {
      LoopbackServer server([](const ReceivedRequest&) { return Reply{.status = 401}; });
      options.server.server = server.url();
      const Run run = captured([&] { return run_tail(options); });
      CHECK(run.code == exit_failed);
      CHECK(run.error.find("wants a token") != std::string::npos);
    }
    const Run run = captured([&] { return run_tail(options); });
    CHECK(run.code == exit_failed);
    CHECK(run.error.find("no server answers at") != std::string::npos);
  }

  TEST_CASE("output that cannot be written is said") {
    LoopbackServer server(api);
    TracesOptions options;
    options.server.server = server.url();
    const int before = ::dup(STDOUT_FILENO), full = ::open("/dev/full", O_WRONLY);
    std::fflush(stdout);
    ::dup2(full, STDOUT_FILENO);
    Run run;
    {
      const Captured error(STDERR_FILENO);
      run.code = run_traces(options);
      run.error = error.text();
    }
    std::clearerr(stdout);
    ::dup2(before, STDOUT_FILENO);
    ::close(before);
    ::close(full);
    CHECK(run.code == exit_failed);
    CHECK(run.error == "honeyhive: cannot write to standard output: No space left on device\n");
  }
}

}  // namespace honeyhive::cli
