#include <curl/curl.h>

#include <algorithm>
#include <atomic>
#include <new>
#include <utility>

#include "net/curl_transfer.h"
#include "net/http_client.h"

namespace honeyhive::net {
namespace {

constexpr long kept_connections = 256;  // else each start of a session would need a new one

// Once per process and never undone: other users of libcurl may live longer than we do.
bool start_libcurl() {
  static const bool started = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return started;
}

class CurlClient final : public HttpClient {
 public:
  explicit CurlClient(CURLM* multi) : multi_(multi) {
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kept_connections);
  }

  ~CurlClient() override {
    for (const auto& transfer : transfers_) {
      if (transfer->is_active()) curl_multi_remove_handle(multi_, transfer->easy());
    }
    transfers_.clear();
    curl_multi_cleanup(multi_);
  }

  void start(std::uint64_t id, HttpRequest request) override;
  void run(std::chrono::milliseconds max_wait, std::vector<Completion>& completions) override;
  void cancel_all() override;

  void wake() noexcept override {
    if (!is_woken_.exchange(true)) curl_multi_wakeup(multi_);
  }

 private:
  Transfer* idle_transfer();
  bool move_on(std::vector<Completion>& completions);

  CURLM* multi_;
  std::vector<std::unique_ptr<Transfer>> transfers_;  // all, active or not
  std::vector<Transfer*> idle_;
  std::vector<Completion> ended_;  // outside of `run`: refused at once, or cancelled
  std::atomic<bool> is_woken_{false};
};

Transfer* CurlClient::idle_transfer() {
  if (idle_.empty()) {
    idle_.reserve(transfers_.size() + 1);
    transfers_.reserve(transfers_.size() + 1);
    auto transfer = Transfer::create();
    if (transfer == nullptr) return nullptr;
    transfers_.push_back(std::move(transfer));
    return transfers_.back().get();
  }
  Transfer* const transfer = idle_.back();
  idle_.pop_back();
  return transfer;
}

void CurlClient::start(std::uint64_t id, HttpRequest request) {
  ended_.reserve(ended_.size() + transfers_.size() + 1);  // each may end at once
  Transfer* const transfer = idle_transfer();
  if (transfer == nullptr) {
    ended_.push_back({id, {0, {}, std::nullopt, "out of memory"}});
    return;
  }
  CURLcode code = CURLE_OUT_OF_MEMORY;
  try {
    code = transfer->prepare(id, std::move(request));
  } catch (const std::bad_alloc&) {
  }
  if (code == CURLE_OK && curl_multi_add_handle(multi_, transfer->easy()) != CURLM_OK) {
    code = CURLE_FAILED_INIT;
  }
  if (code != CURLE_OK) {
    ended_.push_back(transfer->finish(code));
    idle_.push_back(transfer);
  }
}

// True if something ended.
bool CurlClient::move_on(std::vector<Completion>& completions) {
  const std::size_t before = completions.size();
  completions.reserve(before + ended_.size() + transfers_.size());
  for (Completion& completion : ended_) completions.push_back(std::move(completion));
  ended_.clear();

  int running = 0;
  curl_multi_perform(multi_, &running);
  int queued = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &queued)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;  // the message dies with the removal
    Transfer& transfer = Transfer::of(message->easy_handle);
    curl_multi_remove_handle(multi_, transfer.easy());
    completions.push_back(transfer.finish(code));
    idle_.push_back(&transfer);
  }
  return completions.size() > before;
}

void CurlClient::run(std::chrono::milliseconds max_wait, std::vector<Completion>& completions) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + max_wait;
  while (!move_on(completions)) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) return;
    const auto wait = std::min<std::chrono::milliseconds>(left, std::chrono::hours(1));
    if (!is_woken_.load()) {
      curl_multi_poll(multi_, nullptr, 0, static_cast<int>(wait.count()), nullptr);
    }
    if (is_woken_.exchange(false)) {
      move_on(completions);
      return;
    }
  }
}

void CurlClient::cancel_all() {
  for (const auto& transfer : transfers_) {
    if (!transfer->is_active()) continue;
    curl_multi_remove_handle(multi_, transfer->easy());
    ended_.push_back(transfer->cancel());
    idle_.push_back(transfer.get());
  }
}

}  // namespace

std::unique_ptr<HttpClient> make_http_client() {
  if (!start_libcurl()) return nullptr;
  CURLM* const multi = curl_multi_init();
  if (multi == nullptr) return nullptr;
  return std::make_unique<CurlClient>(multi);
}

}  // namespace honeyhive::net
