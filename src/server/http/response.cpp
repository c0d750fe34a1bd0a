#include "server/http/response.h"

#include <array>
#include <atomic>
#include <ctime>
#include <new>
#include <utility>

#include "core/json_writer.h"
#include "core/log.h"
#include "server/http/survives.h"

namespace honeyhive::server {
namespace {

struct Reason {
  int status;
  const char* phrase;
  const char* code;
};

constexpr std::array reasons = {
    Reason{200, "OK", "ok"},
    Reason{202, "Accepted", "accepted"},
    Reason{204, "No Content", "no_content"},
    Reason{400, "Bad Request", "bad_request"},
    Reason{401, "Unauthorized", "unauthorized"},
    Reason{403, "Forbidden", "forbidden"},
    Reason{404, "Not Found", "not_found"},
    Reason{405, "Method Not Allowed", "method_not_allowed"},
    Reason{408, "Request Timeout", "request_timeout"},
    Reason{409, "Conflict", "conflict"},
    Reason{413, "Content Too Large", "content_too_large"},
    Reason{415, "Unsupported Media Type", "unsupported_media_type"},
    Reason{421, "Misdirected Request", "misdirected_request"},
    Reason{422, "Unprocessable Content", "unprocessable_content"},
    Reason{429, "Too Many Requests", "too_many_requests"},
    Reason{431, "Request Header Fields Too Large", "header_too_large"},
    Reason{500, "Internal Server Error", "internal"},
    Reason{501, "Not Implemented", "not_implemented"},
    Reason{503, "Service Unavailable", "unavailable"},
};

const Reason* find_reason(int status) noexcept {
  for (const Reason& reason : reasons) {
    if (reason.status == status) return &reason;
  }
  return nullptr;
}

// "Fri, 20 Nov 2026 08:03:51 GMT", whatever the locale.
void append_date(std::string& out) {
  static constexpr std::array days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  std::array<char, 24> rest{};
  std::strftime(rest.data(), rest.size(), " %Y %H:%M:%S GMT", &utc);
  out += days[static_cast<std::size_t>(utc.tm_wday)];
  out += utc.tm_mday < 10 ? ", 0" : ", ";
  out += std::to_string(utc.tm_mday);
  out += ' ';
  out += months[static_cast<std::size_t>(utc.tm_mon)];
  out += rest.data();
}

}  // namespace

std::string_view reason_phrase(int status) noexcept {
  const Reason* reason = find_reason(status);
  return reason ? reason->phrase : "Unknown";
}

Response error_response(int status, std::string_view message) {
  const Reason* reason = find_reason(status);
  Response response;
  response.status = status;
  core::JsonWriter json(response.body);
  json.begin_object().key("error").begin_object();
  json.member("code", reason ? reason->code : "error").member("message", message);
  json.end_object().end_object();
  response.body += '\n';
  return response;
}

Response retry_response(int status, std::string_view message, int seconds) {
  Response response = error_response(status, message);
  response.headers.push_back({"Retry-After", std::to_string(seconds)});
  return response;
}

Response error_response(const core::Error& error) {
  using Code = core::Error::Code;
  switch (error.code) {
    case Code::invalid_argument:
    case Code::malformed_data:
      return error_response(400, error.message);
    case Code::not_found:
      return error_response(404, error.message);
    case Code::unavailable:
      return retry_response(503, error.message, 1);
    case Code::limit_exceeded:
      return error_response(413, error.message);
    case Code::internal:
      break;
  }
  return error_response(500, error.message);
}

Response exception_response(std::string_view where, const std::exception& error) {
  core::log_line(core::LogLevel::error, {where, ": ", error.what()});
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) {
    return retry_response(503, "the server is short of memory", 1);
  }
  return error_response(500, "the server failed on this request");
}

struct Responder::State {
  State(Send answer, std::function<void()> no_answer)
      : send(std::move(answer)), lost(std::move(no_answer)) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (is_answered.test()) return;
    deliver([] { return retry_response(503, "the request was given up unanswered", 1); });
  }

  void deliver(auto&& response) noexcept {
    if (!survives("not answered", [&] { send(response()); }) && lost) lost();
  }

  std::atomic_flag is_answered;
  const Send send;
  const std::function<void()> lost;
};

Responder::Responder(Send send, std::function<void()> lost)
    : state_(std::make_shared<State>(std::move(send), std::move(lost))) {}

void Responder::operator()(Response response) const {
  if (state_->is_answered.test_and_set()) return;
  state_->deliver([&]() -> Response&& { return std::move(response); });
}

std::string response_head(const Response& response, const Framing& framing) {
  std::string head;
  head.reserve(320);
  head += "HTTP/1.1 ";
  head += std::to_string(response.status);
  head += ' ';
  head += reason_phrase(response.status);
  head += "\r\nDate: ";
  append_date(head);
  head += "\r\nContent-Type: ";
  head += response.content_type;
  if (!response.stream) {
    head += "\r\nContent-Length: ";
    head += std::to_string(response.body.size());
  }
  if (framing.close) {
    head += "\r\nConnection: close";
  } else if (framing.http_1_0) {
    head += "\r\nConnection: keep-alive";
  }
  for (const Header& header : response.headers) {
    head += "\r\n";
    head += header.name;
    head += ": ";
    head += header.value;
  }
  // What we show comes from strangers: never sniffed, stored or run.
  head +=
      "\r\nX-Content-Type-Options: nosniff\r\nCache-Control: no-store"
      "\r\nContent-Security-Policy: default-src 'none'\r\n\r\n";
  return head;
}

}  // namespace honeyhive::server
