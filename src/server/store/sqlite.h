#pragma once

// SQLite in two values: a connection and a prepared statement. No exceptions, no ownership to
// think of, nothing about what is stored.
//
// The connection remembers the first error; a statement that fails looks like one without rows. So
// a sequence of statements is written without a check each, and `take_error` is asked at its end.
// A connection and its statements belong to one thread at a time.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace honeyhive::server {

class Database {
 public:
  // Made if it is missing. Error: `unavailable`, naming the path.
  static core::Result<std::unique_ptr<Database>> open(const std::string& path);
  ~Database();

  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Any number of statements without parameters or results. Nothing behind an error.
  void run(const char* sql);

  // Ends what an exception left: statements between two rows, an error that nobody took, a
  // transaction. Whether there was one.
  bool rest() noexcept;

  bool ok() const { return !error_; }
  // The first error since the last call.
  core::Result<void> take_error();
  // Whether an error ever said that the file itself is wrong.
  bool is_damaged() const { return is_damaged_; }

  // Makes it an empty database, whatever the file holds. Precondition: no statement is left.
  void empty();

 private:
  friend class Statement;
  Database(sqlite3* handle, std::string path) : handle_(handle), path_(std::move(path)) {}
  void fail(std::string_view doing);

  sqlite3* handle_;
  std::string path_;
  std::optional<core::Error> error_;
  bool is_damaged_ = false;
};

// A blob parameter.
struct Bytes {
  std::string_view view;
};

class Statement {
 public:
  // Prepared now, used again and again. `database` outlives it.
  Statement(Database& database, const std::string& sql);
  ~Statement();

  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // Starts again, with these parameters in order: integers, text, Bytes, optionals of them (unset:
  // null). Texts and bytes must live until the last `next`.
  template <typename... Args>
  Statement& with(const Args&... args) {
    reset();
    int index = 0;
    (bind(++index, args), ...);
    return *this;
  }

  bool next();  // to the next row, if there is one
  void run();   // to the end

  // Of the current row; valid until the next call that moves it.
  std::int64_t integer(int column) const;
  std::string_view text(int column) const;  // or a blob's bytes

  void reset();

 private:
  void bind(int index, std::int64_t value);
  void bind(int index, std::string_view value);
  void bind(int index, const Bytes& value);
  void bind_null(int index);
  template <typename T>
  void bind(int index, const std::optional<T>& value) {
    value ? bind(index, *value) : bind_null(index);
  }

  Database& database_;
  sqlite3_stmt* handle_ = nullptr;
};

}  // namespace honeyhive::server
