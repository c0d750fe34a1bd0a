#pragma once

// An HttpClient without a network: keeps every request with its body, and answers by a script, at
// once or when the test says so.
//
// For one thread, except `wake`.

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "net/http_client.h"

namespace honeyhive::fakes {

struct SentRequest {
  std::uint64_t id = 0;
  std::string method;
  std::string url;
  std::vector<std::string> headers;
  std::string body;
  std::chrono::milliseconds timeout{};
  bool is_answered = false;

  bool has_header(std::string_view line) const {
    return std::find(headers.begin(), headers.end(), line) != headers.end();
  }
};

// What the test sees of a client, also after the client is gone.
struct HttpTape {
  // nullopt: no answer until `answer` is called.
  using Script = std::function<std::optional<net::HttpAnswer>(const SentRequest&)>;

  std::vector<SentRequest> sent;
  Script script = [](const SentRequest&) { return status(200); };
  std::vector<net::Completion> ready;
  std::chrono::milliseconds last_wait{-1};
  std::atomic<int> wakes{0};

  static std::optional<net::HttpAnswer> status(int code) {
    net::HttpAnswer answer;
    answer.status = code;
    return answer;
  }
  static std::optional<net::HttpAnswer> silence() { return std::nullopt; }
  static std::optional<net::HttpAnswer> no_answer() {
    net::HttpAnswer answer;
    answer.error = "connection refused";
    return answer;
  }

  // Answers the request at `index` of `sent`; it comes out of the next `run`.
  void answer(std::size_t index, net::HttpAnswer what) {
    SentRequest& request = sent.at(index);
    request.is_answered = true;
    ready.push_back({request.id, std::move(what)});
  }

  // The indices of requests whose URL ends with `path`.
  std::vector<std::size_t> to(std::string_view path) const {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < sent.size(); ++i) {
      if (std::string_view(sent[i].url).ends_with(path)) out.push_back(i);
    }
    return out;
  }
};

class FakeHttpClient final : public net::HttpClient {
 public:
  explicit FakeHttpClient(std::shared_ptr<HttpTape> tape) : tape_(std::move(tape)) {}

  void start(std::uint64_t id, net::HttpRequest request) override {
    SentRequest sent{id, request.method, request.url, request.headers, {}, request.timeout};
    if (request.body != nullptr) {
      char block[4096];
      while (const std::size_t got = request.body->read(block, sizeof block)) {
        sent.body.append(block, got);
      }
      // A body must be as long as it was announced.
      if (sent.body.size() != request.body_bytes) std::abort();
    }
    auto answer = tape_->script(sent);
    tape_->ready.reserve(tape_->ready.size() + 1);  // what throws comes first
    tape_->sent.push_back(std::move(sent));
    if (answer) tape_->answer(tape_->sent.size() - 1, std::move(*answer));
  }

  void run(std::chrono::milliseconds max_wait, std::vector<net::Completion>& completions) override {
    tape_->last_wait = max_wait;
    completions.reserve(completions.size() + tape_->ready.size());
    for (auto& completion : tape_->ready) completions.push_back(std::move(completion));
    tape_->ready.clear();
  }

  void cancel_all() override {
    for (std::size_t i = 0; i < tape_->sent.size(); ++i) {
      if (!tape_->sent[i].is_answered) tape_->answer(i, *HttpTape::no_answer());
    }
  }

  void wake() noexcept override { tape_->wakes.fetch_add(1, std::memory_order_relaxed); }

 private:
  std::shared_ptr<HttpTape> tape_;
};

}  // namespace honeyhive::fakes
