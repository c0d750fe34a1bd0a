#pragma once

// Outbound HTTP: many transfers at once, driven by the thread that calls `run`.
//
// A client belongs to one thread, except for `wake`, which any thread may call. Transfers start in
// `start` and end as a `Completion` of `run`; connections are kept alive between them. How many are
// under way is the caller's business: none waits for another, also of the same host. Only http
// and https are spoken, redirects are not followed, signals are not used. The certificate of an
// https server is always verified. The environment's proxy settings (http_proxy, https_proxy,
// all_proxy, no_proxy) are honoured, except for loopback addresses, which are never asked for
// through such a proxy.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace honeyhive::net {

// A request body that is read piece by piece, so that it need not exist in one place. Used by the
// client's thread only.
class BodyReader {
 public:
  virtual ~BodyReader() = default;

  // Copies up to `capacity` bytes of what follows to `out`; 0 at the end.
  virtual std::size_t read(char* out, std::size_t capacity) noexcept = 0;

  // Starts again from the beginning: a kept-alive connection may turn out to be dead.
  virtual void rewind() noexcept = 0;
};

// How servers are reached and known. What is not set is as the machine and its environment say.
struct Transport {
  std::string ca_file;            // PEM: the CAs that are trusted, instead of the system's
  bool trusts_ca_folder = false;  // with `ca_file`: the system's folder of CAs as well
  std::string client_cert;        // PEM: who we are, for servers that ask
  std::string client_key;         // PEM, not encrypted; "": in `client_cert`
  std::string proxy;              // URL, may hold a password; also for loopback addresses
  std::string no_proxy;           // hosts that are asked without a proxy, with commas; "*": all

  friend bool operator==(const Transport&, const Transport&) = default;
};

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  std::vector<std::string> headers;          // "Name: value"
  BodyReader* body = nullptr;                // not owned; alive until the completion
  std::uint64_t body_bytes = 0;              // exactly what `body` yields
  std::chrono::milliseconds timeout{5'000};  // of the whole transfer; 0: none (streams)
  std::size_t max_answer_bytes = 1 << 20;    // a longer answer ends the transfer with an error
  std::shared_ptr<const Transport> transport = {};

  // With it the answer's bytes go here as they arrive, instead of to `HttpAnswer::body`; false ends
  // the transfer. Called only for a 2xx answer.
  std::function<bool(std::string_view)> on_data = {};
};

struct HttpAnswer {
  int status = 0;  // 0: no answer came; see `error`
  std::string body;
  std::optional<std::chrono::seconds> retry_after;  // the header, in seconds or as a date; >= 0
  std::string error;                                // for people; no key, no body
};

struct Completion {
  std::uint64_t id = 0;  // as given to `start`
  HttpAnswer answer;
};

class HttpClient {
 public:
  virtual ~HttpClient() = default;

  // What throws, because memory has run out, has started nothing.
  virtual void start(std::uint64_t id, HttpRequest request) = 0;

  // Moves transfers on and appends those that ended. Waits for at most `max_wait`, less if
  // something ended or `wake` was called (also before the call). What throws has lost none that
  // ended: they come out of the next call.
  virtual void run(std::chrono::milliseconds max_wait, std::vector<Completion>& completions) = 0;

  // Ends every transfer now; each yields a completion of the next `run`.
  virtual void cancel_all() = 0;

  // Ends the current or next wait of `run`. Any thread; async-signal-unsafe; at most one system
  // call.
  virtual void wake() noexcept = 0;
};

// The real one, on libcurl's multi interface. Null if libcurl cannot start.
std::unique_ptr<HttpClient> make_http_client();

// One request, waited for: for programs that have nothing else to do.
HttpAnswer fetch(HttpRequest request, std::string_view body = {});

}  // namespace honeyhive::net
