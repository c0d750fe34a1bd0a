#include "server/store/catalog_pool.h"

namespace honeyhive::server {
namespace {

using core::Error;
using core::Result;

constexpr std::size_t max_idle_readers = 8;

}  // namespace

CatalogPool::CatalogPool(std::string path) : path_(std::move(path)) {
  idle_.reserve(max_idle_readers);  // so that nothing can fail when one comes back
}

Result<CatalogPool::Lease> CatalogPool::lease() {
  std::unique_ptr<CatalogReader> idle;
  {
    std::unique_lock lock(mutex_);
    if (is_shut_) {
      lock.unlock();
      trouble_();
      return Error{Error::Code::unavailable, path_ + " is being made again from the log"};
    }
    ++leases_;
    if (!idle_.empty()) {
      idle = std::move(idle_.back());
      idle_.pop_back();
    }
  }
  Lease lease(*this, std::move(idle));
  if (lease.reader_) return lease;
  auto opened = CatalogReader::open(path_);
  if (opened) {
    lease.reader_ = *std::move(opened);
    return lease;
  }
  if (opened.error().code == Error::Code::malformed_data) report_damage();
  return Error{Error::Code::unavailable, opened.error().message};
}

void CatalogPool::shut() {
  std::unique_lock lock(mutex_);
  is_shut_ = true;
  ended_.wait(lock, [this] { return leases_ == 0; });
  has_seen_damage_ = false;
}

void CatalogPool::reopen() {
  const std::scoped_lock lock(mutex_);
  is_shut_ = false;
}

void CatalogPool::report_damage() {
  has_seen_damage_ = true;
  trouble_();
}

void CatalogPool::give_back(std::unique_ptr<CatalogReader> reader) {
  const bool is_damaged = reader && reader->is_damaged();
  if (is_damaged) report_damage();  // first: the lease keeps the catalogue as it was
  if (reader && !is_damaged) reader->rest();
  {
    const std::scoped_lock lock(mutex_);
    --leases_;
    if (reader && !is_damaged && idle_.size() < max_idle_readers)
      idle_.push_back(std::move(reader));
  }
  ended_.notify_all();
}

}  // namespace honeyhive::server
