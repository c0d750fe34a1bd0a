#include <sys/stat.h>

#include "store_fixture.h"

using namespace honeyhive;
using namespace honeyhive::server;

namespace {

using Mode = FileSystem::Mode;

mode_t permissions(const std::string& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 0777;
}

}  // namespace

TEST_SUITE("server/store/posix_file_system") {
  TEST_CASE("a file is appended to, read, cut and listed") {
    const TemporaryFolder folder;
    FileSystem& files = posix_file_system();
    const std::string path = folder.path() + "/a";
    const auto file = *files.open(path, Mode::create);
    REQUIRE(file->append("hello "));
    REQUIRE(file->append("world"));
    REQUIRE(file->sync());
    REQUIRE(files.sync_directory(folder.path()));
    CHECK(*file->read(6, 100) == "world");
    CHECK(*file->read(100, 1) == "");
    REQUIRE(file->truncate(5));
    REQUIRE((*files.open(path, Mode::append))->append("!"));
    CHECK(*file->size() == 6);
    CHECK(*(*files.open(path, Mode::read))->read(0, 6) == "hello!");
    REQUIRE(files.rename(path, folder.path() + "/b"));
    CHECK(*files.list(folder.path()) == std::vector<std::string>{"b"});
    REQUIRE(files.remove(folder.path() + "/b"));
    CHECK(files.list(folder.path())->empty());
  }

  TEST_CASE("errors name the path, and tell a missing file from a broken one") {
    const TemporaryFolder folder;
    FileSystem& files = posix_file_system();
    const auto missing = files.open(folder.path() + "/none", Mode::read);
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code == core::Error::Code::not_found);
    CHECK(missing.error().message.find(folder.path() + "/none") != std::string::npos);
    REQUIRE(files.open(folder.path() + "/a", Mode::create));
    const auto twice = files.open(folder.path() + "/a", Mode::create);
    REQUIRE_FALSE(twice);
    CHECK(twice.error().code == core::Error::Code::unavailable);
  }

  TEST_CASE("directories and files are the owner's only, parents included") {
    const TemporaryFolder folder;
    const std::string path = folder.path() + "/x/y/z";
    REQUIRE(posix_file_system().make_directory(path));
    REQUIRE(posix_file_system().make_directory(path));
    CHECK(permissions(folder.path() + "/x") == 0700);
    CHECK(permissions(path) == 0700);
    REQUIRE(posix_file_system().open(path + "/file", Mode::create));
    CHECK(permissions(path + "/file") == 0600);
  }

  TEST_CASE("a real folder is locked, survives a restart, and opens without any option") {
    const TemporaryFolder folder;
    const std::string path = folder.path() + "/data";
    {
      const auto store = open_or_fail({.path = path});
      REQUIRE(append(*store, {make_span(1, 1), make_session("s", "{}")}) == 0);
      const auto second = open_store({.path = path});
      REQUIRE_FALSE(second);
      CHECK(second.error().message.find("data folder " + path + " is in use") == 0);
    }
    const auto store = open_or_fail({.path = path});
    CHECK(store->trace("p", trace_id(1))->size() == 1);
    CHECK(permissions(path) == 0700);
    CHECK(permissions(path + "/catalog.db") == 0600);
    CHECK(permissions(path + "/catalog.db-wal") == 0600);
  }
}
