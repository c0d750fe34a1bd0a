#pragma once

// A file system in memory that knows what a disk would still have after the power was lost: for
// each file what was synced, for each directory which names were, those of directories included.
//
// Faults are public fields, set by the test before or between operations. Thread-safe.

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "server/store/file_system.h"

namespace honeyhive::server {

class MemoryFileSystem final : public FileSystem {
 public:
  // What a crash leaves of the bytes that were not synced.
  enum class Tear {
    nothing,     // all of them are gone
    half,        // the first half of them is there
    last_byte,   // all but the last one
    everything,  // the system had written them all
    hole,        // the second half is there, the first is zeros: pages went out of order
  };

  // Stops the world before the operation of this number (from 0; reads count too): it and all
  // later ones fail.
  std::optional<std::uint64_t> stop_at;
  bool fail_next_sync = false;              // once, with what EIO does: the pages count as clean
  std::optional<std::uint64_t> free_bytes;  // then the disk is full

  // What cannot be read: EIO for whoever wants a byte of it.
  struct BadSector {
    std::string path;
    std::uint64_t from;
    std::uint64_t to;
  };
  std::optional<BadSector> bad_sector;

  std::uint64_t operations() const { return operations_; }
  bool is_stopped() const { return stop_at && operations_ > *stop_at; }

  // The machine loses power and starts again: handles and locks of before are dead.
  void crash(Tear tear = Tear::nothing) {
    const std::scoped_lock lock(mutex_);
    for (auto& [path, node] : durable_names_) node->lose(tear);
    for (const std::string& directory : unsynced_directories_) {
      const auto is_below = [&](const auto& path) { return path.starts_with(directory + '/'); };
      std::erase_if(durable_names_, [&](const auto& entry) { return is_below(entry.first); });
      std::erase_if(directories_,
                    [&](const auto& path) { return path == directory || is_below(path); });
    }
    unsynced_directories_.clear();
    names_ = durable_names_;
    locks_.clear();
    ++boot_;
    stop_at.reset();
    free_bytes.reset();
    fail_next_sync = false;
  }

  // The process is killed: what it wrote stays in the page cache, unsynced.
  void kill() {
    const std::scoped_lock lock(mutex_);
    locks_.clear();
    ++boot_;
    stop_at.reset();
  }

  // Straight into a file, as damage does; durable.
  void overwrite(const std::string& path, std::uint64_t offset, const std::string& bytes) {
    Node& node = *names_.at(path);
    node.bytes.replace(offset, bytes.size(), bytes);
    node.synced = node.bytes;
  }
  const std::string& bytes(const std::string& path) const { return names_.at(path)->bytes; }
  bool exists(const std::string& path) const { return names_.contains(path); }

  core::Result<std::unique_ptr<File>> open(const std::string& path, Mode mode) override {
    const std::scoped_lock lock(mutex_);
    if (auto alive = begin(boot_); !alive) return alive.error();
    const auto found = names_.find(path);
    if ((mode == Mode::create) == (found != names_.end())) return no(path, mode != Mode::create);
    auto node = mode == Mode::create ? std::make_shared<Node>() : found->second;
    names_[path] = node;
    return std::unique_ptr<File>(std::make_unique<Handle>(*this, std::move(node), path));
  }

  core::Result<std::vector<std::string>> list(const std::string& directory) override {
    const std::scoped_lock lock(mutex_);
    if (auto alive = begin(boot_); !alive) return alive.error();
    std::vector<std::string> found;
    for (const auto& [path, node] : names_) {
      if (directory_of(path) == directory) found.push_back(path.substr(directory.size() + 1));
    }
    return found;
  }

  core::Result<void> make_directory(const std::string& path) override {
    const std::scoped_lock lock(mutex_);
    if (auto alive = begin(boot_); !alive) return alive;
    for (std::string made = path; directories_.insert(made).second; made = directory_of(made)) {
      unsynced_directories_.insert(made);
    }
    return {};
  }

  core::Result<void> rename(const std::string& from, const std::string& to) override {
    const std::scoped_lock lock(mutex_);
    if (auto alive = begin(boot_); !alive) return alive;
    const auto found = names_.find(from);
    if (found == names_.end()) return no(from, true);
    names_[to] = found->second;
    names_.erase(from);
    return {};
  }

  core::Result<void> remove(const std::string& path) override {
    const std::scoped_lock lock(mutex_);
    if (auto alive = begin(boot_); !alive) return alive;
    if (names_.erase(path) == 0) return no(path, true);
    return {};
  }

  core::Result<void> sync_directory(const std::string& directory) override {
    const std::scoped_lock lock(mutex_);
    if (auto alive = begin(boot_); !alive) return alive;
    std::erase_if(durable_names_,
                  [&](const auto& entry) { return directory_of(entry.first) == directory; });
    for (const auto& [path, node] : names_) {
      if (directory_of(path) == directory) durable_names_[path] = node;
    }
    std::erase_if(unsynced_directories_,
                  [&](const std::string& path) { return directory_of(path) == directory; });
    return {};
  }

