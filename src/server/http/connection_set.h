#pragma once

// The connections that are open, so that they can be counted, and ended together. Thread-safe.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "server/http/survives.h"

namespace honeyhive::server {

// What the set may ask of a connection, from any thread.
class OpenConnection {
 public:
  virtual ~OpenConnection() = default;
  virtual void start(bool is_refused) = 0;  // refused: it is told that there are too many
  virtual void stop() = 0;                  // end, after the answer it is busy with
  virtual void abort() = 0;                 // end now
  virtual void abort_if_lost() = 0;         // where nothing else would ever end it
};

class ConnectionSet {
 public:
  // `gauge` always says how many there are.
  explicit ConnectionSet(std::atomic<std::uint64_t>& gauge) : gauge_(gauge) {}

  // How many there are, this one included.
  std::size_t add(const std::shared_ptr<OpenConnection>& connection) {
    const std::scoped_lock lock(mutex_);
    open_.emplace(connection.get(), connection);
    gauge_ = open_.size();
    return open_.size();
  }

  // Called by the connection's destructor.
  void remove(const OpenConnection* connection) {
    const std::scoped_lock lock(mutex_);
    open_.erase(connection);
    gauge_ = open_.size();
    if (open_.empty()) is_empty_.notify_all();
  }

  void stop_all() const { tell_all(&OpenConnection::stop); }
  void abort_all() const { tell_all(&OpenConnection::abort); }
  void abort_lost() const { tell_all(&OpenConnection::abort_if_lost); }

  // Whether the last one went within `at_most`.
  bool wait_until_empty(std::chrono::milliseconds at_most) {
    std::unique_lock lock(mutex_);
    return is_empty_.wait_for(lock, at_most, [this] { return open_.empty(); });
  }

 private:
  void tell_all(void (OpenConnection::*what)()) const {
    for (const auto& connection : all()) {
      survives("connection not told", [&] { (*connection.*what)(); });
    }
  }

  std::vector<std::shared_ptr<OpenConnection>> all() const {
    std::vector<std::shared_ptr<OpenConnection>> all;
    const std::scoped_lock lock(mutex_);
    for (const auto& [key, weak] : open_) {
      if (auto connection = weak.lock()) all.push_back(std::move(connection));
    }
    return all;
  }

  std::atomic<std::uint64_t>& gauge_;
  mutable std::mutex mutex_;
  std::condition_variable is_empty_;
  std::unordered_map<const OpenConnection*, std::weak_ptr<OpenConnection>> open_;
};

}  // namespace honeyhive::server
