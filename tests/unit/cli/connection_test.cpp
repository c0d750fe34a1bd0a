#include "cli/connection.h"

#include <doctest/doctest.h>
#include <fcntl.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <optional>

#include "core/descriptor.h"
#include "core/utf8.h"
#include "fakes/loopback_server.h"

namespace honeyhive::cli {
namespace {

namespace fs = std::filesystem;
using fakes::LoopbackServer;
using fakes::ReceivedRequest;
using fakes::Reply;

// A data folder that is gone when the test is.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "honeyhive-cli-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string path() const { return path_; }
  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((fs::path(path_) / name).parent_path());
    std::ofstream(fs::path(path_) / name) << text;
  }
  // As a server that runs: the file is locked as long as the folder is there.
  void serve(const std::string& name, const std::string& text) {
    write(name, text);
    running_.emplace(::open((path_ + "/" + name).c_str(), O_RDWR | O_CLOEXEC));
    struct flock lock {};
    lock.l_type = F_WRLCK;
    REQUIRE(::fcntl(running_->get(), F_OFD_SETLK, &lock) == 0);
  }
  void kill_server() { running_.reset(); }

 private:
  std::string path_;
  std::optional<core::Descriptor> running_;
};

Environment environment(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](const char* name) -> std::string {
    const auto found = variables.find(name);
    return found == variables.end() ? "" : found->second;
  };
}

core::Error get_error(const Reply& reply, const std::string& token = "") {
  LoopbackServer server([&](const ReceivedRequest&) { return reply; });
  const auto body = get({server.url(), token, "--server"}, "/api/v0/traces");
  REQUIRE_FALSE(body.has_value());
  return body.error();
}

}  // namespace

