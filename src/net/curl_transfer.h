#pragma once

// One transfer of the HTTP client: a libcurl handle, what it sends and what it got.
//
// Belongs to the client's thread.

#include <curl/curl.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "net/http_client.h"

namespace honeyhive::net {

// One request under way, or the means for the next one: the easy handle is used again and again.
class Transfer {
 public:
  static std::unique_ptr<Transfer> create() {
    CURL* easy = curl_easy_init();
    if (easy == nullptr) return nullptr;
    auto* const made = new (std::nothrow) Transfer(easy);
    if (made == nullptr) curl_easy_cleanup(easy);
    return std::unique_ptr<Transfer>(made);
  }
  ~Transfer() {
    curl_easy_cleanup(easy_);
    curl_slist_free_all(headers_);
  }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  static Transfer& of(CURL* easy) noexcept {
    char* transfer = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
    return *reinterpret_cast<Transfer*>(transfer);
  }

  CURL* easy() const noexcept { return easy_; }
  bool is_active() const noexcept { return is_active_; }

  CURLcode prepare(std::uint64_t id, HttpRequest&& request);
  Completion finish(CURLcode code) noexcept;
  Completion cancel() noexcept;

 private:
  explicit Transfer(CURL* easy);

  template <typename... Arguments>
  void set(CURLoption option, Arguments... value) {
    const CURLcode code = curl_easy_setopt(easy_, option, value...);
    if (code != CURLE_OK && setup_ == CURLE_OK) setup_ = code;
  }
  void set_transport();
  void set_proxy();
  void set_method();
  void set_headers();

  static std::size_t read(char* out, std::size_t size, std::size_t count, void* self) noexcept;
  static int seek(void* self, curl_off_t offset, int origin) noexcept;
  static std::size_t header(char* data, std::size_t, std::size_t count, void* self) noexcept;
  static std::size_t write(char* data, std::size_t, std::size_t count, void* self) noexcept;

  CURL* easy_;
  std::shared_ptr<const Transport> transport_;  // what `easy_` is set to
  bool is_transport_set_ = true;                // false: to a part of it only
  curl_slist* headers_ = nullptr;
  std::vector<std::string> header_lines_;  // what `headers_` was made from
  CURLcode setup_ = CURLE_OK;              // the first option that was refused
  std::uint64_t id_ = 0;
  HttpRequest request_;
  HttpAnswer answer_;
  const char* ended_by_us_ = nullptr;  // why a callback ended the transfer
  std::array<char, CURL_ERROR_SIZE> error_text_{};
  bool is_active_ = false;
};

}  // namespace honeyhive::net
