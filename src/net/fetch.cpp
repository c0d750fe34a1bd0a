#include <algorithm>
#include <cstring>
#include <utility>

#include "net/http_client.h"

namespace honeyhive::net {
namespace {

class TextReader final : public BodyReader {
 public:
  explicit TextReader(std::string_view text) : text_(text) {}

  std::size_t read(char* out, std::size_t capacity) noexcept override {
    const std::size_t count = std::min(capacity, text_.size() - at_);
    std::memcpy(out, text_.data() + at_, count);
    at_ += count;
    return count;
  }
  void rewind() noexcept override { at_ = 0; }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

HttpAnswer fetch(HttpRequest request, std::string_view body) {
  const auto client = make_http_client();
  if (client == nullptr) {
    HttpAnswer answer;
    answer.error = "libcurl cannot start";
    return answer;
  }
  TextReader reader(body);
  if (!body.empty()) {
    request.body = &reader;
    request.body_bytes = body.size();
  }
  client->start(0, std::move(request));
  std::vector<Completion> completions;
  while (completions.empty()) client->run(std::chrono::seconds(60), completions);
  return std::move(completions.front().answer);
}

}  // namespace honeyhive::net
