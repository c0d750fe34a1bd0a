#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "raw_client.h"
#include "serve_process.h"

using namespace honeyhive::server::testing;
namespace fs = std::filesystem;

namespace {

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string get(const std::string& target, const std::string& more = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + more + "\r\n";
}

std::string start_session(const std::string& name) {
  const std::string body = R"({"session":{"project":"p","session_name":")" + name + "\"}}";
  return "POST /session/start HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
         "Content-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

ServeProcess serve(const std::string& folder) {
  return ServeProcess({"--data", folder, "--listen", "127.0.0.1:0"});
}

}  // namespace

TEST_SUITE("server/serve") {
  TEST_CASE("a server greets, answers, says where it is, and ends with 0 on SIGTERM") {
    DataFolder folder;
    ServeProcess server = serve(folder.path);
    const std::uint16_t port = server.port();
    REQUIRE(port != 0);
    const std::string address = "http://127.0.0.1:" + std::to_string(port);
    CHECK(server.seen().find("OTEL_EXPORTER_OTLP_ENDPOINT=" + address) != std::string::npos);
    CHECK(server.seen().find("honeyhive traces --data " + folder.path) != std::string::npos);
    CHECK(text_of(folder.path + "/server.json").find("\"address\":\"" + address + "\"") !=
          std::string::npos);

    RawClient client(port);
    CHECK(client.ask(get("/healthz")).body == "{\"status\":\"ok\"}\n");
    CHECK(client.ask(start_session("one")).status == 200);
    CHECK(client.ask(get("/metrics")).body.find("honeyhive_commits_total 1\n") !=
          std::string::npos);
    CHECK(client.ask(get("/")).body.find("HH_API_URL=http://127.0.0.1") != std::string::npos);
    CHECK(client.ask(get("/api/v0/traces")).status == 401);
    std::string token = text_of(folder.path + "/token");
    token.pop_back();
    CHECK(client.ask(get("/api/v0/traces", "Authorization: Bearer " + token + "\r\n")).status ==
          200);
    CHECK(server.seen().find(token) == std::string::npos);
    server.signal(SIGTERM);
    CHECK(server.wait() == 0);
    CHECK_FALSE(fs::exists(folder.path + "/server.json"));
  }

  TEST_CASE("everything in the data folder is for its user alone") {
    DataFolder folder;
    fs::permissions(folder.path, fs::perms(0755));
    ServeProcess server = serve(folder.path);
    REQUIRE(server.port() != 0);
    for (const auto& entry : fs::recursive_directory_iterator(folder.path)) {
      CAPTURE(entry.path().string());
      CHECK((entry.status().permissions() & fs::perms(077)) == fs::perms::none);
    }
    CHECK(fs::status(folder.path).permissions() == fs::perms(0700));
    server.signal(SIGINT);
    CHECK(server.wait() == 0);
  }

  TEST_CASE("another user of the machine reads neither folder nor token nor traces") {
    constexpr uid_t nobody = 65534;
    if (::geteuid() != 0) {
      MESSAGE("skipped: only root can become another user");
      return;
    }
    ServeProcess version("--version", {}, {.user = nobody});
    if (version.wait() != 0) {
      MESSAGE("skipped: another user cannot run the program where it was built");
      return;
    }
    DataFolder folder;
    ServeProcess server = serve(folder.path);
    REQUIRE(server.port() != 0);
    CHECK(RawClient(server.port()).ask(start_session("private")).status == 200);
    const std::string url = "http://127.0.0.1:" + std::to_string(server.port());
    const auto as_nobody = [](std::vector<std::string> arguments) {
      ServeProcess traces("traces", std::move(arguments), {.user = nobody});
      CHECK(traces.wait() != 0);
      CHECK(traces.seen().find("private") == std::string::npos);
      return traces.seen();
    };
    CHECK(as_nobody({"--data", folder.path}).find("Permission denied") != std::string::npos);
    CHECK(as_nobody({"--server", url, "--data", folder.path}).find("oken") != std::string::npos);
    ServeProcess second("serve", {"--data", folder.path, "--listen", "127.0.0.1:0"},
                        {.user = nobody});
    CHECK(second.wait() == 1);
    CHECK(second.seen().find("Permission denied") != std::string::npos);
  }

  TEST_CASE("connections leave descriptors for the files of the store") {
    DataFolder folder;
    ServeProcess server("serve", {"--data", folder.path, "--listen", "127.0.0.1:0"},
                        {.descriptors = 300});
    const std::uint16_t port = server.port();
    REQUIRE(port != 0);
    std::string token = text_of(folder.path + "/token");
    token.pop_back();
    RawClient reader(port);
    CHECK(reader.ask(get("/healthz")).status == 200);
    std::vector<RawClient> idle;
    for (int i = 0; i < 400; ++i) idle.emplace_back(port);
    CHECK(reader.ask(start_session("one")).status == 200);
    CHECK(reader.ask(get("/api/v0/traces", "Authorization: Bearer " + token + "\r\n")).status ==
          200);
  }

  TEST_CASE("a file at the size that the system allows is 503, and not the end of the server") {
    DataFolder folder;
    ServeProcess server("serve", {"--data", folder.path, "--listen", "127.0.0.1:0"},
                        {.file_bytes = 256 << 10});
    RawClient client(server.port());
    std::string noise;  // does not compress
    for (std::uint32_t n = 1; noise.size() < 40'000; n = n * 1'664'525 + 1'013'904'223) {
      noise += static_cast<char>('0' + (n >> 24) % 36);
    }
    int status = 200;
    for (int i = 0; i < 100 && status == 200; ++i) {
      status = client
                   .ask(start_session(std::to_string(i) + R"(","event_name":")" +
                                      noise.substr(static_cast<std::size_t>(i) * 100, 4000)))
                   .status;
    }
    CHECK(status == 503);
    CHECK(client.ask(get("/healthz")).status == 200);
  }

  TEST_CASE("the commands that the greeting shows can be pasted into a shell") {
    DataFolder folder;
    const std::string name = folder.path + "/it's my $data";
    ServeProcess server = serve(name);
    REQUIRE(server.port() != 0);
    CHECK(server.seen().find("honeyhive traces --data '" + folder.path + "/it'\\''s my $data'\n") !=
          std::string::npos);
  }

  TEST_CASE("--no-auth lets everybody on the machine read, and says so") {
    DataFolder folder;
    ServeProcess server({"--data", folder.path, "--listen", "localhost:0", "--no-auth"});
    RawClient client(server.port());
    CHECK(client.ask(get("/api/v0/traces")).status == 200);
    CHECK(server.seen().find("Anybody on this machine can read") != std::string::npos);
  }

  TEST_CASE("live events end with the server, and none that was answered is missing") {
    DataFolder folder;
    ServeProcess server = serve(folder.path);
    const std::uint16_t port = server.port();
    std::string token = text_of(folder.path + "/token");
    token.pop_back();
    RawClient tail(port);
    tail.send(get("/api/v0/tail", "Authorization: Bearer " + token + "\r\n"));
    CHECK(tail.read_until("\r\n\r\n").find("text/event-stream") != std::string::npos);
    CHECK(tail.read_until("\n\n") == ": connected\n\n");
    CHECK(RawClient(port).ask(start_session("seen live")).status == 200);
    CHECK(tail.read_until("\n\n").find("seen live") != std::string::npos);
    server.signal(SIGTERM);
    CHECK(tail.is_ended());
    tail.close();
    CHECK(server.wait() == 0);
  }

  TEST_CASE("what cannot start says why in one line and ends with 1") {
    DataFolder folder;
    ServeProcess server = serve(folder.path);
    const std::string taken = "127.0.0.1:" + std::to_string(server.port());
    const auto line = [](std::vector<std::string> arguments) {
      ServeProcess refused(std::move(arguments));
      CHECK(refused.wait() == 1);
      CHECK(refused.seen().find('\n') == refused.seen().size() - 1);
      return refused.seen();
    };
    CHECK(line({"--data", folder.path, "--listen", "127.0.0.1:0"})
              .find("is in use by another server") != std::string::npos);
    DataFolder other;
    CHECK(line({"--data", other.path, "--listen", taken}) ==
          "honeyhive: cannot listen on " + taken +
              ": Address already in use; --listen takes another address\n");
    CHECK(line({"--data", other.path, "--listen", "0.0.0.0:0"}).find("no API keys") !=
          std::string::npos);
    CHECK(line({"--data", "/proc/nothing", "--listen", "127.0.0.1:0"}).find("/proc/nothing") !=
          std::string::npos);
  }

  TEST_CASE("a signal ends a start that takes long") {
    DataFolder folder;
    fs::create_directory(folder.path + "/seg");
    const std::string log = folder.path + "/seg/2026-11-20-000001.log";
    REQUIRE(::mkfifo(log.c_str(), 0600) == 0);  // reading it takes until somebody writes
    for (const int number : {SIGINT, SIGTERM}) {
      ServeProcess server = serve(folder.path);
      while (!fs::exists(folder.path + "/catalog.db")) std::this_thread::yield();
      server.signal(number);
      CHECK(server.wait() == -number);
      fs::remove(folder.path + "/catalog.db");
    }
  }

  TEST_CASE("a second signal ends a stop that takes long") {
    DataFolder folder;
    ServeProcess server = serve(folder.path);
    RawClient client(server.port());
    const std::string request = start_session("never complete");
    client.send(request.substr(0, request.size() - 1));  // the stop waits for the rest
    RawClient idle(server.port());
    CHECK(idle.ask(get("/healthz")).status == 200);
    server.signal(SIGTERM);
    server.read_until("stopping");
    server.signal(SIGTERM);
    CHECK(server.wait() == -SIGTERM);
  }
}
