#include "net/curl_transfer.h"

#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <new>
#include <utility>

#include "core/url.h"

namespace honeyhive::net {
namespace {

constexpr long connect_timeout_ms = 5'000;
// 1 MB bodies over loopback, four at a time: at 256 KB and below the calls cost a fifth more,
// beyond nothing is won.
constexpr long upload_buffer_bytes = 512 << 10;
constexpr std::chrono::seconds longest_retry_after{24 * 60 * 60};

std::string_view trim(std::string_view text) noexcept {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

// Seconds, or an HTTP date; nothing if it is neither. A date in the past means now.
std::optional<std::chrono::seconds> parse_retry_after(std::string_view value) {
  const auto bounded = [](std::int64_t seconds) {
    return std::clamp(std::chrono::seconds(seconds), std::chrono::seconds(0), longest_retry_after);
  };
  if (value.empty()) return std::nullopt;
  if (value.find_first_not_of("0123456789") == value.npos) {
    std::int64_t seconds = 0;
    const auto parsed = std::from_chars(value.data(), value.data() + value.size(), seconds);
    return parsed.ec == std::errc() ? bounded(seconds) : longest_retry_after;
  }
  const std::time_t date = curl_getdate(std::string(value).c_str(), nullptr);
  if (date == -1) return std::nullopt;
  return bounded(static_cast<std::int64_t>(date) - static_cast<std::int64_t>(std::time(nullptr)));
}

const char* c_str_or_null(const std::string& text) noexcept {
  return text.empty() ? nullptr : text.c_str();
}

// A proxy of the environment means other machines: one that is sent what is meant for this machine
// cannot deliver it, and sees the key.
bool is_loopback(std::string_view url) {
  const auto scheme_end = url.find("://");
  if (scheme_end == url.npos) return false;
  const auto server = core::Url::parse(url.substr(0, url.find_first_of("/?#", scheme_end + 3)));
  return server && server->is_loopback();
}

// Not for programs that this one starts: they would keep the connection open. libcurl's own pairs
// of sockets, for waking up and for look-ups, are left to them. It does not say which those are,
// and who watches what it opens also sees what other threads open meanwhile.
curl_socket_t open_socket(void*, curlsocktype, curl_sockaddr* to) noexcept {
  return ::socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

}  // namespace

Transfer::Transfer(CURL* easy) : easy_(easy) {
  set(CURLOPT_PRIVATE, this);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_ERRORBUFFER, error_text_.data());
#if LIBCURL_VERSION_NUM >= 0x075500
  set(CURLOPT_PROTOCOLS_STR, "http,https");
#else
  set(CURLOPT_PROTOCOLS, static_cast<long>(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
  set(CURLOPT_FOLLOWLOCATION, 0L);
#if LIBCURL_VERSION_NUM >= 0x075700
  // A look-up of a name that takes long is left behind, not waited for, when its transfer ends. An
  // older libcurl at run time may refuse, and wait.
  curl_easy_setopt(easy_, CURLOPT_QUICK_EXIT, 1L);
#endif
  set(CURLOPT_CONNECTTIMEOUT_MS, connect_timeout_ms);
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  // An encrypted key is refused. Without this, the passphrase would be asked for on the terminal.
  set(CURLOPT_KEYPASSWD, "");
  set(CURLOPT_OPENSOCKETFUNCTION, &open_socket);
  set(CURLOPT_UPLOAD_BUFFERSIZE, upload_buffer_bytes);
  set(CURLOPT_READFUNCTION, &Transfer::read);
  set(CURLOPT_READDATA, this);
  set(CURLOPT_SEEKFUNCTION, &Transfer::seek);
  set(CURLOPT_SEEKDATA, this);
  set(CURLOPT_HEADERFUNCTION, &Transfer::header);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_WRITEFUNCTION, &Transfer::write);
  set(CURLOPT_WRITEDATA, this);
}

CURLcode Transfer::prepare(std::uint64_t id, HttpRequest&& request) {
  id_ = id;
  request_ = std::move(request);
  answer_ = {};
  ended_by_us_ = nullptr;
  error_text_[0] = '\0';
  is_active_ = true;
  set(CURLOPT_URL, request_.url.c_str());
  if (!is_transport_set_ || request_.transport != transport_) set_transport();
  set_proxy();
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(request_.timeout.count()));
  set_method();
  set_headers();
  return std::exchange(setup_, CURLE_OK);
}

void Transfer::set_transport() {
  const Transport usual;
  const Transport& wanted = request_.transport ? *request_.transport : usual;
  // Null would mean that no CA is trusted.
  const curl_version_info_data* const libcurl = curl_version_info(CURLVERSION_NOW);
  const char* const ca_file = wanted.ca_file.empty() ? libcurl->cainfo : wanted.ca_file.c_str();
  const char* const ca_folder =
      wanted.ca_file.empty() || wanted.trusts_ca_folder ? libcurl->capath : nullptr;
  set(CURLOPT_CAINFO, ca_file);
  set(CURLOPT_CAPATH, ca_folder);
  set(CURLOPT_PROXY_CAINFO, ca_file);
  set(CURLOPT_PROXY_CAPATH, ca_folder);
  set(CURLOPT_SSLCERT, c_str_or_null(wanted.client_cert));
  set(CURLOPT_SSLKEY, c_str_or_null(wanted.client_key));
  set(CURLOPT_PROXY, c_str_or_null(wanted.proxy));  // null: as the environment says
  transport_ = request_.transport;
  is_transport_set_ = setup_ == CURLE_OK;
}

void Transfer::set_proxy() {
  const Transport* const wanted = request_.transport.get();
  const char* without = nullptr;  // as no_proxy says
  if (wanted != nullptr && !wanted->no_proxy.empty()) without = wanted->no_proxy.c_str();
  if ((wanted == nullptr || wanted->proxy.empty()) && is_loopback(request_.url)) without = "*";
  set(CURLOPT_NOPROXY, without);
}

void Transfer::set_method() {
  const std::string& method = request_.method;
  set(CURLOPT_HTTPGET, 1L);  // also forgets what the last request was
  if (request_.body != nullptr || method == "POST" || method == "PUT" || method == "PATCH") {
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_INFILESIZE_LARGE,
        static_cast<curl_off_t>(request_.body != nullptr ? request_.body_bytes : 0));
  } else if (method == "HEAD") {
    set(CURLOPT_NOBODY, 1L);
  }
  set(CURLOPT_CUSTOMREQUEST, method.c_str());
}

void Transfer::set_headers() {
  if (headers_ != nullptr && request_.headers == header_lines_) return;
  curl_slist_free_all(std::exchange(headers_, nullptr));
  header_lines_ = request_.headers;
  // No round trip for "100 Continue" before a large body.
  headers_ = curl_slist_append(nullptr, "Expect:");
  for (const std::string& line : header_lines_) {
    const bool is_one_line = line.find_first_of(std::string_view("\r\n\0", 3)) == line.npos;
    curl_slist* const longer = is_one_line ? curl_slist_append(headers_, line.c_str()) : nullptr;
    if (longer == nullptr) {
      setup_ = is_one_line ? CURLE_OUT_OF_MEMORY : CURLE_BAD_FUNCTION_ARGUMENT;
      curl_slist_free_all(std::exchange(headers_, nullptr));
      break;
    }
    headers_ = longer;
  }
  set(CURLOPT_HTTPHEADER, headers_);
}

Completion Transfer::finish(CURLcode code) noexcept {
  if (code == CURLE_OK) {
    long status = 0;
    curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
    answer_.status = static_cast<int>(status);
  } else {
    answer_ = {};
    try {
      // What libcurl says of a proxy that it cannot use repeats its URL, and that may hold a
      // password.
      const bool has_secret = std::string_view(error_text_.data()).starts_with("Unsupported proxy");
      const bool has_text = error_text_[0] != '\0' && !has_secret;
      answer_.error = ended_by_us_ != nullptr ? ended_by_us_
                      : has_text              ? error_text_.data()
                                              : curl_easy_strerror(code);
    } catch (const std::bad_alloc&) {  // the answer matters more than its text
    }
  }
  setup_ = CURLE_OK;
  is_active_ = false;
  request_.on_data = {};
  request_.body = nullptr;
  return {id_, std::move(answer_)};
}

Completion Transfer::cancel() noexcept {
  ended_by_us_ = "cancelled";
  return finish(CURLE_ABORTED_BY_CALLBACK);
}

std::size_t Transfer::read(char* out, std::size_t size, std::size_t count, void* self) noexcept {
  BodyReader* const body = static_cast<Transfer*>(self)->request_.body;
  return body == nullptr ? 0 : body->read(out, size * count);
}

int Transfer::seek(void* self, curl_off_t offset, int origin) noexcept {
  BodyReader* const body = static_cast<Transfer*>(self)->request_.body;
  if (offset != 0 || origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
  if (body != nullptr) body->rewind();
  return CURL_SEEKFUNC_OK;
}

std::size_t Transfer::header(char* data, std::size_t, std::size_t count, void* self) noexcept try {
  HttpAnswer& answer = static_cast<Transfer*>(self)->answer_;
  const std::string_view line = trim({data, count});
  if (line.starts_with("HTTP/")) answer.retry_after.reset();  // of an interim answer
  constexpr std::string_view name = "Retry-After:";
  if (line.size() > name.size() && curl_strnequal(line.data(), name.data(), name.size()) != 0) {
    answer.retry_after = parse_retry_after(trim(line.substr(name.size())));
  }
  return count;
} catch (...) {
  return 0;  // out of memory: ends the transfer
}

std::size_t Transfer::write(char* data, std::size_t, std::size_t count, void* self) noexcept try {
  auto& transfer = *static_cast<Transfer*>(self);
  const HttpRequest& request = transfer.request_;
  if (request.on_data) {
    long status = 0;
    curl_easy_getinfo(transfer.easy_, CURLINFO_RESPONSE_CODE, &status);
    if (status / 100 == 2) {
      if (request.on_data({data, count})) return count;
      transfer.ended_by_us_ = "ended by the receiver";
      return 0;
    }
  }
  if (count > request.max_answer_bytes - transfer.answer_.body.size()) {
    transfer.ended_by_us_ = "the answer is too long";
    return 0;
  }
  transfer.answer_.body.append(data, count);
  return count;
} catch (...) {
  return 0;
}

}  // namespace honeyhive::net
