#include "server/store/sqlite.h"

#include <sqlite3.h>

namespace honeyhive::server {

using core::Error;
using core::Result;

namespace {
constexpr int busy_wait_ms = 5'000;  // readers and the writer hardly ever meet in WAL mode
}

Result<std::unique_ptr<Database>> Database::open(const std::string& path) {
  sqlite3* handle = nullptr;
  constexpr int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  std::unique_ptr<Database> database(new Database(handle, path));
  if (code != SQLITE_OK) {
    database->fail("open");
    return database->take_error().error();
  }
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, busy_wait_ms);
  return database;
}

Database::~Database() { sqlite3_close_v2(handle_); }

void Database::run(const char* sql) {
  if (error_) return;
  if (sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail("run");
}

bool Database::rest() noexcept {
  for (sqlite3_stmt* statement = sqlite3_next_stmt(handle_, nullptr); statement != nullptr;
       statement = sqlite3_next_stmt(handle_, statement)) {
    sqlite3_reset(statement);
  }
  error_.reset();
  if (sqlite3_get_autocommit(handle_) != 0) return false;
  sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
  return true;
}

void Database::empty() {
  rest();
  // Reads the header, if there is one: its mode stays.
  sqlite3_table_column_metadata(handle_, nullptr, "sqlite_schema", nullptr, nullptr, nullptr,
                                nullptr, nullptr, nullptr);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_RESET_DATABASE, 1, nullptr);
  run("VACUUM");
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_RESET_DATABASE, 0, nullptr);
  if (ok()) is_damaged_ = false;
}

Result<void> Database::take_error() {
  if (!error_) return {};
  Error error = *std::move(error_);
  error_.reset();
  return error;
}

void Database::fail(std::string_view doing) {
  const int code = handle_ ? sqlite3_errcode(handle_) & 0xff : SQLITE_NOMEM;
  is_damaged_ = is_damaged_ || code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
  if (error_) return;
  std::string message = path_ + ": cannot " + std::string(doing) + ": ";
  message += handle_ ? sqlite3_errmsg(handle_) : "out of memory";
  error_ = Error{Error::Code::unavailable, std::move(message)};
}

Statement::Statement(Database& database, const std::string& sql) : database_(database) {
  if (sqlite3_prepare_v3(database.handle_, sql.c_str(), static_cast<int>(sql.size()),
                         SQLITE_PREPARE_PERSISTENT, &handle_, nullptr) != SQLITE_OK) {
    database.fail("prepare");
  }
}

Statement::~Statement() { sqlite3_finalize(handle_); }

void Statement::reset() { sqlite3_reset(handle_); }

bool Statement::next() {
  if (!database_.ok()) return false;
  if (!handle_) return database_.fail("use what could not be prepared"), false;
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) database_.fail("step");
  reset();
  return false;
}

void Statement::run() {
  while (next()) {
  }
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(handle_, column); }

std::string_view Statement::text(int column) const {
  const void* const bytes = sqlite3_column_blob(handle_, column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle_, column));
  return {static_cast<const char*>(bytes), bytes ? size : 0};
}

void Statement::bind(int index, std::int64_t value) { sqlite3_bind_int64(handle_, index, value); }

void Statement::bind(int index, std::string_view value) {
  sqlite3_bind_text64(handle_, index, value.empty() ? "" : value.data(), value.size(),
                      SQLITE_STATIC, SQLITE_UTF8);
}

void Statement::bind(int index, const Bytes& value) {
  sqlite3_bind_blob64(handle_, index, value.view.empty() ? "" : value.view.data(),
                      value.view.size(), SQLITE_STATIC);
}

void Statement::bind_null(int index) { sqlite3_bind_null(handle_, index); }

}  // namespace honeyhive::server
