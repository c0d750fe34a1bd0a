#pragma once

// What a handler answers, and how: a `Responder` may be called at once or later, from any thread,
// so that an answer can wait for the disk without holding a thread.

#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace honeyhive::server {

class Subscription;  // sse.h

struct Header {
  std::string name;
  std::string value;  // ours, never a client's: it is written as it is
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<Header> headers;  // beyond type, length, date and connection
  // With it the answer is a stream of server-sent events and `body` is not sent.
  std::shared_ptr<Subscription> stream;
};

// {"error":{"code":...,"message":...}}; the code follows from the status ("not_found").
Response error_response(int status, std::string_view message);

// The same, with the status that fits the error's code. `unavailable` carries a Retry-After.
Response error_response(const core::Error& error);

// For what a handler threw, which is logged: 503 if memory ran out, so that it is sent again; else
// 500. `where` names the request.
Response exception_response(std::string_view where, const std::exception& error);

// 429 or 503, and when to come again.
Response retry_response(int status, std::string_view message, int seconds);

// The way back to one request. Copies share it: the first call answers, later ones do nothing. If
// the last copy goes away unused, as at a stop, the answer is 503. Thread-safe.
class Responder {
 public:
  using Send = std::function<void(Response)>;

  // `lost` is called instead if `send` throws: nobody else would end the request. It must not.
  explicit Responder(Send send, std::function<void()> lost = {});
  void operator()(Response response) const;  // throws nothing of `send`

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// How the connection frames an answer.
struct Framing {
  bool close = false;     // the connection ends with this answer
  bool http_1_0 = false;  // says "keep-alive" where it is not the default
};

// Status line and header fields, up to and including the empty line.
std::string response_head(const Response& response, const Framing& framing);

// "Not Found"; "Unknown" for what we never send.
std::string_view reason_phrase(int status) noexcept;

}  // namespace honeyhive::server