TEST_SUITE("cli/connection") {
  TEST_CASE("the server is what was given, else HH_API_URL, else that of the data folder") {
    Folder data;
    data.serve("honeyhive/server.json", "{\"address\":\"http://127.0.0.1:5001\",\"pid\":7}");
    data.write("honeyhive/token", "folder-token\n");
    const auto all = environment({{"HH_API_URL", "http://127.0.0.1:5002/"},
                                  {"HH_API_KEY", "key"},
                                  {"XDG_DATA_HOME", data.path()}});
    const auto only_folder = environment({{"XDG_DATA_HOME", data.path()}, {"HH_API_KEY", "key"}});

    auto found = find_server({"127.0.0.1:5003", "", ""}, all);
    REQUIRE(found.has_value());
    CHECK(found->url == "http://127.0.0.1:5003");
    CHECK(found->token == "");
    CHECK(found->found_in == "--server");

    found = find_server({}, all);
    REQUIRE(found.has_value());
    CHECK(found->url == "http://127.0.0.1:5002");
    CHECK(found->token == "key");

    found = find_server({"", "given", ""}, all);
    REQUIRE(found.has_value());
    CHECK(found->url == "http://127.0.0.1:5002");
    CHECK(found->token == "given");
    CHECK(found->found_in == "HH_API_URL");

    found = find_server({}, only_folder);
    REQUIRE(found.has_value());
    CHECK(found->url == "http://127.0.0.1:5001");
    CHECK(found->token == "folder-token");
    CHECK(found->found_in == data.path() + "/honeyhive/server.json");
  }

  TEST_CASE("--data is a choice of a server and wins over HH_API_URL") {
    Folder data;
    data.serve("server.json", "{\"address\":\"127.0.0.1:5001\"}");
    const auto found =
        find_server({"", "", data.path()}, environment({{"HH_API_URL", "http://127.0.0.1:5002"}}));
    REQUIRE(found.has_value());
    CHECK(found->url == "http://127.0.0.1:5001");
    CHECK(found->token == "");
  }

  TEST_CASE("the folder's token opens the folder's server whatever named it, and no other") {
    Folder data;
    data.serve(".local/share/honeyhive/server.json", "{\"address\":\"http://127.0.0.1:5001\"}");
    data.write(".local/share/honeyhive/token", "folder-token");
    const auto same = find_server({}, environment({{"HH_API_URL", "http://127.0.0.1:5001"},
                                                   {"HH_API_KEY", "of the traced program"},
                                                   {"HOME", data.path()}}));
    REQUIRE(same.has_value());
    CHECK(same->token == "folder-token");
    const auto by_name = find_server(
        {}, environment({{"HH_API_URL", "http://localhost:5001/"}, {"HOME", data.path()}}));
    REQUIRE(by_name.has_value());
    CHECK(by_name->token == "folder-token");
    CHECK(by_name->url == "http://127.0.0.1:5001");  // not ::1, where somebody else may listen
    for (const char* near : {"http://localhost:5002", "https://localhost:5001",
                             "http://localhost:5001/x", "http://127.0.0.2:5001"}) {
      CAPTURE(near);
      CHECK(find_server({near, "", ""}, environment({{"HOME", data.path()}}))->token == "");
    }
    const auto other = find_server(
        {}, environment({{"HH_API_URL", "https://api.example.com"}, {"HOME", data.path()}}));
    REQUIRE(other.has_value());
    CHECK(other->token == "");
  }

  TEST_CASE("what a killed server left does not get the token") {
    Folder data;
    data.serve("server.json", "{\"address\":\"http://127.0.0.1:5001\"}");
    data.write("token", "folder-token");
    CHECK(find_server({"", "", data.path()}, environment({}))->token == "folder-token");
    data.kill_server();
    const auto left = find_server({"", "", data.path()}, environment({}));
    REQUIRE_FALSE(left.has_value());
    CHECK(left.error().message == "the server of " + data.path() +
                                      " is not running; it ended without saying goodbye. Start it "
                                      "with `honeyhive serve --data " +
                                      data.path() + "`");
    const auto named = find_server({"http://127.0.0.1:5001", "", data.path()}, environment({}));
    REQUIRE(named.has_value());
    CHECK(named->token == "");
  }

  TEST_CASE("without a home no folder is guessed") {
    const auto found = find_server({}, environment({}));
    REQUIRE_FALSE(found.has_value());
    CHECK(found.error().message ==
          "HOME is not set: name a data folder with --data, or a server with --server");
    CHECK(find_server({"http://127.0.0.1:5001", "", ""}, environment({})).has_value());
  }

  TEST_CASE("without a server the message says what to do") {
    const auto found = find_server({}, environment({{"HOME", "/nonexistent"}}));
    REQUIRE_FALSE(found.has_value());
    CHECK(found.error().message ==
          "no server is known: there is no /nonexistent/.local/share/honeyhive/server.json. Start "
          "one with `honeyhive serve`, or name one with --server or HH_API_URL");
  }

  TEST_CASE("a broken address says where it stands") {
    Folder data;
    for (const char* json : {"", "{", "[]", "{\"address\":7}", "{\"address\":\"ftp://x\"}"}) {
      CAPTURE(json);
      data.serve("server.json", json);
      const auto found = find_server({"", "", data.path()}, environment({}));
      REQUIRE_FALSE(found.has_value());
      CHECK(found.error().message.find("server.json") != std::string::npos);
    }
    const auto found = find_server({"http://\x1b[31m", "", ""}, environment({}));
    REQUIRE_FALSE(found.has_value());
    CHECK(found.error().message.find("--server: \"http://\\x1b[31m\"") == 0);
  }

  TEST_CASE("a password in an address is not repeated") {
    for (const char* url : {"http://me:s3cret@host", "me:s3cret@host", "http://s3cret@a@b"}) {
      CAPTURE(url);
      const auto found = find_server({url, "", ""}, environment({}));
      REQUIRE_FALSE(found.has_value());
      CHECK(found.error().message.find("s3cret") == std::string::npos);
      CHECK(found.error().message.find("***@") != std::string::npos);
    }
  }

  TEST_CASE("parameters are encoded, and left out when empty") {
    CHECK(target("/a", {}) == "/a");
    CHECK(target("/a", {{"p", ""}, {"q", "a b&c=d/é"}, {"r", "1"}}) ==
          "/a?q=a%20b%26c%3Dd%2F%C3%A9&r=1");
  }

  TEST_CASE("the token is sent, and only if there is one") {
    LoopbackServer server([](const ReceivedRequest&) { return Reply{.body = "{}"}; });
    CHECK(get({server.url(), "secret", ""}, "/x").has_value());
    CHECK(get({server.url(), "", ""}, "/x").has_value());
    CHECK(server.requests()[0].header("authorization") == "Bearer secret");
    CHECK(server.requests()[1].header("authorization") == "");
  }

  TEST_CASE("errors say what, where and what to do, and never the token") {
    CHECK(get_error({.status = 401}).message.find("wants a token") != std::string::npos);
    const std::string refused = get_error({.status = 403}, "secret").message;
    CHECK(refused.find("does not accept this token") != std::string::npos);
    CHECK(refused.find("--token") != std::string::npos);
    CHECK(refused.find("secret") == std::string::npos);
    CHECK(get_error({.status = 503, .body = R"({"error":{"message":"full"}})"})
              .message.find("cannot answer now: full (HTTP 503)") != std::string::npos);
    CHECK(get_error({.status = 400, .body = R"({"error":{"message":"limit: '0'\u001b"}})"})
              .message.find("refused: limit: '0'\\x1b (HTTP 400)") != std::string::npos);
    std::string words;
    for (int i = 0; i < 300; ++i) words += "\xc3\xa9";
    const std::string cut =
        get_error({.status = 400, .body = R"({"error":{"message":"x)" + words + "\"}}"}).message;
    CHECK(core::is_utf8(cut));  // the bound falls into the middle of a character
    CHECK(get_error({.status = 302, .body = "<html>"}).message.find("refused: HTTP 302") !=
          std::string::npos);
    CHECK(get_error({.status = 404}).code == core::Error::Code::not_found);
    const core::Error gone = get_error(Reply::hang_up());
    CHECK(gone.code == core::Error::Code::unavailable);
    CHECK(gone.message.find("no server answers at http://127.0.0.1:") == 0);
    CHECK(gone.message.find("`honeyhive serve`") != std::string::npos);
  }
}

}  // namespace honeyhive::cli
