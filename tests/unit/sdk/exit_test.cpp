#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <vector>

#include "fakes/loopback_server.h"
#include "fakes/sanitizer.h"
#include "station.h"

namespace honeyhive::testing {
namespace {

using fakes::LoopbackServer;
using fakes::Reply;

// What ends on a loaded machine too, and less than each wait that an exit must not sit out.
constexpr std::chrono::seconds hang{20};

struct Ended {
  int code = -1;  // minus the signal that ended it
  std::string output;
  std::chrono::milliseconds took{};
};

Ended run(const std::string& url, const std::string& how,
          std::vector<std::string> environment = {}) {
  environment.push_back("HH_API_URL=" + url);
  environment.push_back("HH_API_KEY=hh_secret_key_9876");
  std::vector<char*> variables;
  for (auto& entry : environment) variables.push_back(entry.data());
  variables.push_back(nullptr);
  std::string program = EXIT_PROGRAM, argument = how;
  char* arguments[] = {program.data(), argument.data(), nullptr};
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  const auto begin = std::chrono::steady_clock::now();
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    ::dup2(ends[1], STDERR_FILENO);
    ::execve(program.c_str(), arguments, variables.data());
    ::_exit(127);
  }
  ::close(ends[1]);
  Ended out;
  char bytes[4096];
  for (ssize_t got = 0; (got = ::read(ends[0], bytes, sizeof bytes)) > 0;) {
    out.output.append(bytes, static_cast<std::size_t>(got));
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  out.code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  out.took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - begin);
  return out;
}

std::vector<WireSpan> received(const LoopbackServer& server) {
  std::vector<WireSpan> out;
  for (const auto& request : server.requests()) {
    if (request.target != "/opentelemetry/v1/traces") continue;
    for (auto& span : spans_of(request.body)) out.push_back(std::move(span));
  }
  return out;
}

TEST_SUITE_BEGIN("sdk/exit");

TEST_CASE("however a program ends, what it recorded arrives") {
  for (const char* const how : {"return", "global", "thread", "leaked", "quick"}) {
    CAPTURE(how);
    LoopbackServer server;
    const Ended ended = run(server.url(), how);
    CHECK(ended.code == 0);
    CHECK(received(server).size() == 10);
  }
}

TEST_CASE("a program ends while its threads record and make tracers") {
  for (int i = 0; i < 5; ++i) {
    LoopbackServer server;
    const Ended ended = run(server.url(), "busy");
    CAPTURE(ended.output);
    CHECK(ended.code == 0);
    CHECK(received(server).size() >= 10);
    CHECK(ended.took < hang);
  }
}

TEST_CASE("a server that never answers delays the exit by seconds, not by all of export_timeout") {
  for (const char* const how : {"return", "leaked"}) {
    CAPTURE(how);
    LoopbackServer server([](const fakes::ReceivedRequest&) { return Reply::never(); });
    const Ended ended = run(server.url(), how, {"HH_EXPORT_TIMEOUT_MS=60000"});
    CHECK(ended.code == 0);
    CHECK(ended.took < hang);
    CHECK(ended.output == "honeyhive: 10 spans had not been sent when their tracer closed\n");
  }
}

TEST_CASE("many tracers wait for a dead server hardly longer than one") {
  LoopbackServer server([](const fakes::ReceivedRequest&) { return Reply::never(); });
  const Ended ended = run(server.url(), "many", {"HH_EXPORT_TIMEOUT_MS=60000"});
  CHECK(ended.code == 0);
  CHECK(ended.took < std::chrono::seconds(12));  // each for itself: 22 s
}

TEST_CASE("a program does not end before a tracer that another thread is closing") {
  const auto goodbye = std::make_shared<fakes::Latch>();
  LoopbackServer server([&](const fakes::ReceivedRequest& request) {
    if (request.target == "/session/start") return Reply::held(goodbye);
    if (request.target == "/goodbye") goodbye->open();
    return Reply{};
  });
  CHECK(run(server.url(), "closing").code == 0);
  std::size_t arrived = 0;
  for (const auto& span : received(server)) arrived += span.name == "work";
  CHECK(arrived == 10);
}

TEST_CASE("a thread may be cancelled while it traces") {
  LoopbackServer server;
  CHECK(run(server.url(), "cancelled").code == 0);
  CHECK(received(server).size() == 1);
}

TEST_CASE("the child of a fork that no handler saw ends on its own") {
  LoopbackServer server;
  CHECK(run(server.url(), "raw fork").code == 0);
  CHECK(received(server).size() == 5);
}

TEST_CASE("the child of a fork records nothing and hangs nowhere, and the parent goes on") {
  LoopbackServer server;
  const Ended ended = run(server.url(), "fork");
  CHECK(ended.code == 0);
  const auto spans = received(server);
  REQUIRE(spans.size() == 6);
  for (const auto& span : spans) CHECK(span.text.count("in") == 0);
}

TEST_CASE("the child of a fork lets sessions go while the parent's threads look for others" *
          doctest::skip(fakes::is_sanitized)) {
  LoopbackServer server;
  CHECK(run(server.url(), "fork in sessions").code == 0);
}

TEST_CASE("a program that was refused its tracer can fork" * doctest::skip(fakes::is_sanitized)) {
  LoopbackServer server;
  const Ended ended = run(server.url(), "refused");
  CAPTURE(ended.output);
  CHECK(ended.code == 0);
}

TEST_CASE("a program with little address space traces" * doctest::skip(fakes::is_sanitized)) {
  LoopbackServer server;
  const Ended ended = run(server.url(), "little");
  CAPTURE(ended.output);
  CHECK(ended.code == 0);
  CHECK(received(server).size() == 10);
}

TEST_CASE("where a program has taken all keys for threads, spans are counted and not recorded") {
  LoopbackServer server;
  CHECK(run(server.url(), "no keys").code == 0);
}

TEST_CASE("verbose shows unknown variables and where values come from, and no key") {
  LoopbackServer server;
  const Ended ended =
      run(server.url(), "verbose", {"HH_VERBOSE=true", "HH_PROJCT=typo", "HH_SOURCE=ci"});
  CHECK(ended.code == 0);
  CAPTURE(ended.output);
  CHECK(ended.output.find("HH_PROJCT is set, but nothing here reads it") != std::string::npos);
  CHECK(ended.output.find("source = ci (from HH_SOURCE)") != std::string::npos);
  CHECK(ended.output.find("api_key = ****9876 (from HH_API_KEY)") != std::string::npos);
  CHECK(ended.output.find("hh_secret") == std::string::npos);
  CHECK(ended.output.find("sent 1 spans") != std::string::npos);
}

TEST_SUITE_END();

}  // namespace
}  // namespace honeyhive::testing