  core::Result<std::unique_ptr<FileLock>> lock(const std::string& path) override {
    const std::scoped_lock guard(mutex_);
    if (auto alive = begin(boot_); !alive) return alive.error();
    if (!locks_.insert(path).second) return no(path, false);
    return std::unique_ptr<FileLock>(std::make_unique<Held>(*this, path));
  }

 private:
  struct Node {
    std::string bytes;
    std::string synced;
    bool clean_but_lost = false;  // a sync failed: later ones succeed and write nothing

    // Unsynced truncation is undone; of unsynced appends stays what `tear` says.
    void lose(Tear tear) {
      std::string left = synced;
      if (bytes.size() > synced.size()) {
        const std::string tail = bytes.substr(synced.size());
        const std::size_t half = tail.size() / 2;
        if (tear == Tear::half) left += tail.substr(0, half);
        if (tear == Tear::last_byte) left += tail.substr(0, tail.size() - 1);
        if (tear == Tear::everything) left += tail;
        if (tear == Tear::hole) left += std::string(half, '\0') + tail.substr(half);
      }
      bytes = synced = left;
      clean_but_lost = false;
    }
  };

  class Handle final : public File {
   public:
    Handle(MemoryFileSystem& files, std::shared_ptr<Node> node, std::string path)
        : files_(files), node_(std::move(node)), path_(std::move(path)), boot_(files.boot_) {}

    core::Result<void> append(std::string_view bytes) override {
      const std::scoped_lock lock(files_.mutex_);
      if (auto alive = files_.begin(boot_); !alive) {
        // The operation that the power fails in has begun.
        if (files_.stop_at && files_.operations_ == *files_.stop_at + 1) node_->bytes += bytes;
        return alive;
      }
      if (files_.free_bytes) {
        const std::size_t fits = std::min<std::uint64_t>(*files_.free_bytes, bytes.size());
        node_->bytes += bytes.substr(0, fits);
        *files_.free_bytes -= fits;
        if (fits < bytes.size()) {
          return core::Error{core::Error::Code::unavailable, path_ + ": no space left on device"};
        }
        return {};
      }
      node_->bytes += bytes;
      return {};
    }

    core::Result<std::string> read(std::uint64_t offset, std::size_t length) override {
      const std::scoped_lock lock(files_.mutex_);
      if (auto alive = files_.begin(boot_); !alive) return alive.error();
      if (const auto& bad = files_.bad_sector;
          bad && bad->path == path_ && offset < bad->to && offset + length > bad->from) {
        return core::Error{core::Error::Code::unavailable, path_ + ": input/output error"};
      }
      if (offset >= node_->bytes.size()) return std::string();
      return node_->bytes.substr(offset, length);
    }

    core::Result<void> sync() override {
      const std::scoped_lock lock(files_.mutex_);
      if (auto alive = files_.begin(boot_); !alive) return alive;
      if (std::exchange(files_.fail_next_sync, false)) {
        node_->clean_but_lost = true;
        return core::Error{core::Error::Code::unavailable, path_ + ": input/output error"};
      }
      if (!node_->clean_but_lost) node_->synced = node_->bytes;
      return {};
    }

    core::Result<void> truncate(std::uint64_t length) override {
      const std::scoped_lock lock(files_.mutex_);
      if (auto alive = files_.begin(boot_); !alive) return alive;
      node_->bytes.resize(length);
      if (length <= node_->synced.size()) node_->clean_but_lost = false;
      return {};
    }

    core::Result<std::uint64_t> size() override {
      const std::scoped_lock lock(files_.mutex_);
      if (auto alive = files_.begin(boot_); !alive) return alive.error();
      return node_->bytes.size();
    }

   private:
    MemoryFileSystem& files_;
    std::shared_ptr<Node> node_;
    const std::string path_;
    const std::uint64_t boot_;
  };

  class Held final : public FileLock {
   public:
    Held(MemoryFileSystem& files, std::string path)
        : files_(files), path_(std::move(path)), boot_(files.boot_) {}
    ~Held() override {
      const std::scoped_lock lock(files_.mutex_);
      if (boot_ == files_.boot_) files_.locks_.erase(path_);
    }

   private:
    MemoryFileSystem& files_;
    const std::string path_;
    const std::uint64_t boot_;
  };

  static std::string directory_of(const std::string& path) { return parent_directory(path); }

  static core::Error no(const std::string& path, bool is_missing) {
    return {is_missing ? core::Error::Code::not_found : core::Error::Code::unavailable,
            path + (is_missing ? ": missing" : ": in use")};
  }

  core::Result<void> begin(std::uint64_t boot) {
    ++operations_;
    if (boot == boot_ && !is_stopped()) return {};
    return core::Error{core::Error::Code::unavailable, "the power is off"};
  }

  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Node>> names_;
  std::map<std::string, std::shared_ptr<Node>> durable_names_;
  std::set<std::string> directories_{"/"};
  std::set<std::string> unsynced_directories_;
  std::set<std::string> locks_;
  std::uint64_t operations_ = 0;
  std::uint64_t boot_ = 0;
};

}  // namespace honeyhive::server
