#pragma once

// Readers of the catalogue for whoever reads. Thread-safe.

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "core/result.h"
#include "server/store/catalog_reader.h"

namespace honeyhive::server {

class CatalogPool {
 public:
  explicit CatalogPool(std::string path);

  // Goes back to the pool when the lease ends.
  class Lease {
   public:
    Lease(CatalogPool& pool, std::unique_ptr<CatalogReader> reader)
        : pool_(&pool), reader_(std::move(reader)) {}
    Lease(Lease&& other) noexcept
        : pool_(std::exchange(other.pool_, nullptr)), reader_(std::move(other.reader_)) {}
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (pool_ != nullptr) pool_->give_back(std::move(reader_));
    }
    CatalogReader* operator->() const { return reader_.get(); }
    CatalogReader& operator*() const { return *reader_; }

   private:
    friend class CatalogPool;
    CatalogPool* pool_;
    std::unique_ptr<CatalogReader> reader_;
  };

  // Error: `unavailable`, also while the pool is shut.
  core::Result<Lease> lease();

  // While the catalogue is made again nobody reads it: it knows less than there is. Waits for those
  // who do.
  void shut();
  void reopen();

  // Whether a reader found the file damaged since it was shut last.
  bool has_seen_damage() const { return has_seen_damage_; }

  // Called, from any thread, when reads cannot go on before the catalogue is looked after. Set
  // before the first lease.
  void on_trouble(std::function<void()> trouble) { trouble_ = std::move(trouble); }

 private:
  void give_back(std::unique_ptr<CatalogReader> reader);
  void report_damage();

  const std::string path_;
  std::function<void()> trouble_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<CatalogReader>> idle_;
  std::condition_variable ended_;
  std::size_t leases_ = 0;
  bool is_shut_ = false;
  std::atomic<bool> has_seen_damage_{false};
};

}  // namespace honeyhive::server
