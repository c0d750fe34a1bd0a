#include "server/http/token.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

using namespace honeyhive::server;
namespace fs = std::filesystem;

namespace {

struct TemporaryFolder {
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "honeyhive-test-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~TemporaryFolder() { fs::remove_all(path); }
  std::string path;
};

int mode_of(const std::string& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return static_cast<int>(status.st_mode & 0777);
}

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_SUITE("server/http/token") {
  TEST_CASE("the folder is made for its user alone, with its parents") {
    TemporaryFolder temporary;
    const std::string folder = temporary.path + "/a/b";
    REQUIRE(prepare_data_folder(folder));
    CHECK(mode_of(folder) == 0700);
    CHECK(prepare_data_folder(folder));
  }

  TEST_CASE(
      "an open folder is closed if it is empty or ours, and refused if it holds other files") {
    TemporaryFolder temporary;
    fs::permissions(temporary.path, fs::perms(0755));
    REQUIRE(prepare_data_folder(temporary.path));
    CHECK(mode_of(temporary.path) == 0700);
    std::ofstream(temporary.path + "/letter.txt") << "dear";
    CHECK(prepare_data_folder(temporary.path));  // closed already
    fs::permissions(temporary.path, fs::perms(0755));
    const auto refused = prepare_data_folder(temporary.path);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message == temporary.path +
                                         ": other users may enter this folder and it holds other "
                                         "files; give an empty or a new one");
    CHECK(mode_of(temporary.path) == 0755);
  }

  TEST_CASE("a path that is a file is an error that names it") {
    TemporaryFolder temporary;
    const std::string file = temporary.path + "/file";
    std::ofstream(file) << "x";
    const auto refused = prepare_data_folder(file);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message == file + ": cannot be opened: Not a directory");
    CHECK_FALSE(prepare_data_folder(file + "/below"));
  }

  TEST_CASE("the token is made once, for its user alone") {
    TemporaryFolder temporary;
    const auto first = load_or_make_token(temporary.path);
    REQUIRE(first);
    CHECK(first->size() == 64);
    CHECK(mode_of(temporary.path + "/token") == 0600);
    CHECK(text_of(temporary.path + "/token") == *first + "\n");
    const auto second = load_or_make_token(temporary.path);
    REQUIRE(second);
    CHECK(*second == *first);
    TemporaryFolder other;
    CHECK(*load_or_make_token(other.path) != *first);
  }

  TEST_CASE("a token that others may read, that is damaged or a link is refused") {
    TemporaryFolder temporary;
    const std::string path = temporary.path + "/token";
    REQUIRE(load_or_make_token(temporary.path));
    fs::permissions(path, fs::perms(0644));
    CHECK_FALSE(load_or_make_token(temporary.path));
    fs::permissions(path, fs::perms(0600));
    std::ofstream(path) << "short";
    const auto damaged = load_or_make_token(temporary.path);
    REQUIRE_FALSE(damaged);
    CHECK(damaged.error().message.find("delete the file to get a new one") != std::string::npos);
    fs::remove(path);
    fs::create_symlink("/etc/hostname", path);
    CHECK_FALSE(load_or_make_token(temporary.path));
  }

  TEST_CASE("server.json lives as long as the server, unless another one replaced it") {
    TemporaryFolder temporary;
    const std::string path = temporary.path + "/server.json";
    {
      const auto file = ServerFile::write(temporary.path, "http://127.0.0.1:4318", "1.2.3");
      REQUIRE(file);
      CHECK(text_of(path) == "{\"address\":\"http://127.0.0.1:4318\",\"pid\":" +
                                 std::to_string(::getpid()) + ",\"version\":\"1.2.3\"}\n");
      CHECK(mode_of(path) == 0600);
    }
    CHECK_FALSE(fs::exists(path));
    {
      const auto file = ServerFile::write(temporary.path, "http://127.0.0.1:4318", "1.2.3");
      REQUIRE(file);
      std::ofstream(temporary.path + "/new") << "of another server";
      fs::rename(temporary.path + "/new", path);
    }
    CHECK(text_of(path) == "of another server");
  }
}
